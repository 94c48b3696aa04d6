import { CookieJar } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { BrowserCookies } from '../src/cookies/browser-cookies.ts';
import { type CookieContext, cookieContext, firstPartyContext } from '../src/cookies/context.ts';
import { isSameSite } from '../src/cookies/site.ts';

/** A browser with one clock; `set` answers from `url`, `header` asks for what goes to `url`. */
function browser(jar?: CookieJar) {
	const clock = { now: Date.now() };
	const cookies = new BrowserCookies(jar, () => clock.now);
	const set = (url: string, line: string, context?: CookieContext) =>
		cookies.storeFromResponse({ lines: [line] }, new URL(url), context ?? firstPartyContext(new URL(url)));
	const header = (url: string, context?: CookieContext) =>
		cookies.headerFor(new URL(url), context ?? firstPartyContext(new URL(url)));
	return { clock, cookies, set, header };
}

const day = 24 * 3600 * 1000;

/** What `https://www.shop.example/` sends back after one Set-Cookie line. */
async function after(line: string, url = 'https://www.shop.example/'): Promise<string> {
	const { set, header } = browser();
	await set(url, line);
	return header(url);
}

describe('parsing, where tough-cookie alone differs from Chromium', () => {
	it('keeps nameless cookies and sends the bare value', async () => {
		expect(await after('alone')).toBe('alone');
		expect(await after('=alone')).toBe('alone');
	});
	it('refuses a nameless value that would pose as a prefixed cookie', async () => {
		expect(await after('=a=b')).toBe('');
		expect(await after('=__Secure-x=1; Secure')).toBe('');
		expect(await after('__hOsT-x; Secure; Path=/')).toBe('');
	});
	it('refuses an empty name with an empty value', async () => {
		expect(await after('=')).toBe('');
		expect(await after(';Secure')).toBe('');
	});
	it('R05 refuses control characters: DEL, NUL and a tab inside the value', async () => {
		expect(await after('a=b\x7f')).toBe('');
		expect(await after('a=b\0c')).toBe('');
		expect(await after('a=b\tc')).toBe('');
	});
	it('trims blanks around name and value, tab included', async () => {
		expect(await after(' \ta \t=\t b ; Secure')).toBe('a=b');
	});
	it('R05 refuses name and value of more than 4096 bytes together', async () => {
		expect(await after(`a=${'x'.repeat(4095)}`)).toHaveLength(4097);
		expect(await after(`a=${'x'.repeat(4096)}`)).toBe('');
	});
	it('ignores an attribute value of more than 1024 bytes', async () => {
		const { set, header } = browser();
		await set('https://www.shop.example/', `a=b; Path=/${'p'.repeat(1024)}`);
		expect(await header('https://www.shop.example/')).toBe('a=b');
	});
	it('caps the life at 400 days', async () => {
		const { set, header, clock } = browser();
		await set('https://www.shop.example/', 'a=b; Max-Age=99999999999999999999');
		clock.now += 399 * day;
		expect(await header('https://www.shop.example/')).toBe('a=b');
		clock.now += 2 * day;
		expect(await header('https://www.shop.example/')).toBe('');
	});
	it('R04 Max-Age wins over Expires, and zero removes', async () => {
		const { set, header } = browser();
		await set('https://www.shop.example/', 'a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT');
		expect(await header('https://www.shop.example/')).toBe('a=b');
		await set('https://www.shop.example/', 'a=b; Max-Age=0; Expires=Fri, 01 Jan 2038 00:00:00 GMT');
		expect(await header('https://www.shop.example/')).toBe('');
	});
});

describe('prefixes, in any case', () => {
	it.each([
		['__Host-a=1; Secure; Path=/', true],
		['__hOsT-a=1; Path=/', false],
		['__hOsT-a=1; Secure', false],
		['__HOST-a=1; Secure; Path=/; Domain=shop.example', false],
		['__SeCuRe-a=1', false],
		['__Secure-a=1; Secure', true],
		['__Http-a=1; Secure', false],
		['__Http-a=1; Secure; HttpOnly', true],
		['__Host-Http-a=1; Secure; Path=/', false],
		['__host-http-a=1; Secure; Path=/; HttpOnly', true],
	])('%s is kept: %s', async (line, kept) => {
		expect((await after(line)) !== '').toBe(kept);
	});
});

describe('Secure', () => {
	it('is refused from plain http', async () => {
		expect(await after('a=b; Secure', 'http://www.shop.example/')).toBe('');
	});
	it('is allowed on the local machine', async () => {
		expect(await after('a=b; Secure', 'http://localhost:8080/')).toBe('a=b');
		expect(await after('a=b; Secure', 'http://127.0.0.1:8080/')).toBe('a=b');
	});
	it('cannot be overwritten or shadowed from plain http', async () => {
		const { set, header } = browser();
		await set('https://www.shop.example/', 'a=safe; Secure; Domain=shop.example');
		await set('http://www.shop.example/', 'a=forged; Domain=shop.example');
		await set('http://www.shop.example/', 'a=forged');
		expect(await header('https://www.shop.example/')).toBe('a=safe');
		expect(await header('http://www.shop.example/')).toBe('');
	});
});

describe('SameSite', () => {
	const url = 'https://www.shop.example/';
	const elsewhere = new URL('https://other.example/page');
	const navigation = cookieContext({
		url: new URL(url),
		method: 'GET',
		topLevelNavigation: true,
		initiator: elsewhere,
	});
	const post = cookieContext({ url: new URL(url), method: 'POST', topLevelNavigation: true, initiator: elsewhere });
	const subresource = cookieContext({
		url: new URL(url),
		method: 'GET',
		topLevelNavigation: false,
		initiator: elsewhere,
	});

	it('None without Secure is refused', async () => {
		expect(await after('a=b; SameSite=None')).toBe('');
		expect(await after('a=b; SameSite=None; Secure')).toBe('a=b');
	});
	it('a missing or unknown value counts as Lax', async () => {
		const { set, header } = browser();
		await set(url, 'missing=1');
		await set(url, 'unknown=1; SameSite=StrictLax');
		await set(url, 'strict=1; SameSite=Strict');
		await set(url, 'none=1; SameSite=None; Secure');
		expect(await header(url, navigation)).toBe('missing=1; unknown=1; none=1');
		expect(await header(url, subresource)).toBe('none=1');
		expect(await header(url)).toBe('missing=1; unknown=1; strict=1; none=1');
	});
	it('a cross-site POST carries unstated cookies for two minutes, stated Lax never', async () => {
		const { set, header, clock } = browser();
		await set(url, 'unstated=1');
		await set(url, 'lax=1; SameSite=Lax');
		expect(await header(url, post)).toBe('unstated=1');
		clock.now += 121_000;
		expect(await header(url, post)).toBe('');
	});
	it('a cross-site subresource may only set None', async () => {
		const { set, header } = browser();
		await set(url, 'lax=1', subresource);
		await set(url, 'none=1; SameSite=None; Secure', subresource);
		expect(await header(url)).toBe('none=1');
	});
	it('sites are schemeful and end at the public suffix, private ones included', () => {
		const same = (left: string, right: string) => isSameSite(new URL(left), new URL(right));
		expect(same('https://a.shop.example/', 'https://b.shop.example/')).toBe(true);
		expect(same('https://a.shop.example/', 'http://b.shop.example/')).toBe(false);
		expect(same('https://one.github.io/', 'https://two.github.io/')).toBe(false);
		expect(same('https://127.0.0.1/', 'https://127.0.0.1:8443/')).toBe(true);
		expect(same('https://127.0.0.1/', 'https://127.0.0.2/')).toBe(false);
	});
});

describe('Domain', () => {
	it('R05 refuses public suffixes in any case, IDN and with a trailing dot', async () => {
		expect(await after('a=b; Domain=CO.UK', 'https://shop.co.uk/')).toBe('');
		expect(await after('a=b; Domain=github.io', 'https://me.github.io/')).toBe('');
		expect(await after('a=b; Domain=shop.example.', 'https://www.shop.example/')).toBe('');
		expect(await after('a=b; Domain=example', 'https://www.shop.example/')).toBe('');
	});
	it('a host that is a public suffix may set a cookie for itself alone', async () => {
		const { set, header } = browser();
		await set('https://github.io/', 'a=b; Domain=github.io');
		expect(await header('https://github.io/')).toBe('a=b');
		expect(await header('https://me.github.io/')).toBe('');
	});
	it('R05 an IP address has no parent domain', async () => {
		expect(await after('a=b; Domain=0.0.1', 'https://127.0.0.1/')).toBe('');
		expect(await after('a=b; Domain=127.0.0.1', 'https://127.0.0.1/')).toBe('a=b');
	});
	it('reaches subdomains; without it the cookie stays with its host', async () => {
		const { set, header } = browser();
		await set('https://www.shop.example/', 'wide=1; Domain=.Shop.Example');
		await set('https://www.shop.example/', 'narrow=1');
		expect(await header('https://api.shop.example/')).toBe('wide=1');
		expect(await header('https://www.shop.example/')).toBe('wide=1; narrow=1');
	});
	it('R05 SameSite and percent escapes stay what they are', async () => {
		expect(await after('a=%0d%0aSet-Cookie:x')).toBe('a=%0d%0aSet-Cookie:x');
	});
});

describe('Partitioned (CHIPS)', () => {
	const widget = 'https://widget.example/';
	const within = (page: string) =>
		cookieContext({ url: new URL(widget), method: 'GET', topLevelNavigation: false, initiator: new URL(page) });

	it('needs Secure', async () => {
		expect(await after('a=b; Partitioned')).toBe('');
	});
	it('is sent only below the top-level site that it was set under', async () => {
		const { set, header } = browser();
		await set(widget, 'p=1; Secure; SameSite=None; Partitioned', within('https://one.example/'));
		expect(await header(widget, within('https://one.example/'))).toBe('p=1');
		expect(await header(widget, within('https://two.example/'))).toBe('');
		expect(await header(widget)).toBe('');
	});
	it('of a first-party page shows in the jar', async () => {
		const { set, cookies } = browser();
		await set('https://www.shop.example/', 'cf=1; Secure; Partitioned');
		expect(cookies.jar.getCookieStringSync('https://www.shop.example/')).toBe('cf=1');
	});
	it('lives beside an unpartitioned cookie of the same name', async () => {
		const { set, header, clock } = browser();
		await set('https://www.shop.example/', 'a=plain; Secure');
		clock.now += 1000;
		await set('https://www.shop.example/', 'a=parted; Secure; Partitioned');
		expect(await header('https://www.shop.example/')).toBe('a=plain; a=parted');
	});
});

describe('order and limits', () => {
	const url = 'https://www.shop.example/a/b';
	it('longer paths first, then older first', async () => {
		const { set, header, clock } = browser();
		await set(url, 'root=1; Path=/');
		clock.now += 1;
		await set(url, 'deep=1; Path=/a/b');
		clock.now += 1;
		await set(url, 'late=1; Path=/');
		expect(await header(url)).toBe('deep=1; root=1; late=1');
	});
	it('a new value moves a cookie last, the same value keeps its place', async () => {
		const { set, header, clock } = browser();
		await set(url, 'a=1; Path=/');
		clock.now += 1;
		await set(url, 'b=1; Path=/');
		clock.now += 1;
		await set(url, 'a=1; Path=/; Secure');
		expect(await header(url)).toBe('a=1; b=1');
		clock.now += 1;
		await set(url, 'a=2; Path=/');
		expect(await header(url)).toBe('b=1; a=2');
	});
	it('R05 keeps at most 180 cookies per site, dropping the least recently used', async () => {
		const { set, cookies, clock } = browser();
		for (let index = 0; index < 500; index++) {
			clock.now += 1;
			await set(`https://h${index % 3}.shop.example/`, `n${index}=1`);
		}
		const names = (await cookies.list()).map(({ cookie }) => cookie.key);
		expect(names.length).toBeLessThanOrEqual(180);
		expect(names).toContain('n499');
		expect(names).not.toContain('n0');
	});
	it('R06 names of the prototype are ordinary names', async () => {
		const { set, header } = browser();
		await set(url, '__proto__=1; Path=/');
		await set(url, 'constructor=2; Path=/');
		expect(await header(url)).toBe('__proto__=1; constructor=2');
		expect(Object.prototype).not.toHaveProperty('1');
	});
});

describe('the jar', () => {
	it('given by the caller is read and written', async () => {
		const jar = new CookieJar();
		jar.setCookieSync('mine=1', 'https://www.shop.example/');
		const { set, header } = browser(jar);
		await set('https://www.shop.example/', 'theirs=2');
		expect(await header('https://www.shop.example/')).toBe('mine=1; theirs=2');
		expect(jar.getCookieStringSync('https://www.shop.example/')).toBe('mine=1; theirs=2');
	});
	it('with an asynchronous store works the same', async () => {
		const jar = new CookieJar();
		const inner = jar.store;
		// Every call of the store answers in a later turn, as a database would.
		const late = new Proxy(inner, {
			get(target, key) {
				const member: unknown = Reflect.get(target, key, target);
				if (key === 'synchronous') return false;
				if (typeof member !== 'function') return member;
				return (...args: unknown[]) => {
					const done = args.pop() as (error: Error | null, result?: unknown) => void;
					void (member as (...all: unknown[]) => unknown).call(
						target,
						...args,
						(error: Error | null, result: unknown) => setImmediate(done, error, result),
					);
				};
			},
		});
		const { set, header } = browser(new CookieJar(late));
		await set('https://www.shop.example/', 'a=1');
		await set('https://www.shop.example/', 'b=2');
		await set('https://www.shop.example/', 'a=3');
		expect(await header('https://www.shop.example/')).toBe('b=2; a=3');
	});
	it('sends latin1 and UTF-8 values with the bytes they came with', async () => {
		const bytes = Buffer.from('a=grüße', 'utf8').toString('latin1');
		expect(await after(bytes)).toBe(bytes);
		expect(await after('a=\xe9')).toBe('a=\xe9');
	});
});
