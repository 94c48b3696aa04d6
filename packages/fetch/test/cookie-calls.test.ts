import { inspect } from 'node:util';
import { CookieJar, MemoryCookieStore, Store } from 'tough-cookie';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CookieRecord } from '../src/index.ts';
import { other, type Site, startSite, www } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

/** A store that answers in a later turn. */
class SlowStore extends Store {
	readonly inner = new MemoryCookieStore();
}
for (const name of [
	'findCookie',
	'findCookies',
	'putCookie',
	'updateCookie',
	'removeCookie',
	'removeAllCookies',
	'getAllCookies',
]) {
	Object.defineProperty(SlowStore.prototype, name, {
		value(this: SlowStore, ...args: unknown[]) {
			const inner = this.inner as unknown as Record<string, (...given: unknown[]) => unknown>;
			setImmediate(() => inner[name]?.(...args));
		},
	});
}

const sent = async (session: ReturnType<Site['session']>, host = www) =>
	((await (await session.fetch(site.at('/cookies', host))).json()) as { cookies: object }).cookies;

describe('over a store that answers inside the call', () => {
	it('a cookie that was set is sent by the request of the next line', async () => {
		const session = site.session();
		session.setCookie('auth', 'token', site.at('/'));
		expect(await sent(session)).toEqual({ auth: 'token' });
		session.clearCookies();
		expect(await sent(session)).toEqual({});
	});

	it('getCookies shows an ordinary object', () => {
		const session = site.session();
		session.setCookie('session_id', 'abc123', site.at('/'));
		session.setCookie('csrf', 'xyz', site.at('/'));
		expect(inspect(session.getCookies(site.at('/')))).toBe("{ session_id: 'abc123', csrf: 'xyz' }");
	});

	it('a cookie named __proto__ is a key like any other', async () => {
		const session = site.session();
		session.setCookie('__proto__', '1', site.at('/'));
		session.setCookie('toString', '2', site.at('/'));
		const cookies = session.getCookies(site.at('/'));
		expect(Object.entries(cookies)).toEqual([
			['__proto__', '1'],
			['toString', '2'],
		]);
		expect(Object.getPrototypeOf(cookies)).toBe(Object.prototype);
		expect(JSON.stringify(cookies)).toBe('{"__proto__":"1","toString":"2"}');
	});

	it('getAllCookies lists what is stated and nothing else', () => {
		const session = site.session();
		session.setCookie('plain', '1', site.at('/'));
		expect(session.getAllCookies()).toStrictEqual([
			{ name: 'plain', value: '1', domain: www, path: '/', secure: false, httpOnly: false },
		]);
		expect(JSON.parse(JSON.stringify(session.getAllCookies()))).toHaveLength(1);
	});

	it('a wrong value throws at the call', () => {
		const session = site.session();
		const wrong = expect.objectContaining({ code: 'ERR_INVALID_ARG' });
		expect(() => session.setCookie('a', 'b\r\nc', site.at('/'))).toThrow(wrong);
		expect(() => session.setCookie('a=b', 'c', site.at('/'))).toThrow(wrong);
		expect(() => session.setCookie('a', 1 as never, site.at('/'))).toThrow(wrong);
		expect(() => session.setCookie('a', 'b', 'nowhere')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_URL' }));
		expect(() => session.getCookies('nowhere')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_URL' }));
		expect(session.getAllCookies()).toEqual([]);
	});

	it('await in front of each goes on working', async () => {
		const session = site.session();
		session.setCookie('a', '1', site.at('/'));
		await session.setCookies([{ name: 'b', value: '2' }], site.at('/'));
		expect(session.getCookies(site.at('/'))).toEqual({ a: '1', b: '2' });
		expect(session.getAllCookies()).toHaveLength(2);
		session.clearCookies();
		expect(await session.getAllCookiesAsync()).toEqual([]);
	});

	it('a state is restored before the constructor returns', async () => {
		const first = site.session();
		first.setCookie('a', '1', site.at('/'));
		const state = await first.export();
		const second = site.session({ state });
		expect(second.getCookies(site.at('/'))).toEqual({ a: '1' });
		second.clearCookies();
		expect(await sent(second)).toEqual({});
	});
});

describe('setCookies', () => {
	const all: CookieRecord[] = [
		{
			name: 'full',
			value: 'ü',
			domain: 'mirror.test',
			path: '/',
			secure: true,
			httpOnly: true,
			hostOnly: false,
			sameSite: 'Strict',
			expiresAtMs: 4_000_000_000_000 - (4_000_000_000_000 % 1000),
		},
		{ name: 'other', value: '1', domain: other, path: '/cookies', secure: false, httpOnly: false },
		{
			name: 'part',
			value: '2',
			domain: other,
			path: '/',
			secure: true,
			httpOnly: false,
			sameSite: 'None',
			partitionKey: 'https://mirror.test',
		},
	];

	it('takes what getAllCookies gives', () => {
		const session = site.session();
		session.setCookies(all);
		const listed = session.getAllCookies();
		expect(listed.map((cookie) => ({ ...cookie, expiresAtMs: undefined }))).toEqual(
			all.map((cookie) => ({ ...cookie, expiresAtMs: undefined })),
		);
		expect(listed[0]?.expiresAtMs).toBeLessThan(Date.now() + 401 * 24 * 3600 * 1000); // as a browser caps it
		const copy = site.session();
		copy.setCookies(listed);
		expect(copy.getAllCookies()).toEqual(listed);
	});

	it('a leading dot reaches the hosts below, no domain the host of the URL', async () => {
		const session = site.session();
		session.setCookies(
			[
				{ name: 'wide', value: '1', domain: '.mirror.test' },
				{ name: 'narrow', value: '2', sameSite: 'lax' },
			],
			site.at('/'),
		);
		expect(await sent(session)).toEqual({ wide: '1', narrow: '2' });
		expect(await sent(session, 'api.mirror.test')).toEqual({ wide: '1' });
	});

	it.each([
		['no domain and no URL', { name: 'a', value: '1' }, 'ERR_INVALID_ARG'],
		['a mistyped key', { name: 'a', value: '1', domain: www, expires: 1 }, 'ERR_INVALID_OPTION'],
		['a domain with a path', { name: 'a', value: '1', domain: 'a.example/b' }, 'ERR_INVALID_ARG'],
		['a path without slash', { name: 'a', value: '1', domain: www, path: 'x' }, 'ERR_INVALID_ARG'],
		['SameSite=None without secure', { name: 'a', value: '1', domain: www, sameSite: 'None' }, 'ERR_INVALID_ARG'],
		['a prefix that does not hold', { name: '__Host-a', value: '1', domain: '.mirror.test' }, 'ERR_INVALID_ARG'],
		['a time that is none', { name: 'a', value: '1', domain: www, expiresAtMs: Number.NaN }, 'ERR_INVALID_ARG'],
		['a number as value', { name: 'a', value: 1, domain: www }, 'ERR_INVALID_ARG'],
		['null', null, 'ERR_INVALID_ARG'],
	])('refuses %s and stores none of the list', (_, record, code) => {
		const session = site.session();
		const good = { name: 'good', value: '1', domain: www };
		expect(() => session.setCookies([good, record as never])).toThrow(expect.objectContaining({ code }));
		expect(session.getAllCookies()).toEqual([]);
	});
});

describe('over an asynchronous store', () => {
	it('each call names its twin, which works', async () => {
		const session = site.session({ cookieJar: new CookieJar(new SlowStore()) });
		const calls = {
			getCookies: () => session.getCookies(site.at('/')),
			getAllCookies: () => session.getAllCookies(),
			setCookie: () => session.setCookie('a', '1', site.at('/')),
			setCookies: () => session.setCookies([{ name: 'a', value: '1' }], site.at('/')),
			clearCookies: () => session.clearCookies(),
		};
		for (const [name, call] of Object.entries(calls)) {
			expect(call).toThrow(
				expect.objectContaining({ code: 'ERR_COOKIE_STORE_ASYNC', message: expect.stringContaining(`${name}Async`) }),
			);
		}
		expect(await session.getAllCookiesAsync()).toEqual([]);
		await session.setCookieAsync('a', '1', site.at('/'));
		await session.setCookiesAsync([{ name: 'b', value: '2' }], site.at('/'));
		expect(await session.getCookiesAsync(site.at('/'))).toEqual({ a: '1', b: '2' });
		expect(await sent(session)).toEqual({ a: '1', b: '2' });
		const later = site.session({ state: await session.export(), cookieJar: new CookieJar(new SlowStore()) });
		expect(await later.getCookiesAsync(site.at('/'))).toEqual({ a: '1', b: '2' });
		await later.clearCookiesAsync();
		expect(await sent(later)).toEqual({});
	});
});
