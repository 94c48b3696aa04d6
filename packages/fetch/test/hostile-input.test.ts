import { getProfile } from '@wiretwin/profiles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as wiretwin from '../src/index.ts';
import { startSite } from './support/site.ts';

const { createSession, createTransport, defineProfile, isWiretwinError, WebSocket } = wiretwin;

/** What a getter or a proxy of the caller's throws: his own error, which may reach him. */
const trap = new Error('a trap of the caller');
const throwing = () => {
	throw trap;
};

/** Anything that may stand where something else is wanted. Made anew each time: some is consumed. */
const hostile: Record<string, () => unknown> = {
	undefined: () => undefined,
	null: () => null,
	true: () => true,
	zero: () => 0,
	negative: () => -1,
	fraction: () => 1.5,
	NaN: () => Number.NaN,
	Infinity: () => Number.POSITIVE_INFINITY,
	bigint: () => 1n,
	'empty text': () => '',
	text: () => 'x',
	NUL: () => '\0',
	'CR LF': () => 'a\r\nb: c',
	'beyond latin1': () => '\u{1f600}',
	'lone surrogate': () => '\ud800',
	'huge text': () => 'x'.repeat(1_000_000),
	symbol: () => Symbol('x'),
	function: () => () => undefined,
	'empty list': () => [],
	'list of null': () => [null],
	'long list': () => Array.from({ length: 5000 }, () => 'x'),
	'empty object': () => ({}),
	'without prototype': () => Object.create(null),
	__proto__: () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
	'getter that throws': () => Object.defineProperty({}, 'browser', { get: throwing, enumerable: true }),
	'proxy that throws': () =>
		new Proxy({}, { get: throwing, ownKeys: throwing, has: throwing, getPrototypeOf: throwing }),
	'toString that throws': () => ({ toString: throwing, [Symbol.toPrimitive]: throwing }),
	'iterator that throws': () => ({ [Symbol.iterator]: throwing }),
	'invalid date': () => new Date(Number.NaN),
	bytes: () => new Uint8Array(3),
	map: () => new Map([[1, 2]]),
};

/** Nothing listens here; a name that is accepted is not looked up. */
const nowhere = 'http://127.0.0.1:9/';

async function outcome(run: () => unknown): Promise<string> {
	try {
		const value = await run();
		if (typeof (value as { close?: unknown } | undefined)?.close === 'function') {
			await (value as { close(): unknown }).close();
		}
		return 'ok';
	} catch (error) {
		if (error === trap || (error as { cause?: unknown } | undefined)?.cause === trap) return 'ok';
		if (isWiretwinError(error) && /^ERR_[A-Z0-9_]+$/.test(error.code) && error.phase !== undefined) return 'ok';
		if (error instanceof DOMException) return 'ok'; // of the WebSocket standard
		return String((error as Error | undefined)?.stack ?? error)
			.split('\n', 2)
			.join(' ')
			.slice(0, 300);
	}
}

/** Every hostile value through one function; the failures by name. */
async function failuresOf(run: (value: never) => unknown): Promise<Record<string, string>> {
	const failures: Record<string, string> = {};
	for (const [name, make] of Object.entries(hostile)) {
		const told = await outcome(() => run(make() as never));
		if (told !== 'ok') failures[name] = told;
	}
	expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
	return failures;
}

describe('N11 what a public function throws is ours', () => {
	let session: wiretwin.Session;
	let transport: wiretwin.Transport;
	beforeAll(() => {
		session = createSession({ timeout: 5000 });
		transport = session.transport;
	});
	afterAll(() => session.close());

	const handler = { onHead() {}, onError() {} };
	const functions: Record<string, (value: never) => unknown> = {
		'createSession(x)': (value) => createSession(value),
		'createTransport(x)': (value) => createTransport(value),
		'withSession(x)': (value) => wiretwin.withSession(value),
		'withSession(f, x)': (value) => wiretwin.withSession(() => 1, value),
		'defineProfile(x)': (value) => defineProfile(value),
		'defineProfile(document, x)': (value) => defineProfile(getProfile('chrome').document, value),
		'fetch(x)': (value) => wiretwin.fetch(value),
		'fetch(url, x)': (value) => wiretwin.fetch(nowhere, value),
		'session.fetch(x)': (value) => session.fetch(value),
		'session.fetch(url, x)': (value) => session.fetch(nowhere, value),
		'session.getCookies(x)': (value) => session.getCookies(value),
		'session.setCookie(x)': (value) => session.setCookie(value, 'v', nowhere),
		'session.setCookie(n, x)': (value) => session.setCookie('n', value, nowhere),
		'session.setCookie(n, v, x)': (value) => session.setCookie('n', 'v', value),
		'session.cookieHeader(x)': (value) => session.cookieHeader(value),
		'session.cookieHeader(url, x)': (value) => session.cookieHeader(nowhere, value),
		'session.storeSetCookie(x)': (value) => session.storeSetCookie(value, ['a=1']),
		'session.storeSetCookie(url, x)': (value) => session.storeSetCookie(nowhere, value),
		'session.storeSetCookie(url, lines, x)': (value) => session.storeSetCookie(nowhere, ['a=1'], value),
		'session.exchange(x)': (value) => session.exchange(value, handler),
		'session.exchange(request, x)': (value) => session.exchange({ url: nowhere }, value),
		'transport.exchange(x)': (value) => transport.exchange(value, handler),
		'transport.exchange(request, x)': (value) => transport.exchange({ url: nowhere }, value),
		'pageFacts(x)': (value) => wiretwin.pageFacts(value),
		'peerCertificate(x)': (value) => wiretwin.peerCertificate(value),
		'peerX509Certificate(x)': (value) => wiretwin.peerX509Certificate(value),
		'new WebSocket(x)': (value) => new WebSocket(value),
		'new WebSocket(url, x)': (value) => new WebSocket('ws://127.0.0.1:9/', value),
	};
	it.each(Object.entries(functions))('%s', async (_name, run) => {
		expect(await failuresOf(run)).toEqual({});
	});

	/** Those that somebody adds later, too. */
	const methods = Object.getOwnPropertyNames(createSession().constructor.prototype).filter((name) => {
		const { value } = Object.getOwnPropertyDescriptor(createSession().constructor.prototype, name) ?? {};
		return typeof value === 'function' && !/^(?:constructor|close|closeWhenIdle|context)$/.test(name);
	});
	it.each(methods)('session.%s with one argument, and with two', async (name) => {
		const call = (...values: unknown[]) =>
			(session as unknown as Record<string, (...values: unknown[]) => unknown>)[name]?.(...values);
		expect(await failuresOf((value) => call(value))).toEqual({});
		expect(await failuresOf((value) => call(nowhere, value))).toEqual({});
	});

	it('guards answer about anything', () => {
		for (const [name, guard] of Object.entries(wiretwin)) {
			if (!/^is[A-Z].*Error$/.test(name)) continue;
			for (const [kind, make] of Object.entries(hostile)) {
				if (kind === 'proxy that throws') continue; // his own trap
				expect((guard as (value: unknown) => boolean)(make()), `${name} ${kind}`).toBe(false);
			}
		}
	});
});

describe('N11 options, one at a time', () => {
	const ofTransport =
		'browser os brand fullVersion proxy insecure locale acceptLanguage ca cert key pfx passphrase trustStore checkServerIdentity resolve lookup localAddress http1 http2 idleTimeout maxConnectionsPerOrigin';
	const ofSession =
		'transport timeout defaultHeaders cookieJar redirect maxRedirects decompress maxResponseBytes state stateKey onRequestEvent har';
	const ofCall =
		'method headers body signal redirect maxRedirects referrer referrerPolicy mode credentials cache destination kind userActivation priority timeout transport defaultHeaders decompress maxResponseBytes newConnection duplex keepalive window';
	const ofSocket = 'session protocols origin headers perMessageDeflate maxMessageBytes signal';

	it.each(`${ofTransport} ${ofSession}`.split(' '))('createSession %s', async (key) => {
		expect(await failuresOf((value) => createSession({ [key]: value }))).toEqual({});
	});
	it.each(['http://127.0.0.1:0', `http://${'a'.repeat(256)}`, `${'b'.repeat(256)}:80:user:password`])(
		'a proxy that cannot be (%#)',
		async (proxy) => {
			const refused = expect.objectContaining({ code: 'ERR_INVALID_OPTION', name: 'InvalidArgumentError' });
			expect(() => createSession({ proxy })).toThrow(refused);
			expect(() => createTransport({ proxy: { url: proxy } })).toThrow(refused);
			await using session = createSession();
			await expect(session.fetch('http://127.0.0.1:2/', { proxy })).rejects.toEqual(refused);
		},
	);
	it.each(['url', 'username', 'password', 'headers', 'noProxy'])('proxy.%s', async (key) => {
		const proxy = { url: 'http://127.0.0.1:9', username: 'u', password: 'p' };
		expect(await failuresOf((value) => createSession({ proxy: { ...proxy, [key]: value as never } }))).toEqual({});
	});
	it.each(ofCall.split(' '))('fetch %s', async (key) => {
		await using session = createSession();
		const timeout = key === 'timeout' ? {} : { timeout: 5000 };
		const method = key === 'body' ? { method: 'POST' } : {};
		expect(await failuresOf((value) => session.fetch(nowhere, { ...timeout, ...method, [key]: value }))).toEqual({});
	});
	it.each(ofSocket.split(' '))('WebSocket %s', async (key) => {
		expect(await failuresOf((value) => new WebSocket('ws://127.0.0.1:9/', { [key]: value } as never))).toEqual({});
	});
});

describe('N11 calls that come at the wrong time or to the wrong place', () => {
	it.each([
		['export after close', (session: wiretwin.Session) => session.close().then(() => session.export())],
		['fetch after close', (session: wiretwin.Session) => session.close().then(() => session.fetch(nowhere))],
		[
			'exchange after close',
			(session: wiretwin.Session) =>
				session.close().then(() => session.exchange({ url: nowhere }, { onHead() {}, onError() {} })),
		],
		['har without har', (session: wiretwin.Session) => session.har()],
		['close twice', (session: wiretwin.Session) => session.close().then(() => session.close())],
		['port 0', (session: wiretwin.Session) => session.fetch('https://localhost:0/')],
		['port 0, plain', (session: wiretwin.Session) => session.fetch('http://localhost:0/')],
	])('%s', async (_what, run) => {
		await using session = createSession();
		expect(await outcome(() => run(session))).toBe('ok');
	});

	it('export after close, when connections were there', async () => {
		await using site = await startSite();
		const session = site.session({ stateKey: 'k'.repeat(32) });
		await (await session.fetch(site.at('/echo'))).text();
		await session.close();
		await expect(session.export()).rejects.toMatchObject({ code: 'ERR_SESSION_CLOSED' });
	});

	it.each(['https://www.mirror.test:0/', 'http://localhost:0/x', '//www.mirror.test:0/'])(
		'a Location of %s is a typed error',
		async (location) => {
			await using site = await startSite(({ url }) =>
				url.pathname === '/away' ? { status: 302, headers: [['location', location]] } : undefined,
			);
			const error = await site
				.session()
				.fetch(site.at('/away'))
				.catch((reason) => reason);
			expect([isWiretwinError(error), error.code]).toEqual([true, expect.stringMatching(/^ERR_/)]);
		},
	);
});
