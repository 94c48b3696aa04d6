import { type MirrorRequest, type Reply, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	createSession,
	fetch,
	type RequestEvent,
	type ResponseHead,
	type SessionOptions,
	WebSocket,
} from '../src/index.ts';
import { readAltSvc } from '../src/memory/alt-svc.ts';
import { HstsMemory } from '../src/memory/hsts.ts';

const host = 'www.mirror.test';
const other = 'other.example';

/** Answers over TLS and, on another port, in plain text. What is asked for in plain text is counted. */
const answer = ({ url }: MirrorRequest): Reply | undefined => {
	if (url.pathname.startsWith('/ws/')) return undefined;
	const headers: Array<[string, string]> = [['content-type', 'text/plain']];
	for (const [name, value] of url.searchParams) if (!name.startsWith('_')) headers.push([name, value]);
	const status = Number(url.searchParams.get('_status') ?? 200);
	return { status, headers, body: 'said' };
};

type Mirror = Awaited<ReturnType<typeof startMirror>>;
let secure: Mirror;
let plain: Mirror;
beforeAll(async () => {
	secure = await startMirror({ handler: answer, defaultRoutes: true });
	plain = await startMirror({ handler: answer, tls: false });
});
afterAll(async () => {
	await secure.close();
	await plain.close();
});

const strict = 'max-age=1000';
const learnAt = (value: string, at = host) =>
	`https://${at}:${secure.port}/learn?strict-transport-security=${encodeURIComponent(value)}`;
/** Both browsers keep the port when they go to https, so the plain URL has the port of the TLS server. */
const plainUrl = (path = '/next', at = host) => `http://${at}:${secure.port}${path}`;

function session(options: SessionOptions = {}) {
	const resolve = { [host]: '127.0.0.1', 'api.mirror.test': '127.0.0.1', [other]: '127.0.0.1' };
	return createSession({ browser: 'chrome_156', ca: secure.caPem, trustStore: 'none', resolve, ...options });
}

describe('HSTS', () => {
	it.each(['chrome_156', 'firefox_153'])('goes to https without a byte in plain text, as %s', async (browser) => {
		await using one = session({ browser, har: true });
		await (await one.fetch(learnAt(strict))).text();
		const response = await one.fetch(plainUrl());
		expect(response.url).toBe(`https://${host}:${secure.port}/next`);
		expect(response.redirects).toEqual([{ url: plainUrl(), status: 307, location: response.url, reason: 'HSTS' }]);
		expect(response.connection.tls?.version).toBeDefined();
		const entry = one.har().log.entries.find(({ request }) => request.url === plainUrl());
		expect(entry?.response).toMatchObject({ status: 307, statusText: 'Internal Redirect', redirectURL: response.url });
	});

	it('tells listeners, and leaves fields and body of the caller alone', async () => {
		const events: RequestEvent[] = [];
		await using one = session({ onRequestEvent: (event) => events.push(event) });
		await (await one.fetch(learnAt(strict))).text();
		const body = new Blob(['abc']).stream();
		const init = {
			method: 'POST',
			headers: { authorization: 'Bearer t', 'x-own': '1' },
			body,
			duplex: 'half',
		} as const;
		await (await one.fetch(plainUrl('/post'), init)).text();
		const seen = secure.requests.findLast(({ path }) => path === '/post');
		expect(seen?.method).toBe('POST');
		expect(seen?.body.toString()).toBe('abc');
		expect(Object.fromEntries(seen?.headers ?? [])).toMatchObject({ authorization: 'Bearer t', 'x-own': '1' });
		expect(events.find(({ type }) => type === 'redirect')).toMatchObject({ hop: 0, reason: 'HSTS', status: 307 });
	});

	it('is an answer 307 to those who follow redirects themselves, and a redirect to those who forbid them', async () => {
		await using one = session();
		await (await one.fetch(learnAt(strict))).text();
		const answered = await one.fetch(plainUrl(), { redirect: 'manual' });
		expect(answered.status).toBe(307);
		expect(answered.headers.get('location')).toBe(`https://${host}:${secure.port}/next`);
		expect(await answered.text()).toBe('');
		await expect(one.fetch(plainUrl(), { redirect: 'error' })).rejects.toMatchObject({
			code: 'ERR_REDIRECT_FORBIDDEN',
		});
		await expect(one.fetch(plainUrl(), { maxRedirects: 0 })).rejects.toMatchObject({ code: 'ERR_REDIRECT_TOO_MANY' });
	});

	it('takes a socket along', async () => {
		await using one = session();
		await (await one.fetch(learnAt(strict))).text();
		const socket = new WebSocket(`ws://${host}:${secure.port}/ws/echo`, [], { session: one });
		await new Promise((resolve, reject) => {
			socket.onopen = resolve;
			socket.onerror = reject;
		});
		expect(socket.url).toBe(`ws://${host}:${secure.port}/ws/echo`);
		socket.close();
	});

	it('takes requests of adapters along, with the cookies of the https URL', async () => {
		await using one = session();
		await (await one.fetch(`${learnAt(strict)}&set-cookie=s%3D1%3B%20Secure`)).text();
		expect(await one.cookieHeader(plainUrl())).toBe('s=1');
		const head = await new Promise<ResponseHead>((onHead, onError) => {
			const cookie = 's=1';
			one.exchange({ url: plainUrl('/exchange'), kind: 'navigate', cookie }, { onHead, onError });
		});
		expect(head.tls?.verified).toBe(true);
		const seen = secure.requests.findLast(({ path }) => path === '/exchange');
		expect(Object.fromEntries(seen?.headers ?? [])).toMatchObject({ cookie: 's=1', 'sec-fetch-site': 'none' });
	});

	it('is forgotten with max-age=0, by forget(), and not learnt with memory: false', async () => {
		await using one = session();
		await (await one.fetch(learnAt(strict))).text();
		await (await one.fetch(learnAt('max-age=0'))).text();
		const clear = `http://${host}:${plain.port}/clear`;
		expect((await one.fetch(clear)).redirects).toEqual([]);
		await (await one.fetch(learnAt(strict))).text();
		one.forget('hsts');
		expect((await one.fetch(clear)).redirects).toEqual([]);
		await (await one.fetch(learnAt(strict))).text();
		one.forget();
		expect((await one.fetch(clear)).redirects).toEqual([]);
		await using two = session({ memory: false });
		await (await two.fetch(learnAt(strict))).text();
		expect((await two.fetch(clear)).redirects).toEqual([]);
		await using three = session({ memory: { hsts: false } });
		await (await three.fetch(learnAt(strict))).text();
		expect((await three.fetch(clear)).redirects).toEqual([]);
		expect(() => one.forget('cookies' as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }));
		expect(() => session({ memory: { hst: true } as never })).toThrow(/memory/);
	});

	it('says nothing over plain text, over a certificate that is not trusted, for addresses and this machine', async () => {
		await using one = session({ insecure: true, ca: undefined });
		const clear = `http://${host}:${plain.port}/clear`;
		await (await one.fetch(`${clear}?strict-transport-security=${strict}`)).text();
		await (await one.fetch(learnAt(strict))).text();
		expect((await one.fetch(clear)).redirects).toEqual([]);
		await using two = session();
		await (await two.fetch(learnAt(strict, '127.0.0.1'))).text();
		expect((await two.fetch(`http://127.0.0.1:${plain.port}/clear`)).redirects).toEqual([]);
		await (await two.fetch(learnAt(strict, 'localhost'))).text();
		expect((await two.fetch(`http://localhost:${plain.port}/clear`)).redirects).toEqual([]);
	});

	it('goes on elsewhere with the state of a session', async () => {
		await using one = session();
		await (await one.fetch(learnAt('max-age=1000; includeSubDomains', 'www.mirror.test'))).text();
		const state = JSON.parse(JSON.stringify(await one.export())) as { hsts: unknown };
		expect(state.hsts).toEqual([{ host, expires: expect.any(Number), includeSubDomains: true }]);
		await using two = session({ state: state as never });
		expect((await two.fetch(plainUrl())).redirects).toHaveLength(1);
		for (const hsts of [{}, [{}], [{ host: 'a b', expires: 1, includeSubDomains: true }], [{ host, expires: '1' }]]) {
			expect(() => session({ state: { ...state, hsts } as never })).toThrow(
				expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
			);
		}
	});

	it('is known to Firefox on pages of another site only where it was learnt there', async () => {
		const init = { kind: 'image', referrer: `http://${other}/page` } as const;
		for (const [browser, redirects] of [
			['chrome_156', 1],
			['firefox_153', 0],
		] as const) {
			await using one = session({ browser });
			await (await one.fetch(learnAt(strict))).text();
			const url = redirects === 1 ? plainUrl('/image') : `http://${host}:${plain.port}/image`;
			expect((await one.fetch(url, init)).redirects).toHaveLength(redirects);
		}
	});

	it('rules are what they were after an export, and one of a time before 1970 is none', () => {
		const rules = [
			{ host: 'with.example', expires: 9, includeSubDomains: true },
			{ host: 'without.example', expires: 9, includeSubDomains: false },
			{ host: 'apart.example', expires: 9, includeSubDomains: false, partition: 'https://top.example' },
		];
		const memory = new HstsMemory(() => 8);
		memory.restore([...rules, { host: 'old.example', expires: -9, includeSubDomains: true }]);
		expect(memory.export()).toEqual(rules);
		const applies = (host: string, partition = '') => memory.applies(new URL(`http://${host}/`), partition);
		expect(
			['with', 'a.with', 'without', 'a.without', 'apart', 'old'].map((name) => applies(`${name}.example`)),
		).toEqual([true, true, true, false, false, false]);
		expect(applies('apart.example', 'https://top.example')).toBe(true);
	});
	it('is not remembered from one fetch() to the next', async () => {
		const options = { ca: secure.caPem, trustStore: 'none', resolve: { [host]: '127.0.0.1' } } as const;
		await (await fetch(learnAt(strict), options)).text();
		expect((await fetch(`http://${host}:${plain.port}/clear`, options)).redirects).toEqual([]);
	});
});

describe('a policy of HSTS', () => {
	const url = new URL('https://a.example/');
	it.each([
		['max-age=10', 1, 0],
		['MAX-AGE="10"; includeSubDomains; preload', 1, 1],
		[' max-age = 10 ;; foo=bar', 1, 0],
		['max-age=10; max-age=20', 0, 0],
		['max-age=ten', 0, 0],
		['includeSubDomains', 0, 0],
		['max-age=10, max-age=20', 0, 0],
		[`max-age=${'9'.repeat(400)}`, 1, 0],
		['max-age=10; =', 0, 0],
		['', 0, 0],
	])('%j holds for the host %i, for those below %i', (value, host, below) => {
		const memory = new HstsMemory(() => 0);
		memory.learn(url, [value, 'max-age=0'], '');
		expect(Number(memory.applies(new URL('http://a.example/'), ''))).toBe(host);
		expect(Number(memory.applies(new URL('http://b.a.example/'), ''))).toBe(below);
		expect(memory.applies(new URL('http://example/'), '')).toBe(false);
	});

	it('ends with its time, and has a limit of hosts', () => {
		let now = 0;
		const memory = new HstsMemory(() => now);
		for (let index = 0; index < 5000; index++) memory.learn(new URL(`https://h${index}.example/`), ['max-age=1'], '');
		expect(memory.size).toBe(1024);
		expect(memory.applies(new URL('http://h4999.example./'), '')).toBe(true);
		expect(memory.applies(new URL('http://h0.example/'), '')).toBe(false);
		now = 1000;
		expect(memory.applies(new URL('http://h4999.example/'), '')).toBe(false);
		expect(memory.export()).toEqual([]);
	});
});

describe('critical client hints', () => {
	const critical = (hints: string, more = '') =>
		`https://${host}:${secure.port}/hints?accept-ch=sec-ch-ua-bitness&critical-ch=${hints}${more}`;
	it('are sent at once, in a second request, and never in a third', async () => {
		await using one = session();
		const before = secure.requests.length;
		const response = await one.fetch(critical('sec-ch-ua-bitness'));
		const seen = secure.requests.slice(before).map(({ headers }) => Object.fromEntries(headers)['sec-ch-ua-bitness']);
		expect(seen).toEqual([undefined, '"64"']);
		expect(response.redirects).toMatchObject([{ status: 307, reason: 'Critical-CH' }]);
		expect((await one.fetch(critical('sec-ch-ua-bitness'))).redirects).toEqual([]);
	});

	it.each([
		['a hint that is always sent', 'sec-ch-ua', {}],
		['one that Accept-CH does not name', 'sec-ch-ua-model', {}],
		['what a page asks for', 'sec-ch-ua-bitness', { kind: 'fetch' }],
		['a form', 'sec-ch-ua-bitness', { method: 'POST', body: 'a=b' }],
		['Firefox', 'sec-ch-ua-bitness', { browser: 'firefox_153' }],
		['those who want to remember no hints', 'sec-ch-ua-bitness', { memory: { clientHints: false } }],
	])('mean nothing for %s', async (_, hints, { browser, memory, ...init }: Record<string, unknown>) => {
		const options = { ...(browser ? { browser } : {}), ...(memory ? { memory } : {}) } as SessionOptions;
		await using one = session(options);
		expect((await one.fetch(critical(hints), init as never)).redirects).toEqual([]);
	});
});

describe('Alt-Svc', () => {
	const known = { host: '', persist: false };
	it.each([
		['h3=":443"', [{ ...known, protocol: 'h3', port: 443, expires: 86_400_000 }]],
		[
			'h3=":443"; ma=3600, h2="alt.example:8443"; persist=1',
			[
				{ ...known, protocol: 'h3', port: 443, expires: 3_600_000 },
				{ protocol: 'h2', host: 'alt.example', port: 8443, expires: 86_400_000, persist: true },
			],
		],
		['w%3D%3A="[::1]:1"', [{ protocol: 'w=:', host: '[::1]', port: 1, expires: 86_400_000, persist: false }]],
		['clear', []],
		['h3=:443', undefined],
		['h3=":0"', undefined],
		['h3=":70000"', undefined],
		['h3="host"', undefined],
		['%zz=":1"', undefined],
		['h3=":443"; ma=x', undefined],
		['', undefined],
	])('%j', (value, expected) => {
		expect(readAltSvc(value, 0)).toEqual(expected);
	});

	it('travels with the state of a session, and is forgotten with `clear`', async () => {
		const at = (value: string) => `https://${host}:${secure.port}/alt?alt-svc=${encodeURIComponent(value)}`;
		await using one = session();
		await (await one.fetch(at('h3=":443"; ma=60'))).text();
		const state = await one.export();
		expect(state.altSvc).toMatchObject([
			{ origin: `https://${host}:${secure.port}`, alternatives: [{ protocol: 'h3', host: '', port: 443 }] },
		]);
		await using two = session({ state });
		expect((await two.export()).altSvc).toEqual(state.altSvc);
		await (await two.fetch(at('clear'))).text();
		expect((await two.export()).altSvc).toEqual([]);
		for (const altSvc of [{}, [{}], [{ origin: 'x', partition: '', alternatives: [] }]]) {
			expect(() => session({ state: { ...state, altSvc } as never })).toThrow(/altSvc/);
		}
	});
});
