import { describe, expect, it, vi } from 'vitest';
import type { ExchangeHandler, ExchangeRequest, Transport, TransportOptions } from '../src/index.ts';
import { startSite } from './support/site.ts';

type Lookup = NonNullable<TransportOptions['lookup']>;

/** Answers when the test says so. */
function heldLookup() {
	const asked: Array<Parameters<Lookup>> = [];
	const lookup: Lookup = (...call) => void asked.push(call);
	const answer = (error: NodeJS.ErrnoException | null, address = '127.0.0.1') =>
		asked[0]?.[2](error, error ? [] : [{ address, family: 4 }]);
	return { asked, lookup, answer };
}

function start(transport: Transport, request: ExchangeRequest) {
	const end = Promise.withResolvers<unknown>();
	const head = vi.fn();
	const handler: ExchangeHandler = { onHead: head, onEnd: () => end.resolve('ended'), onError: end.resolve };
	return { exchange: transport.exchange(request, handler), head, end: end.promise };
}

describe.each(['h2', 'http/1.1'] as const)('an exchange whose host is looked up, over %s', (protocol) => {
	const begin = () => startSite(undefined, { protocols: [protocol] });

	it.each(['transport', 'request'] as const)(
		'by the %s takes what it is asked for meanwhile, in order',
		async (whose) => {
			await using site = await begin();
			const { asked, lookup, answer } = heldLookup();
			const transport = site.transport({ resolve: {}, ...(whose === 'transport' ? { lookup } : {}) });
			const request: ExchangeRequest = { url: site.at('/echo'), method: 'POST', body: 'stream' };
			const { exchange, end } = start(transport, whose === 'request' ? { ...request, lookup } : request);
			const piece = Buffer.from('one ');
			const writes = [exchange.write(piece), exchange.write(Buffer.from('two'))];
			piece.fill('x'); // the caller's memory is the caller's again
			exchange.end();
			const body = exchange.readAll();
			expect(site.mirror.connections).toEqual([]);
			expect(asked[0]?.slice(0, 2)).toEqual(['www.mirror.test', { all: true }]);
			answer(null);
			await Promise.all(writes);
			expect(JSON.parse(Buffer.from(await body).toString())).toMatchObject({ method: 'POST', body: 'one two' });
			expect(await end).toBe('ended');
		},
	);

	it('is sent nowhere once it was given up, whenever the answer comes', async () => {
		await using site = await begin();
		for (const late of [false, true]) {
			const { lookup, answer } = heldLookup();
			const reason = new Error('changed my mind');
			const { exchange, end } = start(site.transport({ resolve: {}, lookup }), { url: site.at('/echo') });
			const read = exchange.read();
			if (!late) answer(null);
			exchange.abort(reason);
			if (late) answer(null);
			expect(await end).toBe(reason);
			await expect(read).rejects.toBe(reason);
			await expect(exchange.readAll()).rejects.toBe(reason);
		}
		expect(site.mirror.requests).toEqual([]);
	});
});

describe('a lookup for single requests', () => {
	it('fails the exchange with its cause, and within the limit of the phase', async () => {
		await using site = await startSite();
		const { lookup, answer } = heldLookup();
		const cause = Object.assign(new Error('not this address'), { code: 'EBLOCKED' });
		const refused = start(site.transport({ resolve: {}, lookup }), { url: site.at('/') });
		answer(cause);
		expect(await refused.end).toMatchObject({
			code: 'ERR_DNS_NOT_FOUND',
			phase: 'resolve',
			nodeCode: 'EBLOCKED',
			cause,
		});
		const silent = start(site.transport({ resolve: {}, lookup: () => undefined }), {
			url: site.at('/'),
			timeouts: { resolve: 20 },
		});
		expect(await silent.end).toMatchObject({ code: 'ERR_TIMEOUT_RESOLVE', phase: 'resolve', limitMs: 20 });
		expect(refused.head).not.toHaveBeenCalled();
	});

	it('may answer in the single form of dns.lookup, whatever was asked for', async () => {
		await using site = await startSite();
		for (const found of ['127.0.0.1', [{ address: '127.0.0.1', family: 4 }]]) {
			const transport = site.transport({ resolve: {}, lookup: (_host, _options, done) => done(null, found, 4) });
			expect(await start(transport, { url: site.at('/bytes/0') }).end).toBe('ended');
		}
		for (const found of [undefined, 'localhost', [], [undefined]]) {
			const lookup: Lookup = (_host, _options, done) => done(null, found as never);
			const { end } = start(site.transport({ resolve: {}, lookup }), { url: site.at('/') });
			expect(await end).toMatchObject({ code: 'ERR_DNS_NOT_FOUND', cause: { code: 'ERR_INVALID_OPTION' } });
		}
	});

	it('is not asked for addresses, for names in "resolve", nor where a proxy resolves', async () => {
		await using site = await startSite();
		const lookup = vi.fn();
		const transport = site.transport();
		expect(await start(transport, { url: site.at('/bytes/0'), lookup }).end).toBe('ended');
		const address = site.at('/bytes/0', '127.0.0.1');
		expect(await start(transport, { url: address, lookup }).end).toBe('ended');
		const proxy = 'http://127.0.0.1:1';
		expect(await start(transport, { url: 'http://elsewhere.test/', proxy, lookup }).end).toMatchObject({
			code: expect.stringMatching(/^ERR_(PROXY|CONNECTION)_/),
		});
		expect(lookup).not.toHaveBeenCalled();
		expect(() => start(transport, { url: site.at('/'), lookup: 'dns' as never })).toThrow(
			expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
		);
	});

	it('is not asked for a request that is never sent', async () => {
		await using site = await startSite();
		const lookup = vi.fn<Lookup>((_host, _options, found) => found(new Error('nobody hears of it'), []));
		const transport = site.transport({ resolve: {}, lookup });
		const reason = new Error('long over');
		expect(await start(transport, { url: site.at('/'), signal: AbortSignal.abort(reason) }).end).toBe(reason);
		expect(() => start(transport, { url: site.at('/'), headers: { a: 'b\nc' } })).toThrow();
		await transport.close();
		expect(() => start(transport, { url: site.at('/') })).toThrow(/closed/);
		expect(lookup).not.toHaveBeenCalled();
	});

	it('ends with its transport', async () => {
		await using site = await startSite();
		const { lookup, answer } = heldLookup();
		const transport = site.transport({ resolve: {}, lookup });
		const { end } = start(transport, { url: site.at('/') });
		await transport.close();
		answer(null);
		expect(await end).toMatchObject({ code: expect.stringMatching(/_CLOSED$/) });
	});
});
