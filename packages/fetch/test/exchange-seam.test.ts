import { gzipSync } from 'node:zlib';
import { noReply } from '@wiretwin/mirror';
import { describe, expect, it } from 'vitest';
import type { Exchange, ExchangeRequest, PhaseEvent, ResponseHead, Transport } from '../src/index.ts';
import { startSite } from './support/site.ts';

type Outcome = {
	exchange: Exchange;
	phases: PhaseEvent[];
	informational: number[];
	head: Promise<ResponseHead>;
	/** `undefined` = ended, else the error. */
	end: Promise<unknown>;
	trailers: readonly string[];
};

/** Starts an exchange as an adapter would. */
function start(transport: Transport, request: ExchangeRequest): Outcome {
	const head = Promise.withResolvers<ResponseHead>();
	const end = Promise.withResolvers<unknown>();
	head.promise.catch(() => undefined);
	const outcome: Omit<Outcome, 'exchange'> = {
		phases: [],
		informational: [],
		head: head.promise,
		end: end.promise,
		trailers: [],
	};
	const exchange = transport.exchange(request, {
		onPhase: (event) => void outcome.phases.push(event),
		onInformational: (status) => void outcome.informational.push(status),
		onHead: head.resolve,
		onEnd: (trailers) => {
			outcome.trailers = trailers;
			end.resolve(undefined);
		},
		onError: (error) => {
			head.reject(error);
			end.resolve(error);
		},
	});
	return Object.assign(outcome, { exchange });
}

describe.each(['h2', 'http/1.1'] as const)('transport.exchange over %s', (protocol) => {
	it('tells each phase and 1xx in order, and gives the raw body', async () => {
		const packed = gzipSync('packed');
		await using site = await startSite(
			(request) => {
				request.inform(103, [['link', '</a.css>']]);
				return { headers: [['content-encoding', 'gzip']], body: packed, trailers: [['x-sum', '1']] };
			},
			{ protocols: [protocol] },
		);
		const transport = site.transport();
		const first = start(transport, { url: site.at('/'), decompress: false });
		expect(await first.head).toMatchObject({ status: 200, decoded: [], reused: false });
		expect(Buffer.from(await first.exchange.readAll()).equals(packed)).toBe(true);
		expect(await first.end).toBeUndefined();
		expect(first.phases.map((event) => event.type)).toEqual(['lookup', 'connect', 'secureConnect', 'acquired', 'sent']);
		expect(first.informational).toEqual([103]);
		expect(first.trailers).toEqual(['x-sum', '1']);
		const second = start(transport, { url: site.at('/') });
		expect(await second.head).toMatchObject({ decoded: ['gzip'], reused: true });
		expect(Buffer.from(await second.exchange.readAll()).toString()).toBe('packed');
		expect(second.phases.map((event) => event.type)).toEqual(['acquired', 'sent']);
	});
	it('follows no redirect, keeps no cookie, sends what it is given', async () => {
		await using site = await startSite(undefined, { protocols: [protocol] });
		const transport = site.transport();
		const first = start(transport, {
			url: site.at('/cookies/set?a=1&to=/echo'),
			headers: { 'x-own': '1' },
			cookie: 'given=1; twice=2',
			kind: 'fetch',
			layout: { site: 'cross-site', referer: 'https://page.example/' },
		});
		expect((await first.head).status).toBe(302);
		await first.exchange.readAll();
		const second = start(transport, { url: site.at('/echo'), headers: [['X-Only', '1']], browserHeaders: false });
		await second.exchange.readAll().catch(() => undefined);
		await second.head;
		const [one, two] = site.mirror.requests.map((request) => request.headers.filter(([name]) => !name.startsWith(':')));
		const fields = new Map(one?.map(([name, value]) => [name.toLowerCase(), value]));
		expect(fields.get('x-own')).toBe('1');
		expect(fields.get('sec-fetch-site')).toBe('cross-site');
		expect(fields.get('referer')).toBe('https://page.example/');
		const cookies = one?.filter(([name]) => name.toLowerCase() === 'cookie').map(([, value]) => value);
		expect(cookies?.join('; ')).toBe('given=1; twice=2');
		const rest = two
			?.map(([name]) => name)
			.filter((name) => !['host', 'connection', 'te'].includes(name.toLowerCase()));
		expect(rest).toEqual([protocol === 'h2' ? 'x-only' : 'X-Only']);
	});
	it('streams up with backpressure and trailers, and down piece by piece', async () => {
		await using site = await startSite(
			async (request) => {
				let length = 0;
				for await (const chunk of request.body) length += chunk.byteLength;
				return { body: `${length} ${JSON.stringify(request.record.trailers)}` };
			},
			{ protocols: [protocol] },
		);
		const upload = start(site.transport(), { url: site.at('/'), method: 'POST', body: 'stream' });
		const piece = Buffer.alloc(256 * 1024, 'u');
		for (let count = 0; count < 20; count++) await upload.exchange.write(piece);
		upload.exchange.end(['x-sum', 'abc']);
		let text = '';
		await upload.head;
		for (;;) {
			const chunk = await upload.exchange.read();
			if (chunk === null) break;
			text += Buffer.from(chunk).toString();
		}
		expect(text).toBe(`${20 * piece.byteLength} [["x-sum","abc"]]`);
		expect(upload.exchange.settled).toBe(true);
	});
	it('C03 aborts in flight with the reason, everywhere, once', async () => {
		await using site = await startSite(() => noReply, { protocols: [protocol] });
		const transport = site.transport();
		const running = start(transport, { url: site.at('/'), method: 'POST', body: 'stream' });
		await site.mirror.waitForRequest(() => true, { stage: 'head' });
		const reason = new Error('enough');
		running.exchange.abort(reason);
		running.exchange.abort(new Error('again'));
		expect(await running.end).toBe(reason);
		await expect(running.exchange.write(Buffer.from('x'))).rejects.toBe(reason);
		await expect(running.exchange.read()).rejects.toBe(reason);
		running.exchange.end();
		expect(transport.stats().exchanges).toBe(0);
	});
	it('a connection that dies mid-body is ECONNRESET or an incomplete body, never an end', async () => {
		await using site = await startSite(
			(request) => ({
				headers: [['content-length', '100']],
				body: (async function* () {
					yield Buffer.from('part');
					await new Promise((resolve) => setTimeout(resolve, 20));
					request.control.destroy();
					await new Promise(() => undefined);
				})(),
			}),
			{ protocols: [protocol] },
		);
		const cut = start(site.transport(), { url: site.at('/') });
		await cut.head;
		await expect(cut.exchange.readAll()).rejects.toMatchObject({
			code: expect.stringMatching(/^ERR_(CONNECTION_RESET|BODY_INCOMPLETE)$/),
		});
		expect(await cut.end).toMatchObject({ phase: 'body' });
	});
});

describe('transport.exchange', () => {
	it('throws for wrong arguments and after close', async () => {
		await using site = await startSite();
		const transport = site.transport();
		const handler = { onHead: () => undefined, onError: () => undefined };
		expect(() => transport.exchange({ url: 'ftp://a.test/' }, handler)).toThrow(
			expect.objectContaining({ code: 'ERR_INVALID_URL' }),
		);
		expect(() => transport.exchange({ url: site.at('/'), headers: { a: 'b\nc' } }, handler)).toThrow(
			expect.objectContaining({ code: 'ERR_INVALID_ARG' }),
		);
		await transport.close();
		expect(() => transport.exchange({ url: site.at('/') }, handler)).toThrow(
			expect.objectContaining({ code: 'ERR_TRANSPORT_CLOSED' }),
		);
	});
	it('C03 a signal that is aborted already stops the exchange before a byte is sent, also on an open connection', async () => {
		await using site = await startSite();
		const transport = site.transport();
		await start(transport, { url: site.at('/bytes/1') }).exchange.readAll();
		const reason = new Error('long over');
		for (const body of [null, Buffer.from('x'), 'stream'] as const) {
			const signal = AbortSignal.abort(reason);
			const { end } = start(transport, { url: site.at('/echo'), method: 'POST', body, signal });
			expect(await end).toBe(reason);
		}
		await start(transport, { url: site.at('/bytes/2') }).exchange.readAll();
		expect(site.mirror.requests.map(({ path }) => path)).toEqual(['/bytes/1', '/bytes/2']);
	});
	it('asks for any protocol over HTTP/1.1, and refuses a value that is no field', async () => {
		await using site = await startSite();
		const { head, exchange } = start(site.transport(), { url: site.at('/echo'), upgrade: 'tcp' });
		expect(await head).toMatchObject({ status: 200, httpVersion: '1.1' });
		const seen = JSON.parse(Buffer.from(await exchange.readAll()).toString()).headers as [string, string][];
		expect(seen.filter(([name]) => /^(connection|upgrade)$/i.test(name))).toEqual([
			['Connection', 'Upgrade'],
			['Upgrade', 'tcp'],
		]);
		expect(() => start(site.transport(), { url: site.at('/'), upgrade: 'a\r\nb: c' })).toThrow(
			expect.objectContaining({ code: 'ERR_INVALID_ARG' }),
		);
	});
	it("reports Node's codes", async () => {
		await using site = await startSite();
		const transport = site.transport();
		expect(await start(transport, { url: 'http://127.0.0.1:1/' }).end).toMatchObject({ nodeCode: 'ECONNREFUSED' });
		expect(await start(transport, { url: 'http://no-such-host.invalid/' }).end).toMatchObject({
			phase: 'resolve',
			nodeCode: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
		});
	});
	it('of a session takes a handler of a class, private members and all', async () => {
		await using site = await startSite();
		const ended = Promise.withResolvers<unknown>();
		class Handler {
			#phases: string[] = [];
			#status = 0;
			onPhase({ type }: PhaseEvent) {
				this.#phases.push(type);
			}
			onHead({ status }: ResponseHead) {
				this.#status = status;
			}
			onEnd() {
				ended.resolve([this.#status, this.#phases.includes('sent')]);
			}
			onError(error: unknown) {
				ended.resolve(error);
			}
		}
		await site
			.session()
			.exchange({ url: site.at('/bytes/3') }, new Handler())
			.readAll();
		expect(await ended.promise).toEqual([200, true]);
	});
	it('of a session is aborted when the session closes', async () => {
		await using site = await startSite(() => noReply);
		const session = site.session({ transport: site.transport() });
		const end = Promise.withResolvers<unknown>();
		session.exchange({ url: site.at('/') }, { onHead: () => undefined, onError: end.resolve });
		await site.mirror.waitForRequest(() => true);
		await session.close();
		expect(await end.promise).toMatchObject({ code: 'ERR_SESSION_CLOSED' });
	});
	it("cookies for adapters go through the session's rules", async () => {
		await using site = await startSite();
		const session = site.session();
		await session.storeSetCookie(site.at('/'), ['a=1; SameSite=Strict', 'b=2; SameSite=None', '__hOsT-c=3']);
		expect(await session.cookieHeader(site.at('/'))).toBe('a=1');
		expect(await session.cookieHeader(site.at('/'), { initiator: new URL('https://other.example/') })).toBe('');
	});
});
