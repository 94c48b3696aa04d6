import { createRequire } from 'node:module';
import { Cookie, CookieJar, MemoryCookieStore } from 'tough-cookie';
import { describe, expect, it, vi } from 'vitest';
import { BrowserCookies } from '../src/cookies/browser-cookies.ts';
import { cookieContext, firstPartyContext } from '../src/cookies/context.ts';

const require = createRequire(import.meta.url);
const jars: ReadonlyArray<readonly [version: string, load: () => { CookieJar: new () => CookieJar }]> = [
	['4.1', () => require('tough-cookie-4')],
	['5.0', () => require('tough-cookie-5')],
	['6.0', () => require('tough-cookie-6')],
	['ours', () => ({ CookieJar })],
];
const url = new URL('https://www.shop.example/a/b');
const context = firstPartyContext(url);

/** Fifty cookies, and how often the store was asked for them. */
function filled(jar: CookieJar) {
	for (let index = 0; index < 50; index++) jar.setCookieSync(`name${index}=value${index}; Path=/`, url.href);
	const clock = { now: Date.now() };
	const cookies = new BrowserCookies(jar, () => clock.now);
	const asked = vi.spyOn(jar.store, 'findCookies');
	return { jar, clock, cookies, asked, header: (where = url, how = context) => cookies.headerFor(where, how) };
}

describe.each(jars)('a jar of tough-cookie %s', (_, load) => {
	it('is looked into once for a thousand requests with fifty cookies', () => {
		const { asked, header } = filled(new (load().CookieJar)());
		const first = header();
		expect(String(first).split('; ')).toHaveLength(50);
		for (let index = 0; index < 1000; index++) {
			expect(header(new URL(`https://www.shop.example/page/${index}`))).toBe(first);
		}
		expect(asked).toHaveBeenCalledTimes(1);
	});

	it.each<readonly [what: string, change: (jar: CookieJar) => void, after: string]>([
		['a cookie is set', (jar) => jar.setCookieSync('new=1; Path=/', url.href), 'old=1; new=1'],
		['a cookie is updated', (jar) => jar.setCookieSync('old=2; Path=/', url.href), 'old=2'],
		['a cookie expires at once', (jar) => jar.setCookieSync('old=2; Path=/; Max-Age=0', url.href), ''],
		[
			'a cookie is removed from the store',
			(jar) => jar.store.removeCookie('www.shop.example', '/', 'old', () => {}),
			'',
		],
		['a domain is removed from the store', (jar) => jar.store.removeCookies('www.shop.example', null, () => {}), ''],
		['all is removed', (jar) => jar.removeAllCookiesSync(), ''],
		[
			'a cookie is changed in place',
			(jar) => Object.assign(jar.getCookiesSync(url.href)[0] as Cookie, { value: '3' }),
			'old=3',
		],
		['a cookie is made to expire in place', (jar) => jar.getCookiesSync(url.href)[0]?.setMaxAge(0), ''],
	])('is believed when %s behind our back', (_what, change, after) => {
		const jar = new (load().CookieJar)();
		jar.setCookieSync('old=1; Path=/', url.href);
		const cookies = new BrowserCookies(jar);
		expect(cookies.headerFor(url, context)).toBe('old=1');
		expect(cookies.headerFor(url, context)).toBe('old=1');
		change(jar);
		expect(cookies.headerFor(url, context)).toBe(after);
	});
});

describe('what is remembered', () => {
	it('ends with the first cookie that expires', () => {
		const { clock, cookies, header } = filled(new CookieJar());
		cookies.storeFromResponse({ lines: ['short=1; Max-Age=10'] }, url, context);
		expect(header()).toContain('short=1');
		clock.now += 9_999;
		expect(header()).toContain('short=1');
		clock.now += 2;
		expect(header()).not.toContain('short=1');
	});

	it('is one string for each set of paths that match, and each context', () => {
		const cookies = new BrowserCookies(new CookieJar());
		const set = ['root=1; Path=/', 'a=1; Path=/a', 'ab=1; Path=/a/b', 'strict=1; Path=/; SameSite=Strict'];
		cookies.storeFromResponse({ lines: set }, url, context);
		const at = (path: string) => cookies.headerFor(new URL(path, url), context);
		for (let round = 0; round < 2; round++) {
			expect(at('/a/b/c')).toBe('ab=1; a=1; root=1; strict=1');
			expect(at('/a')).toBe('a=1; root=1; strict=1');
			expect(at('/ab')).toBe('root=1; strict=1');
			const other = new URL('https://other.example/');
			const link = cookieContext({ url, method: 'GET', topLevelNavigation: true, initiator: other });
			expect(cookies.headerFor(url, link)).toBe('ab=1; a=1; root=1');
			const image = cookieContext({ url, method: 'GET', topLevelNavigation: false, initiator: other });
			expect(cookies.headerFor(url, image)).toBe('');
			expect(cookies.headerFor(new URL('https://other.example/a/b'), context)).toBe('');
		}
	});

	it('sees what another session does with the same jar', () => {
		const jar = new CookieJar();
		const [first, second] = [new BrowserCookies(jar), new BrowserCookies(jar)];
		first.storeFromResponse({ lines: ['a=1'] }, url, context);
		expect(second.headerFor(url, context)).toBe('a=1');
		first.storeFromResponse({ lines: ['a=2'] }, url, context);
		expect(second.headerFor(url, context)).toBe('a=2');
		second.clear();
		expect(first.headerFor(url, context)).toBe('');
	});

	it("leaves the store the caller's own: same object, nothing to see", () => {
		const store = new MemoryCookieStore();
		const jar = new CookieJar(store);
		const cookies = new BrowserCookies(jar);
		cookies.storeFromResponse({ lines: ['a=1'] }, url, context);
		cookies.headerFor(url, context);
		expect(cookies.jar.store).toBe(store);
		expect(Object.keys(store)).toEqual(Object.keys(new MemoryCookieStore()));
		expect(JSON.stringify(jar.cloneSync())).toContain('"a"');
	});

	it('is nothing where the store may do anything', () => {
		class Own extends MemoryCookieStore {}
		const { asked, header } = filled(new CookieJar(new Own()));
		header();
		header();
		expect(asked).toHaveBeenCalledTimes(2);
	});

	it('holds for partitions too', () => {
		const cookies = new BrowserCookies(new CookieJar());
		const top = new URL('https://top.example/');
		const frame = cookieContext({ url, method: 'GET', topLevelNavigation: false, initiator: top });
		const set = (value: number) =>
			cookies.storeFromResponse({ lines: [`p=${value}; Secure; SameSite=None; Partitioned; Path=/`] }, url, frame);
		set(1);
		expect(cookies.headerFor(url, frame)).toBe('p=1');
		expect(cookies.headerFor(url, context)).toBe('');
		set(2);
		expect(cookies.headerFor(url, frame)).toBe('p=2');
	});

	it('counts as use: the cookies of a busy host are the last to be evicted', () => {
		const clock = { now: 1_000 };
		const cookies = new BrowserCookies(new CookieJar(), () => clock.now);
		cookies.storeFromResponse({ lines: ['used=1; Path=/'] }, url, context);
		for (let index = 0; index < 185; index++) {
			clock.now += 1000;
			cookies.headerFor(url, context);
			cookies.storeFromResponse({ lines: [`n${index}=1; Path=/elsewhere`] }, url, context);
		}
		expect(cookies.headerFor(url, context)).toBe('used=1');
		expect(Cookie.parse('a=1')?.lastAccessed).toBeNull();
	});
});
