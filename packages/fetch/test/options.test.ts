import { describe, expect, it } from 'vitest';
import { createSession, createTransport, defineProfile, fetch, isInvalidArgumentError } from '../src/index.ts';
import { normalizeProxy } from '../src/options/proxy.ts';
import { normalizeTimeouts } from '../src/options/timeouts.ts';
import { normalizeTransport } from '../src/options/transport-options.ts';
import { closedPort } from './support/closed-port.ts';
import { startSite } from './support/site.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_OPTION', phase: 'input', name: 'InvalidArgumentError' });

describe('options are checked once, at the edge', () => {
	it('an unknown option names the nearest one', () => {
		expect(() => createSession({ browzer: 'chrome' } as never)).toThrow(/"browzer".*Did you mean "browser"\?/);
		expect(() => createTransport({ localAdress: '127.0.0.1' } as never)).toThrow(/Did you mean "localAddress"/);
	});
	it.each([
		['json', {}, /"json".*Did you mean "body": JSON\.stringify/],
		['searchParams', {}, /Did you mean a query in the URL/],
		['rejectUnauthorized', false, /Did you mean "insecure": true\?/],
		['impersonate', 'chrome', /Did you mean "browser"\?/],
		['proxyUrl', 'http://secret@a.test', /Did you mean "proxy"\?$/],
		['timeout', { request: 5 }, /"request" in timeout\. Did you mean "total"\?/],
		['proxy', { host: '127.0.0.1', port: 8080 }, /"host" in proxy\. Did you mean "url"\?/],
		['constructor', 1, /Unknown option "constructor" in the options of fetch\.$/],
	])('what other clients call %s is named as it is called here', async (name, value, message) => {
		await expect(fetch('https://a.test/', { [name]: value } as never)).rejects.toThrow(message);
	});
	it('what another client sets per request and is fixed here says so', async () => {
		await using session = createSession();
		const call = (init: object) => session.fetch('https://a.test/', init as never);
		for (const [name, option] of [
			['insecure', '"insecure"'],
			['rejectUnauthorized', '"insecure", which is meant by "rejectUnauthorized",'],
			['impersonate', '"browser", which is meant by "impersonate",'],
		] as const)
			await expect(call({ [name]: false })).rejects.toMatchObject({
				code: 'ERR_INVALID_OPTION',
				message: expect.stringMatching(new RegExp(`^${option} is fixed when a session is created.*createTransport\\(`)),
			});
		await expect(call({ proxyUrl: 'http://a.test' })).rejects.toThrow(/Did you mean "proxy"\?$/);
	});
	it('setCookie with a line says that the URL is missing', async () => {
		await using session = createSession();
		const call = () => session.setCookie('a=b', 'https://a.test/', undefined as never);
		expect(call).toThrow(/^setCookie\(name, value, url\): the third argument, the URL, is missing/);
	});
	it('a proxy whose name has no address is told from a server', async () => {
		await expect(fetch('http://a.test/', { proxy: 'notaproxy.invalid' })).rejects.toThrow(
			/the proxy's name has no address, ERR_PROXY_CONNECTION/,
		);
	});
	it('a name of another client leads to nothing that the place does not have', () => {
		expect(() => createSession({ json: {} } as never)).toThrow(/Unknown option "json" in the session options\.$/);
		expect(() => createSession({ headers: {} } as never)).toThrow(/Did you mean "defaultHeaders"\?$/);
		expect(() => createSession({ cookies: {} } as never)).toThrow(
			/Did you mean "cookieJar", or setCookie\(\) of the session\?$/,
		);
	});
	it.each([
		[{ timeout: '5s' }, 'Option "timeout" must be a number of milliseconds or an object of limits.'],
		[{ timeout: -1 }, 'Option "timeout" must be a positive number of milliseconds, or 0 for no limit.'],
		[{ timeout: { head: -1 } }, 'Option "timeout.head" must be a positive number of milliseconds, or 0 for no limit.'],
		[{ ioThreads: 100 }, 'Option "ioThreads" must be a whole number, 1 to 64.'],
		[{ io: 'loop', ioThreads: 2 }, 'Option "ioThreads" must be 1 with io: \'loop\'.'],
		[{ proxy: false }, 'Option "proxy" must be a URL or an object with a "url".'],
		['chrome', `Option "options" must be an object, as { browser: 'chrome' }.`],
	])('a value of the wrong kind is told all kinds that there are: %j', (options, message) => {
		expect(() => createSession(options as never)).toThrow(message);
	});
	it('an unknown profile lists near matches', () => {
		expect(() => createSession({ browser: 'chrome_15' })).toThrow(/chrome_156/);
		expect(() => createSession({ browser: 'brave' })).toThrow(/"brave".*getProfiles\(\)/);
		expect(() => createSession({ browser: 'chrome_15' })).toThrow(invalid);
	});
	it('a system that the browser does not have is an error', () => {
		expect(() => createSession({ browser: 'firefox', os: 'ios' })).toThrow(invalid);
	});
	it.each([
		{ insecure: 'yes' },
		{ timeout: -1 },
		{ timeout: { conect: 1 } },
		{ redirect: 'never' },
		{ maxRedirects: 1.5 },
		{ cookieJar: {} },
		{ cert: 'x' },
		{ http1: true, http2: true },
		{ ioThreads: 0 },
		{ ioThreads: 65 },
		{ io: 'loop', ioThreads: 2 },
		{ localAddress: 'localhost' },
		{ trustStore: 'mine' },
		{ proxy: 'ftp://127.0.0.1' },
		{ resolve: { a: [] } },
		{ state: 'not json' },
		{ defaultHeaders: 'a: b' },
		{ locale: 'de\r\nx: y' },
	])('%j is refused', (options) => {
		expect(() => createSession(options as never)).toThrow(expect.objectContaining({ phase: 'input' }));
	});
	it('connection options beside a shared transport are refused', () => {
		const transport = createTransport();
		expect(() => createSession({ transport, browser: 'firefox' })).toThrow(/createTransport/);
	});
	it('browser, os and locale in session.fetch say what to do instead', async () => {
		await using session = createSession();
		for (const key of ['browser', 'os', 'locale']) {
			await expect(session.fetch('https://a.test/', { [key]: 'x' })).rejects.toThrow(/pass transport: createTransport/);
		}
	});
	it('the one-shot fetch takes both kinds and refuses others', async () => {
		await expect(fetch('https://a.test/', { tiemout: 5 } as never)).rejects.toThrow(/Did you mean "timeout"/);
		const failure = await fetch('ftp://a.test/').catch((error: unknown) => error);
		expect(isInvalidArgumentError(failure)).toBe(true);
		expect(failure).toBeInstanceOf(TypeError);
		expect(failure).toMatchObject({ code: 'ERR_INVALID_URL' });
	});
	it('an option that is undefined is absent, whatever its name', async () => {
		const nothing = { browser: undefined, proxy: undefined, ca: undefined, integrity: undefined, timeout: undefined };
		await using session = createSession({ ...nothing, transport: createTransport() } as object);
		const dead = `http://127.0.0.1:${await closedPort()}/`;
		const refused = { code: 'ERR_CONNECTION_REFUSED' };
		await expect(session.fetch(dead, nothing as object)).rejects.toMatchObject(refused);
		await expect(fetch(dead, nothing as object)).rejects.toMatchObject(refused);
	});
	it('state and profile may be the bytes of a file', async () => {
		await using session = createSession({ browser: 'firefox' });
		session.setCookie('a', 'b', 'https://a.test/');
		const state = Buffer.from(JSON.stringify(await session.export()));
		await using next = createSession({ state });
		expect(next.getCookies('https://a.test/')).toEqual({ a: 'b' });
		const profile = Buffer.from(JSON.stringify(session.transport.profile.document));
		expect(defineProfile(profile).name).toBe(session.transport.profile.name);
		const unreadable = { name: 'InvalidArgumentError', message: 'Option "state" is not JSON.' };
		expect(() => createSession({ state: Buffer.from('no') })).toThrow(expect.objectContaining(unreadable));
		expect(() => createSession({ browser: profile as never })).toThrow(/made by defineProfile/);
	});
	it('R07 credentials in the URL are refused without showing them', async () => {
		await expect(fetch('https://user:hunter2@a.test/')).rejects.toThrow(/^(?!.*hunter2)/s);
	});
	it('a body with GET and a wrong kind are refused before a byte is sent', async () => {
		await using session = createSession();
		await expect(session.fetch('https://a.test/', { body: 'x' })).rejects.toMatchObject({ code: 'ERR_INVALID_ARG' });
		await expect(session.fetch('https://a.test/', { kind: 'nav' as never })).rejects.toThrow(/one of .*navigate/);
	});
});

it('lets the system of the profile be seen below TCP too', () => {
	for (const [os, hopLimit] of [
		['windows', 128],
		['macos', 64],
		['linux', 64],
	])
		expect(normalizeTransport({ browser: 'chrome', os }).native).toMatchObject({ hopLimit });
});

describe('timeouts', () => {
	it('0 and Infinity are no limit, in each part and over the limit of a session', async () => {
		expect(normalizeTimeouts(0)).toEqual({});
		expect(normalizeTimeouts({ total: 0, connect: 5, idle: Number.POSITIVE_INFINITY })).toEqual({ connect: 5 });
		for (const bad of [-1, Number.NaN, '0', null]) expect(() => normalizeTimeouts(bad)).toThrow(invalid);
		await using site = await startSite();
		const session = site.session({ timeout: 1 });
		expect((await session.fetch(site.at('/echo'), { timeout: 0 })).status).toBe(200);
	});
	it('a number is the total limit', () => {
		expect(normalizeTimeouts(1500)).toEqual({ total: 1500 });
		expect(normalizeTimeouts({ connect: 10, idle: 20 })).toEqual({ connect: 10, idle: 20 });
	});
});

describe('proxies', () => {
	it('P03 credentials of any characters are decoded', () => {
		expect(normalizeProxy('http://us%40er:p%3A%2F%25@127.0.0.1:8080').native).toEqual({
			kind: 'http',
			host: '127.0.0.1',
			port: 8080,
			username: 'us@er',
			password: 'p:/%',
		});
		expect(normalizeProxy('socks5h://user:@[::1]').native).toEqual({
			kind: 'socks5h',
			host: '::1',
			port: 1080,
			username: 'user',
			password: '',
		});
	});
	it('a bare host and port is an http proxy; the object form adds headers', () => {
		expect(normalizeProxy('127.0.0.1:3128').native).toMatchObject({ kind: 'http', port: 3128 });
		expect(normalizeProxy({ url: 'https://p.test', headers: { 'X-Zone': 'eu' } }).native).toMatchObject({
			kind: 'https',
			port: 443,
			headers: [['X-Zone', 'eu']],
		});
	});
	it('N06 a bad URL is refused without showing it', () => {
		expect(() => normalizeProxy('http://user:hunter2@:0:0')).toThrow(invalid);
		expect(() => normalizeProxy('http://user:hunter2@:0:0')).toThrow(/^(?!.*hunter2)/s);
	});
	it('F11 CONNECT headers cannot smuggle', () => {
		expect(() => normalizeProxy({ url: 'http://p.test', headers: { a: 'b\r\nc: d' } })).toThrow();
	});
	it('NO_PROXY counts only when asked for', () => {
		expect(normalizeProxy('http://p.test').bypass('a.test', 443)).toBe(false);
		const { bypass } = normalizeProxy({ url: 'http://p.test', noProxy: ['.internal', 'b.test:8443', '::1'] });
		expect(bypass('x.internal', 443)).toBe(true);
		expect(bypass('internal.test', 443)).toBe(false);
		expect(bypass('b.test', 443)).toBe(false);
		expect(bypass('b.test', 8443)).toBe(true);
		expect(bypass('::1', 443)).toBe(true);
	});
});
