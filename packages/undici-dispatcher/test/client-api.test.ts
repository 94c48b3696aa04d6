import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { noReply } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versions } from './support/clients.ts';
import { closedPort, field, names, type Site, startSite, www } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const failure = (error: unknown) => error as Error & { code?: string; cause?: unknown };

describe.each(versions)('%s', (_, undici) => {
	it('request: JSON up and down', async () => {
		const { statusCode, headers, body } = await undici.request(site.at('/echo?request'), {
			dispatcher: site.dispatcher,
			method: 'POST',
			headers: { 'content-type': 'application/json', 'X-B': '1', 'x-a': '2' },
			body: JSON.stringify({ a: 1 }),
		});
		expect(statusCode).toBe(200);
		expect(headers['content-type']).toBe('application/json');
		expect(await body.json()).toMatchObject({ body: '{"a":1}', protocol: 'h2' });
		const seen = site.last('/echo?request');
		expect(field(seen, 'user-agent')).toMatch(/Chrome/);
		expect(names(seen)).toContain('x-b');
	});

	it("request: the query is written as undici's own dispatcher writes it", async () => {
		const server = createServer((request, response) => response.end(request.url));
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const own = new undici.Agent();
		const target = async (path: string, query: object, dispatcher?: object) => {
			const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
			const { body } = await undici.request(url, { query: query as never, dispatcher: (dispatcher ?? own) as never });
			return body.text();
		};
		const queries = [{ a: 'x y', b: ['1', '2 +'] }, { ü: 'ä&=', empty: '' }, {}, { a: null, n: 1, t: true }];
		for (const query of queries) {
			expect(await target('/path', query, site.dispatcher)).toBe(await target('/path', query));
		}
		await own.close();
		server.closeAllConnections();
		server.close();
	});

	it('request: every form of headers', async () => {
		const forms = [
			['x-one', 'a', 'x-two', 'b'],
			{ 'x-one': 'a', 'x-two': ['b'] },
			new Map([
				['x-one', 'a'],
				['x-two', 'b'],
			]),
		];
		for (const headers of forms) {
			const { body } = await undici.request(site.at('/echo?forms'), {
				dispatcher: site.dispatcher,
				headers: headers as string[],
			});
			await body.dump();
			const seen = site.last('/echo?forms');
			expect([field(seen, 'x-one'), field(seen, 'x-two')]).toEqual(['a', 'b']);
		}
	});

	it('request: every form of body', async () => {
		const bodies: [unknown, string][] = [
			['text', 'text'],
			[Buffer.from('bytes'), 'bytes'],
			[new Uint8Array([97, 98]), 'ab'],
			[Readable.from([Buffer.from('pi'), Buffer.from('pe')]), 'pipe'],
			[['it', 'er'].values(), 'iter'],
			[
				(async function* () {
					yield 'gen';
				})(),
				'gen',
			],
			[new Blob(['blob']), 'blob'],
			['', ''],
			[null, ''],
		];
		for (const [given, expected] of bodies) {
			const { body } = await undici.request(site.at('/echo?bodies'), {
				dispatcher: site.dispatcher,
				method: 'POST',
				body: given as string,
			});
			expect(await body.json()).toMatchObject({ body: expected });
		}
		const form = new undici.FormData();
		form.append('name', 'value');
		const { body } = await undici.request(site.at('/echo?form'), {
			dispatcher: site.dispatcher,
			method: 'POST',
			body: form as never,
		});
		expect(((await body.json()) as { body: string }).body).toMatch(/name="name"\r\n\r\nvalue/);
		expect(field(site.last('/echo?form'), 'content-type')).toMatch(
			/^multipart\/form-data; boundary=----WebKitFormBoundary/,
		);
	});

	it('request: trailers, repeated fields, interim answers', async () => {
		const trailers = await undici.request(site.at('/trailers'), { dispatcher: site.dispatcher });
		await trailers.body.text();
		expect({ ...trailers.trailers }).toEqual({ 'x-checksum': 'abc123', 'server-timing': 'total;dur=1' });

		const repeated = await undici.request(site.at('/headers?set-cookie=a%3D1&set-cookie=b%3D2&x-one=1'), {
			dispatcher: site.dispatcher,
		});
		await repeated.body.dump();
		expect(repeated.headers['set-cookie']).toEqual(['a=1', 'b=2']);
		expect(repeated.headers['x-one']).toBe('1');

		const infos: number[] = [];
		const early = await undici.request(site.at('/1xx'), {
			dispatcher: site.dispatcher,
			onInfo: ({ statusCode }) => infos.push(statusCode),
		});
		expect(await early.body.text()).toBe('after 103\n');
		expect(infos).toEqual([103]);
	});

	it("request: HTTP/1.1 has the browser's spelling", async () => {
		await using own = await startSite(undefined, { protocols: ['http/1.1'] });
		const { body } = await undici.request(own.at('/echo'), {
			dispatcher: own.dispatcher,
			headers: { 'X-Custom': '1' },
		});
		await body.dump();
		const seen = own.last('/echo');
		expect(seen.protocol).toBe('http/1.1');
		expect(names(seen)).toEqual(
			expect.arrayContaining(['Host', 'Connection', 'User-Agent', 'X-Custom', 'Accept-Encoding']),
		);
	});

	it('stream and pipeline', async () => {
		const chunks: Buffer[] = [];
		const sink = () =>
			new Writable({
				write(chunk, _encoding, callback) {
					chunks.push(chunk);
					callback();
				},
			});
		await undici.stream(site.at('/stream/300000'), { dispatcher: site.dispatcher, method: 'GET' }, sink);
		expect(Buffer.concat(chunks)).toHaveLength(300_000);

		const out: Buffer[] = [];
		await pipeline(
			Readable.from([Buffer.from('up '), Buffer.from('and down')]),
			undici.pipeline(site.at('/echo?pipeline'), { dispatcher: site.dispatcher, method: 'POST' }, ({ body }) => body),
			async (source) => {
				for await (const chunk of source) out.push(chunk as Buffer);
			},
		);
		expect(JSON.parse(Buffer.concat(out).toString())).toMatchObject({ body: 'up and down' });
	});

	it('abort before, while waiting, and in the body', async () => {
		const dispatcher = site.dispatcher;
		const early = await undici.request(site.at('/echo'), { dispatcher, signal: AbortSignal.abort() }).catch(failure);
		expect(early).toMatchObject({ name: 'AbortError' });

		await using own = await startSite(() => noReply);
		const controller = new AbortController();
		const waiting = undici.request(own.at('/'), { dispatcher: own.dispatcher, signal: controller.signal });
		await own.mirror.waitForRequest();
		controller.abort();
		await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });

		const { body } = await undici.request(site.at('/stream/100000000'), { dispatcher });
		await once(body, 'data');
		const closed = once(body, 'close').catch(failure);
		body.destroy();
		expect(await closed).toMatchObject({ name: 'AbortError' });
		expect((await undici.request(site.at('/echo'), { dispatcher })).statusCode).toBe(200);
	});

	it('a paused body holds the server back and then goes on', async () => {
		let sent = 0;
		await using own = await startSite(() => ({
			body: (async function* () {
				for (; sent < 60; sent++) yield Buffer.alloc(1024 * 1024, 'm');
			})(),
		}));
		const { body } = await undici.request(own.at('/'), { dispatcher: own.dispatcher });
		await once(body, 'readable');
		let before = -1;
		while (before !== sent) {
			before = sent;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		expect(sent).toBeLessThan(40);
		let size = 0;
		for await (const chunk of body) size += (chunk as Buffer).length;
		expect(size).toBe(60 * 1024 * 1024);
	});

	it("errors have undici's and Node's codes", async () => {
		const { dispatcher } = site;
		const refused = await undici.request(`https://${www}:${await closedPort()}/`, { dispatcher }).catch(failure);
		expect(refused).toMatchObject({ code: 'ECONNREFUSED' });

		await using own = await startSite((request) => {
			if (request.url.pathname === '/reset') request.control.destroy();
			return request.url.pathname === '/cut'
				? {
						headers: [['content-length', '10']],
						body: (async function* () {
							yield Buffer.from('half');
							request.control.destroy();
						})(),
					}
				: noReply;
		});
		const reset = await undici.request(own.at('/reset'), { dispatcher: own.dispatcher, method: 'POST' }).catch(failure);
		expect((reset as { code: string }).code).toMatch(/ECONNRESET|UND_ERR_SOCKET/);

		const slow = await undici
			.request(own.at('/slow'), { dispatcher: own.dispatcher, headersTimeout: 30 })
			.catch(failure);
		expect(slow).toMatchObject({ name: 'HeadersTimeoutError', code: 'UND_ERR_HEADERS_TIMEOUT' });
		expect(slow).toBeInstanceOf(undici.errors.HeadersTimeoutError);

		const wrong = await undici
			.request(site.at('/echo'), {
				dispatcher,
				method: 'POST',
				headers: { 'content-length': '5' },
				body: 'four',
			})
			.catch(failure);
		expect(wrong).toMatchObject({ code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' });

		const injected = await undici
			.request(site.at('/echo'), { dispatcher, headers: { 'x-a': 'b\r\nx-c: d' } })
			.catch(failure);
		expect(injected).toMatchObject({ code: 'UND_ERR_INVALID_ARG' });
	});

	it('a source that fails ends its request with its own error', async () => {
		async function* source() {
			yield 'part';
			throw new Error('disk gone');
		}
		const error = await undici
			.request(site.at('/upload'), {
				dispatcher: site.dispatcher,
				method: 'POST',
				body: Readable.from(source()),
			})
			.catch(failure);
		expect(error).toMatchObject({ message: 'disk gone' });
	});

	it('a response before the upload is over stops the source', async () => {
		await using own = await startSite(() => ({ status: 413, body: 'too much' }));
		const source = new Readable({
			read() {
				setImmediate(() => this.push(Buffer.alloc(65_536)));
			},
		});
		const { statusCode, body } = await undici.request(own.at('/'), {
			dispatcher: own.dispatcher,
			method: 'POST',
			body: source,
		});
		expect(statusCode).toBe(413);
		await body.text();
		if (!source.destroyed) await once(source, 'close');
		expect(source.destroyed).toBe(true);
	});
});
