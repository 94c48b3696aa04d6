/** Programs written for wreq-js 3.1 by its documentation. What they expect is what wreq-js itself gave with this server. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import wreq, {
	type CustomEmulationOptions,
	createSession,
	createTransport,
	fetch,
	get,
	getEmulationHeaders,
	getOperatingSystems,
	getProfiles,
	Headers,
	post,
	RequestError,
	type RequestEvent,
	type RequestInit,
	request,
	resolveProfile,
	withSession,
} from '../src/wreq-js/index.ts';
import { closedPort } from './support/closed-port.ts';
import { type Echo, type NeighbourServer, startNeighbourServer } from './support/neighbour-server.ts';
import { field, startSite } from './support/site.ts';

let server: NeighbourServer;
beforeAll(async () => {
	server = await startNeighbourServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const at = (path: string) => server.at(path);
const echoed = async (init?: RequestInit): Promise<Echo> => (await fetch(at('/echo'), init)).json();

describe('fetch', () => {
	it('gives a response with headers, length, cookies and a body', async () => {
		const response = await fetch(at('/set'));
		expect(response).toMatchObject({ status: 200, ok: true, statusText: 'OK', url: at('/set'), type: 'basic' });
		expect([response.redirected, response.bodyUsed, response.diagnostics]).toEqual([false, false, null]);
		expect(response.cookies).toEqual({ a: ['1', '3'], b: '2' });
		expect(response.headers.getSetCookie()).toHaveLength(3);
		expect(response.headers.get('Set-Cookie')).toContain('a=1; Path=/, b=2');
		expect([await response.text(), response.bodyUsed]).toEqual(['set', true]);
		await expect(response.text()).rejects.toBeInstanceOf(TypeError);
	});
	it('decodes a body and its fields, or leaves both', async () => {
		const decoded = await fetch(at('/gzip'));
		expect([decoded.contentLength, decoded.headers.has('content-encoding')]).toEqual([null, false]);
		expect(await decoded.text()).toBe('packed');
		const raw = await fetch(at('/gzip'), { compress: false });
		const { 'content-encoding': coding, 'content-length': length } = raw.headers.toObject();
		expect([coding, Number(length), (await raw.bytes()).length]).toEqual([
			'gzip',
			raw.contentLength,
			raw.contentLength,
		]);
		const empty = await fetch(at('/empty'));
		expect([empty.body, empty.contentLength, await empty.text()]).toEqual([null, 0, '']);
		expect((await fetch(at('/echo'), { method: 'HEAD' })).contentLength).toBe(0);
	});
	it('reads bodies in every way', async () => {
		const read = async (path = '/set') => fetch(at(path));
		expect(Buffer.from(await (await read()).arrayBuffer()).toString()).toBe('set');
		expect(await (await (await read()).blob()).text()).toBe('set');
		const response = await read();
		const copy = response.clone();
		expect([await response.text(), await copy.text()]).toEqual(['set', 'set']);
		let text = '';
		for await (const chunk of (await read()).readable()) text += String(chunk);
		for await (const chunk of (await read()).body ?? []) text += Buffer.from(chunk).toString();
		expect(text).toBe('setset');
	});
	it.each([
		['a text', 'text', 'text', undefined],
		['a form', new URLSearchParams({ a: 'b c' }), 'a=b+c', 'application/x-www-form-urlencoded'],
		['bytes', Buffer.from('bytes'), 'bytes', undefined],
		['a buffer', new TextEncoder().encode('buffer').buffer, 'buffer', undefined],
		['a Blob', new Blob(['blob'], { type: 'text/x' }), 'blob', 'text/x'],
		['a list of bytes', [Buffer.from('li'), Buffer.from('st')], 'list', undefined],
		['a stream', () => Readable.from([Buffer.from('str'), Buffer.from('eam')]), 'stream', undefined],
	])('sends %s', async (_, body, text, type) => {
		const given = typeof body === 'function' ? body() : body;
		const sent: Echo = await (await post(at('/echo'), given)).json();
		expect([sent.method, sent.body, sent.headers['content-length']]).toEqual(['POST', text, String(text.length)]);
		expect(sent.headers['content-type']?.split(';')[0]).toBe(type);
	});
	it('sends the caller’s headers in any form beside the browser’s, or alone', async () => {
		const pairs = await echoed({
			headers: [
				['X-A', '1'],
				['x-a', '2'],
				['User-Agent', 'me'],
			],
		});
		expect(pairs.headers).toMatchObject({ 'x-a': '1, 2', 'user-agent': 'me' });
		expect(pairs.headers['sec-ch-ua']).toContain('Google Chrome');
		expect((await echoed({ headers: new Map([['X-M', 'map']]) })).headers['x-m']).toBe('map');
		const alone = await echoed({ disableDefaultHeaders: true, headers: { 'X-B': true, 'X-N': 5, 'X-U': undefined } });
		expect(alone.headers).toMatchObject({ 'x-b': 'true', 'x-n': '5' });
		expect(alone.headers['user-agent'] ?? alone.headers['x-u']).toBeUndefined();
		const pairsAlone = await echoed({
			disableDefaultHeaders: true,
			headers: [
				['X-Zed', '1'],
				['x-ALPHA', '2'],
			],
		});
		expect(pairsAlone.raw.filter((name) => name.startsWith('X') || name.startsWith('x'))).toEqual(['X-Zed', 'x-ALPHA']);
		expect((await echoed({ disableDefaultHeaders: true })).headers['user-agent']).toBeUndefined();
	});
	it('speaks like Chrome on macOS unless told otherwise, and safari on ios is that of iOS', async () => {
		expect((await echoed()).headers).toMatchObject({ 'sec-ch-ua-platform': '"macOS"' });
		const windows = await echoed({ browser: 'chrome_142', os: 'windows' });
		expect(windows.headers['user-agent']).toMatch(/Windows NT 10\.0.*Chrome\/142\./);
		expect((await echoed({ browser: 'safari_18', os: 'ios' })).headers['user-agent']).toContain('iPhone');
		expect((await echoed({ browser: 'okhttp_5' })).headers['user-agent']).toContain('okhttp/5');
	});
	it('takes a Request, a URL, and the shorter names', async () => {
		const sent = new Request(at('/echo'), { method: 'PUT', body: 'rb', headers: { 'x-r': '1' } });
		expect(await (await fetch(sent)).json()).toMatchObject({ method: 'PUT', body: 'rb', headers: { 'x-r': '1' } });
		expect((await get(new URL(at('/echo')))).status).toBe(200);
		const put = await request({ url: at('/echo'), method: 'put', body: 'x' });
		expect(await put.json()).toMatchObject({ method: 'PUT', body: 'x' });
	});
	it('follows redirects with their cookies, shows or refuses them', async () => {
		const followed = await fetch(at('/redirect'));
		expect([followed.url, followed.redirected, followed.cookies]).toEqual([at('/echo'), true, {}]);
		expect((await followed.json()).headers.cookie).toBe('hop=1');
		const shown = await fetch(at('/redirect'), { redirect: 'manual' });
		expect([shown.status, shown.headers.get('location'), shown.cookies]).toEqual([302, '/echo', { hop: '1' }]);
		await expect(fetch(at('/redirect'), { redirect: 'error' })).rejects.toBeInstanceOf(RequestError);
		await expect(fetch(at('/loop'))).rejects.toMatchObject({ name: 'RequestError', code: 'ERR_REDIRECT_TOO_MANY' });
	});
	it('tells the steps of a request in order, and what the connection was', async () => {
		const events: RequestEvent[] = [];
		const done = Promise.withResolvers<void>();
		const onRequestEvent = (event: RequestEvent) => {
			events.push(event);
			if (event.type === 'done') done.resolve();
		};
		const response = await fetch(at('/redirect'), { onRequestEvent, captureDiagnostics: true });
		const { length } = await response.bytes();
		await done.promise;
		const types = ['request_start', 'request_sent', 'response_headers', 'body_progress', 'body_complete', 'done'];
		expect([...new Set(events.map(({ type }) => type))]).toEqual(types);
		expect(events.filter(({ type }) => type === 'response_headers')).toMatchObject([{ status: 200, url: at('/echo') }]);
		expect(events.find(({ type }) => type === 'body_complete')).toMatchObject({ downloadedBytes: length });
		expect(response.diagnostics).toMatchObject({ status: 200, tlsPeerCertificatePresent: false });
		expect(`http://${response.diagnostics?.remoteAddr}/echo`).toBe(at('/echo'));
	});
	it.each<[string, () => Promise<unknown>]>([
		['a limit', () => fetch(at('/never'), { timeout: 30 })],
		['a refused connection', async () => fetch(`http://127.0.0.1:${await closedPort()}/`)],
		['no URL', () => fetch('')],
		['a URL without scheme', () => fetch('nonsense')],
		['a body with GET', () => fetch(at('/echo'), { body: 'x' })],
		['a browser that there is not', () => fetch(at('/echo'), { browser: 'netscape' })],
		['a system that the browser has not', () => fetch(at('/echo'), { browser: 'chrome', os: 'ios' })],
		['a negative limit', () => fetch(at('/echo'), { timeout: -1 })],
		['a session that is none', () => fetch(at('/echo'), { cookieMode: 'session' })],
		['an id that nobody has', () => fetch(at('/echo'), { sessionId: 'nobody' })],
		['a cut body', async () => (await fetch(at('/cut'))).text()],
		[
			'TLS options of its own',
			() => fetch(at('/echo'), { browser: 'chrome', emulation: { tlsOptions: { cipherList: 'x' } } }),
		],
		['an emulation of nobody', () => fetch(at('/echo'), { emulation: { headers: { a: 'b' } } })],
		['a store of roots that there is not', () => fetch(at('/echo'), { trustStore: 'x' as 'mozilla' })],
	])('%s is a RequestError', async (_, run) => {
		const error = await run().catch((failure) => failure);
		expect(error).toBeInstanceOf(RequestError);
		expect(error).toBeInstanceOf(TypeError);
	});
	it.each([
		['nothing', undefined, 'aborted'],
		['an error', new Error('mine'), 'mine'],
		['a text', 'text', 'text'],
	])('an abort with %s is an AbortError', async (_, reason, message) => {
		const controller = new AbortController();
		const pending = fetch(at('/never'), { signal: controller.signal });
		controller.abort(reason);
		const error = await pending.catch((failure) => failure);
		expect(error.name).toBe('AbortError');
		expect(error.message).toContain(message);
		await expect(fetch(at('/never'), { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
			name: 'AbortError',
		});
	});
});

describe('a session', () => {
	it('keeps cookies, which its calls show and change at once', async () => {
		const session = await createSession({ sessionId: 'mine', defaultHeaders: { 'X-Default': 'd' } });
		expect([session.id, session.closed]).toEqual(['mine', false]);
		await (await session.fetch(at('/set'))).text();
		expect(JSON.stringify(session.getCookies(at('/')))).toBe('{"a":"1","b":"2"}');
		expect(session.getAllCookies()).toContainEqual({
			name: 'b',
			value: '2',
			secure: false,
			httpOnly: true,
			domain: '127.0.0.1',
			path: '/',
			sameSite: 'lax',
		});
		session.setCookie('c', '3', at('/'));
		session.setCookies([{ name: 'd', value: '4', sameSite: 'strict' }], at('/'));
		const own: Echo = await (await session.fetch(at('/echo'), { headers: { 'x-default': 'own' } })).json();
		expect(own.headers).toMatchObject({ cookie: 'a=1; b=2; c=3; d=4', 'x-default': 'own' });
		const byId = await echoed({ sessionId: 'mine', cookieMode: 'session' });
		expect([byId.headers.cookie, byId.headers['x-default']]).toEqual(['a=1; b=2; c=3; d=4', 'd']);
		expect(() => session.setCookie('a b;', 'x\n', at('/'))).toThrow(RequestError);
		await session.clearCookies();
		expect(session.getCookies(at('/'))).toEqual({});
		await session.close();
		await session.close();
		expect(session.closed).toBe(true);
		expect(() => session.getCookies(at('/'))).toThrow(/closed/);
		await expect(session.fetch(at('/echo'))).rejects.toThrow('Session has been closed');
		await expect(fetch(at('/echo'), { session })).rejects.toThrow('Session has been closed');
	});
	it('is closed after withSession, and keeps its connection', async () => {
		const before = server.connections();
		const kept = await withSession(async (session) => {
			for (let round = 0; round < 3; round++) await (await session.fetch(at('/echo'))).text();
			return session;
		});
		expect([kept.closed, server.connections() - before]).toEqual([true, 1]);
	});
	it.each<[string, RequestInit]>([
		['browser', { browser: 'firefox' }],
		['os', { os: 'linux' }],
		['proxy', { proxy: 'http://127.0.0.1:1' }],
		['insecure', { insecure: true }],
		['trustStore', { trustStore: 'mozilla' }],
		['emulation', { emulation: { headers: { a: 'b' } } }],
	])('cannot change its %s, but may repeat it', async (name, init) => {
		await using session = await createSession({ browser: 'chrome' });
		await expect(session.fetch(at('/echo'), init)).rejects.toThrow(`Session ${name} cannot be changed`);
		const same = { browser: 'chrome', os: 'macos', insecure: false, trustStore: 'combined' } as const;
		expect((await session.fetch(at('/echo'), same)).status).toBe(200);
	});
	it('uses another transport for one request', async () => {
		await using session = await createSession();
		await using transport = await createTransport({ browser: 'firefox_144', os: 'linux' });
		session.setCookie('a', '1', at('/'));
		const sent: Echo = await (await session.fetch(at('/echo'), { transport })).json();
		expect(sent.headers).toMatchObject({ cookie: 'a=1', 'user-agent': expect.stringContaining('Firefox/144') });
		await expect(session.fetch(at('/echo'), { transport, os: 'linux' })).rejects.toThrow(/os: these are the transport/);
	});
});

describe('a transport', () => {
	it('takes the options of the pool, of names and of limits', async () => {
		await using transport = await createTransport({
			...{ browser: 'chrome_142', os: 'windows', trustStore: 'mozilla' },
			...{ poolMaxIdlePerHost: 8, poolMaxSize: 10, poolIdleTimeout: 1000, connectTimeout: 30_000, readTimeout: 30_000 },
			resolve: { 'pinned.test': '127.0.0.1:9' },
		});
		const sent: Echo = await (await fetch(at('/echo').replace('127.0.0.1', 'pinned.test'), { transport })).json();
		expect(sent.headers['user-agent']).toContain('Windows');
		await using hasty = await createTransport({ readTimeout: 20 });
		await expect(fetch(at('/never'), { transport: hasty })).rejects.toMatchObject({ code: 'ERR_TIMEOUT_HEAD' });
		await transport.close();
		await expect(fetch(at('/echo'), { transport })).rejects.toThrow('Transport has been closed');
		for (const wrong of [{ poolMaxSize: 0 }, { poolMaxIdlePerHost: -1 }, { connectTimeout: 0 }, { resolve: { a: [] } }])
			await expect(createTransport(wrong)).rejects.toBeInstanceOf(RequestError);
	});
	it('keeps nothing if it may keep no connection', async () => {
		await using transport = await createTransport({ poolMaxIdlePerHost: 0 });
		const before = server.connections();
		for (let round = 0; round < 2; round++) await (await fetch(at('/echo'), { transport })).text();
		expect(server.connections() - before).toBe(2);
	});
	it('sends the HTTP/2 settings and fields that an emulation changes', async () => {
		await using site = await startSite();
		const emulation: CustomEmulationOptions = {
			http2Options: {
				headerTableSize: 32_768,
				initialConnectionWindowSize: 1_000_000,
				headersPseudoOrder: ['Method', 'Path', 'Authority', 'Scheme'],
				settingsOrder: ['InitialWindowSize', 'HeaderTableSize'],
			},
			headers: { 'X-Emulated': '1' },
		};
		const url = `https://localhost:${site.mirror.port}/`;
		await (await fetch(url, { browser: 'chrome_142', insecure: true, emulation })).text();
		const [connection] = site.mirror.connections;
		expect(connection?.akamai).toBe('4:6291456;1:32768;2:0;6:262144|934465|0|m,p,a,s');
		expect(field(site.mirror.requests[0], 'x-emulated')).toBe('1');
	});
});

describe('profiles', () => {
	it('are listed and resolved by name', () => {
		expect(getProfiles()).toEqual(expect.arrayContaining(['chrome_149', 'safari_ios_17.4.1', 'okhttp_3.9']));
		expect(getOperatingSystems()).toEqual(['windows', 'macos', 'linux', 'android', 'ios']);
		expect([resolveProfile('chrome'), resolveProfile('safari_18')]).toEqual(['chrome_156', 'safari_18']);
		expect(() => resolveProfile('x')).toThrow(RequestError);
		expect(getEmulationHeaders('firefox_147', 'linux').get('user-agent')).toContain('X11; Linux x86_64; rv:147.0');
		expect(getEmulationHeaders().toTuples()[0]?.[0]).toBe('sec-ch-ua');
	});
	it('headers keep case and order, and the default export has everything', () => {
		const headers = new Headers([
			['A', '1'],
			['a', '2'],
			['Set-Cookie', 'x'],
			['set-cookie', 'y'],
		]);
		expect(headers.toObject()).toEqual({ A: '1, 2', 'Set-Cookie': 'x, y' });
		expect([...headers.keys()]).toEqual(['A', 'Set-Cookie', 'Set-Cookie']);
		expect([headers.get('A'), headers.has('B'), headers.getSetCookie()]).toEqual(['1, 2', false, ['x', 'y']]);
		headers.delete('a');
		expect(headers.toTuples()).toEqual([
			['Set-Cookie', 'x'],
			['Set-Cookie', 'y'],
		]);
		expect(Object.keys(wreq)).toHaveLength(18);
	});
});
