import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import vm from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, type FetchInit, isConnectionError, isTlsError } from '../src/index.ts';
import { field, type Site, startSite } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

type Echo = { method: string; body: string; bodyLength: number; headers: [string, string][]; protocol: string };
const echo = async (response: Response) => (await response.json()) as Echo;

describe('inputs', () => {
	it('takes a string, a URL and a Request', async () => {
		const session = site.session();
		const url = site.at('/echo');
		const request = new Request(url, { method: 'PUT', body: 'from a Request', headers: { 'x-a': '1' } });
		expect((await echo(await session.fetch(url))).method).toBe('GET');
		expect((await echo(await session.fetch(new URL(url)))).method).toBe('GET');
		const seen = await echo(await session.fetch(request));
		expect(seen).toMatchObject({ method: 'PUT', body: 'from a Request' });
		expect(new Map(seen.headers).get('content-length')).toBe('14');
		expect(new Map(seen.headers).get('x-a')).toBe('1');
		await expect(session.fetch(request)).rejects.toMatchObject({ code: 'ERR_BODY_USED' });
	});
	it.each([1, 1_000_000])(
		'a Request made of %i bytes is sent with its length, one made of a slow stream without',
		async (size) => {
			const session = site.session();
			const make = (body: string | ReadableStream) =>
				new Request(site.at('/echo'), { method: 'POST', body, duplex: 'half' } as RequestInit);
			const known = await echo(await session.fetch(make('x'.repeat(size))));
			expect([known.bodyLength, new Map(known.headers).get('content-length')]).toEqual([size, String(size)]);
			async function* slow() {
				yield Buffer.alloc(size);
				await new Promise((resolve) => setTimeout(resolve, 20));
				yield Buffer.alloc(size);
			}
			const streamed = await echo(await session.fetch(make(ReadableStream.from(slow()) as ReadableStream)));
			expect([streamed.bodyLength, new Map(streamed.headers).get('content-length')]).toEqual([2 * size, undefined]);
		},
	);
	it('takes a Request whose class is a foreign copy', async () => {
		class Request {
			readonly url = site.at('/echo');
			readonly method = 'POST';
			readonly headers = new Headers({ 'x-copy': '1' });
			readonly body = new Blob(['copy']).stream();
			readonly bodyUsed = false;
			get [Symbol.toStringTag]() {
				return 'Request';
			}
		}
		expect(await echo(await site.session().fetch(new Request() as never))).toMatchObject({
			method: 'POST',
			body: 'copy',
		});
	});
	it.each([
		['text', () => 'héllo', 'text/plain;charset=UTF-8', '6'],
		['bytes', () => Buffer.from('héllo'), undefined, '6'],
		[
			'ArrayBuffer of another realm',
			() => vm.runInNewContext('new Uint8Array([104, 105]).buffer') as ArrayBuffer,
			undefined,
			'2',
		],
		['Blob', () => new Blob(['hi'], { type: 'text/x' }), 'text/x', '2'],
		['URLSearchParams', () => new URLSearchParams({ a: 'b' }), 'application/x-www-form-urlencoded;charset=UTF-8', '3'],
		['Readable', () => Readable.from(['h', 'i']), undefined, undefined],
		[
			'generator',
			() =>
				(async function* () {
					yield 'hi';
				})(),
			undefined,
			undefined,
		],
		['ReadableStream', () => new Blob(['hi']).stream(), undefined, undefined],
	])('sends %s with the type and length of a browser', async (_, make, type, length) => {
		const seen = await echo(
			await site.session().fetch(site.at('/echo'), { method: 'POST', body: make(), kind: 'fetch' }),
		);
		const headers = new Map(seen.headers);
		expect(headers.get('content-type')).toBe(type);
		expect(headers.get('content-length')).toBe(length);
		expect(seen.bodyLength).toBeGreaterThan(1);
	});
	it('F11 CR and LF are refused before a connection is made', async () => {
		await using own = await startSite();
		const session = own.session();
		for (const init of [{ headers: { a: 'b\r\nc: d' } }, { headers: { 'a\r\nb': 'c' } }, { method: 'GET\r\n' }]) {
			await expect(session.fetch(own.at('/'), init)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG', phase: 'input' });
		}
		expect(own.mirror.connections).toHaveLength(0);
	});
});

describe('headers on the wire', () => {
	it('an object is placed by the profile, null removes a default', async () => {
		await using own = await startSite();
		const headers = { 'X-Custom': '1', 'accept-language': null };
		await (await own.session().fetch(own.at('/echo'), { kind: 'fetch', headers })).text();
		const names = own.mirror.requests[0]?.headers.map(([name]) => name) ?? [];
		expect(names).toContain('x-custom');
		expect(names).toContain('user-agent');
		expect(names).not.toContain('accept-language');
		expect(names.indexOf('x-custom')).toBeLessThan(names.indexOf('accept'));
	});
	it.each<[string, NonNullable<FetchInit['headers']>]>([
		[
			'pairs',
			[
				['authorization', 't'],
				['x-b', '1'],
				['accept-language', null],
				['x-b', '2'],
			],
		],
		[
			'a Map',
			new Map<string, string | null | string[]>([
				['authorization', 't'],
				['x-b', ['1', '2']],
				['accept-language', null],
			]),
		],
		['entries', Object.entries({ authorization: 't', 'x-b': ['1', '2'], 'accept-language': null })],
	])('%s are placed like an object', async (_, headers) => {
		await using own = await startSite();
		const session = own.session();
		const same = { authorization: 't', 'x-b': ['1', '2'], 'accept-language': null };
		for (const each of [headers, same]) {
			await (await session.fetch(own.at('/echo'), { kind: 'fetch', headers: each })).text();
		}
		const [given, asObject] = own.mirror.requests.map((request) => request.headers);
		expect(given).toEqual(asObject);
		expect(given?.map(([name]) => name)).toContain('user-agent');
	});
	it('exactHeaders keep their order, and their case on HTTP/1.1', async () => {
		await using own = await startSite(undefined, { protocols: ['http/1.1'] });
		const headers: [string, string][] = [
			['X-Zed', '1'],
			['accept', '*/*'],
			['User-agent', 'mine'],
		];
		await (await own.session().fetch(own.at('/echo'), { exactHeaders: headers })).text();
		const names = own.mirror.requests[0]?.headers.map(([name]) => name) ?? [];
		const own3 = names.filter((name) => ['X-Zed', 'accept', 'User-agent'].includes(name));
		expect(own3).toEqual(['X-Zed', 'accept', 'User-agent']);
	});
	it('exactHeaders without a pair send nothing of the browser’s, and those of the session', async () => {
		await using own = await startSite();
		const empty = { exactHeaders: [] };
		await (await own.session().fetch(own.at('/echo'), empty)).text();
		await (await own.session({ defaultHeaders: { 'x-all': '1' } }).fetch(own.at('/echo'), empty)).text();
		const names = own.mirror.requests.map(({ headers }) =>
			headers.map(([name]) => name).filter((name) => !name.startsWith(':')),
		);
		expect(names).toEqual([[], ['x-all']]);
	});
	it('defaultHeaders: false sends only yours', async () => {
		await using own = await startSite();
		const session = own.session({ defaultHeaders: false });
		await (await session.fetch(own.at('/echo'), { headers: { 'x-only': '1' } })).text();
		await (await session.fetch(own.at('/echo'))).text();
		const names = own.mirror.requests.map((request) =>
			request.headers.map(([name]) => name).filter((name) => !name.startsWith(':') && name !== 'te'),
		);
		expect(names).toEqual([['x-only'], []]);
	});
	it('defaultHeaders of the session go with each request and can be taken out', async () => {
		const session = site.session({ defaultHeaders: { 'x-all': '1', 'x-some': '2' } });
		const seen = new Map((await echo(await session.fetch(site.at('/echo'), { headers: { 'x-some': null } }))).headers);
		expect(seen.get('x-all')).toBe('1');
		expect(seen.has('x-some')).toBe(false);
	});
	it('the kind decides accept and sec-fetch-dest', async () => {
		const session = site.session();
		const dest = async (init: object) =>
			new Map((await echo(await session.fetch(site.at('/echo'), init))).headers).get('sec-fetch-dest');
		expect(await dest({})).toBe('document');
		expect(await dest({ kind: 'image' })).toBe('image');
		expect(await dest({ destination: 'script' })).toBe('script');
		expect(await dest({ mode: 'cors' })).toBe('empty');
		expect(await dest({ method: 'POST', body: '{}' })).toBe('empty');
		expect(await dest({ method: 'POST', body: new URLSearchParams('a=b') })).toBe('document');
	});
	it("a caller's referer makes the request come from there", async () => {
		const headers = { referer: 'https://search.example/results' };
		const seen = new Map((await echo(await site.session().fetch(site.at('/echo'), { headers }))).headers);
		expect(seen.get('referer')).toBe('https://search.example/results');
		expect(seen.get('sec-fetch-site')).toBe('cross-site');
	});
	it('locale and acceptLanguage', async () => {
		const language = async (options: object) =>
			new Map((await echo(await site.session(options).fetch(site.at('/echo')))).headers).get('accept-language');
		expect(await language({ locale: 'de-DE' })).toBe('de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7');
		expect(await language({ acceptLanguage: 'fr;q=0.3' })).toBe('fr;q=0.3');
		expect(await language({ acceptLanguage: 'fr' })).toBe('fr');
	});
	it('Host in the headers is the authority, once', async () => {
		await using own = await startSite();
		await (await own.session().fetch(own.at('/echo'), { headers: { Host: 'api.mirror.test' } })).text();
		expect(own.mirror.requests[0]?.authority).toBe('api.mirror.test');
		expect(field(own.mirror.requests[0], 'host')).toBeUndefined();
	});
});

describe('the response', () => {
	it('says how it came', async () => {
		const session = site.session();
		const first = await session.fetch(site.at('/echo'));
		expect(first).toBeInstanceOf(Response);
		expect(first).toMatchObject({
			status: 200,
			ok: true,
			type: 'basic',
			httpVersion: '2',
			remoteAddress: '127.0.0.1',
			redirects: [],
		});
		expect(first.tls).toMatchObject({ version: 'TLSv1.3', alpn: 'h2', resumed: false, verified: true });
		await first.text();
		expect(first.timings.connect).toBeGreaterThan(0);
		expect(first.timings.total).toBeGreaterThan(0);
		const second = await session.fetch(site.at('/echo'));
		await second.text();
		expect(second.connection.reused).toBe(true);
		expect(second.timings.connect).toBeUndefined();
	});
	it('keeps order and duplicates of raw headers, and trailers', async () => {
		await using own = await startSite(
			() => ({
				headers: [
					['X-One', '1'],
					['set-cookie', 'a=1'],
					['x-two', '2'],
					['set-cookie', 'b=2'],
				],
				body: 'x',
				trailers: [['x-sum', 'abc']],
			}),
			{ protocols: ['http/1.1'] },
		);
		const response = await own.session().fetch(own.at('/'));
		const names = response.rawHeaders.filter((_, index) => index % 2 === 0);
		expect(names.slice(0, 4)).toEqual(['X-One', 'set-cookie', 'x-two', 'set-cookie']);
		expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
		await response.text();
		expect(response.trailers.get('x-sum')).toBe('abc');
		expect(response.httpVersion).toBe('1.1');
	});
	it('HEAD and 204 have no body', async () => {
		await using own = await startSite((request) => ({
			status: request.method === 'HEAD' ? 200 : 204,
			headers: [['x-a', '1']],
		}));
		const session = own.session();
		for (const method of ['HEAD', 'GET']) {
			const response = await session.fetch(own.at('/'), { method });
			expect(response.body).toBeNull();
			expect(await response.text()).toBe('');
			expect(response.headers.get('x-a')).toBe('1');
		}
		expect(session.transport.stats().exchanges).toBe(0);
	});
	it('an untrusted certificate is an error, and flagged with insecure', async () => {
		await using own = await startSite(undefined, { certificate: 'self-signed' as never });
		const failure = await createSession({ resolve: own.trust.resolve ?? {} })
			.fetch(own.at('/echo'))
			.catch((error: unknown) => error);
		expect(isTlsError(failure)).toBe(true);
		const response = await own.session({ insecure: true }).fetch(own.at('/echo'));
		expect(response.tls?.verified).toBe(false);
		await response.text();
	});
	it("a refused connection has code, phase and Node's code", async () => {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		server.close();
		await once(server, 'close');
		const failure = await site
			.session()
			.fetch(`http://127.0.0.1:${port}/secret?x#y`)
			.catch((error: unknown) => error);
		expect(isConnectionError(failure)).toBe(true);
		expect(failure).toBeInstanceOf(TypeError);
		expect(failure).toMatchObject({
			code: 'ERR_CONNECTION_REFUSED',
			phase: 'connect',
			nodeCode: 'ECONNREFUSED',
			cause: { code: 'ECONNREFUSED' },
			request: { method: 'GET', url: `http://127.0.0.1:${port}/secret?x` },
		});
	});
});

describe('bodies', () => {
	it.each([1000, 1_000_000])('one of %i bytes may be given to another thread', async (size) => {
		const server = createServer((_, response) => response.end(Buffer.alloc(size, 'x'))).listen(0, '127.0.0.1');
		await once(server, 'listening');
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
		const { buffer } = await (await site.session().fetch(url)).bytes();
		for (const each of [buffer, await (await site.session().fetch(url)).arrayBuffer()]) {
			expect(structuredClone(each, { transfer: [each] }).byteLength).toBe(size);
			expect(each.byteLength).toBe(0);
		}
		server.close();
	});
});
