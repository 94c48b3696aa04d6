import { describe, expect, it } from 'vitest';
import { createSession, type PageFactsInput, pageFacts } from '../src/index.ts';

const url = 'https://www.shop.example/cart?x=1';
const facts = (input: Partial<PageFactsInput>) => pageFacts({ url, method: 'GET', kind: 'fetch', ...input });

describe('pageFacts', () => {
	it('a script without a page named runs on the front page of its target', () => {
		expect(facts({}).layout).toEqual({
			site: 'same-origin',
			origin: 'https://www.shop.example',
			referer: 'https://www.shop.example/',
		});
		expect(facts({}).cookies).toMatchObject({ topLevelNavigation: false, initiator: new URL('/', url) });
	});
	it('a navigation is typed, unless it sends something or names a page', () => {
		for (const method of ['GET', 'HEAD']) expect(facts({ kind: 'navigate', method }).layout).toEqual({ site: 'none' });
		expect(facts({ kind: 'navigate' }).page).toBeUndefined();
		expect(facts({ kind: 'form', method: 'POST' }).layout.site).toBe('same-origin');
		expect(facts({ kind: 'navigate', method: 'POST' }).layout.site).toBe('same-origin');
		const from = facts({ kind: 'navigate', referer: 'https://search.example/?q=1' });
		expect(from.layout).toEqual({ site: 'cross-site', origin: 'https://search.example' });
		expect(from.cookies).toMatchObject({ topLevelNavigation: true, initiator: new URL('https://search.example/?q=1') });
	});
	it.each([
		['https://www.shop.example/a', 'same-origin'],
		['https://shop.example/a', 'same-site'],
		['http://www.shop.example/a', 'cross-site'],
		['https://other.example/', 'cross-site'],
		['/relative', 'same-origin'],
		['about:blank', 'same-origin'],
		['no url at all: //', 'same-origin'],
	])('referer %s is %s', (referer, site) => {
		expect(facts({ referer }).layout.site).toBe(site);
	});
	it('a redirect keeps the page that it began on', () => {
		const redirectedFrom = { method: 'GET', urls: [new URL('https://other.example/start?secret')] as [URL] };
		expect(facts({ redirectedFrom }).layout).toEqual({
			site: 'cross-site',
			origin: 'https://other.example',
			originAdded: true,
			referer: 'https://other.example/',
			redirected: true,
		});
		expect(facts({ kind: 'navigate', redirectedFrom }).layout).toEqual({ site: 'none', redirected: true });
		const posted = { ...redirectedFrom, method: 'POST' };
		expect(facts({ kind: 'navigate', redirectedFrom: posted }).layout.site).toBe('cross-site');
	});
	it('a chain that was elsewhere never comes home, and its origin is not told', () => {
		const urls: [URL, ...URL[]] = [new URL(url), new URL('https://other.example/')];
		const { layout } = facts({ redirectedFrom: { method: 'GET', urls } });
		expect([layout.site, layout.origin]).toEqual(['cross-site', 'null']);
	});
	it('cookies are asked for with all that has redirected to it', () => {
		const urls: [URL, ...URL[]] = [new URL('https://other.example/a'), new URL('https://other.example/b')];
		expect(facts({ redirectedFrom: { method: 'GET', urls } }).cookies.through).toEqual(urls);
		expect(facts({}).cookies.through).toBeUndefined();
	});
	it.each([
		['firefox', 'https://other.example/', ''],
		['firefox', 'http://www.shop.example/', 's=1'],
		['firefox', 'https://shop.example/', 's=1'],
		['chromium', 'https://other.example/', 's=1'],
	])('%s, behind a redirect of %s: cookies %j', async (browser, from, expected) => {
		await using session = createSession({ browser });
		session.setCookies([
			{ name: 's', value: '1', domain: 'www.shop.example', path: '/', sameSite: 'strict', secure: true },
		]);
		const { cookies } = facts({ kind: 'navigate', redirectedFrom: { method: 'GET', urls: [new URL(from)] } });
		expect(await session.cookieHeader('https://www.shop.example/a', cookies)).toBe(expected);
	});
	it.each([
		['firefox', 's=1'],
		['chromium', ''],
	])('%s, asked by its page in plain http: cookies %j', async (browser, expected) => {
		await using session = createSession({ browser });
		session.setCookies([
			{ name: 's', value: '1', domain: 'shop.example', path: '/', sameSite: 'strict', secure: true },
		]);
		const { profile } = session.transport;
		for (const kind of ['image', 'navigate'] as const) {
			const { cookies } = facts({ kind, profile, referer: 'http://www.shop.example/page' });
			expect(await session.cookieHeader('https://shop.example/a', cookies)).toBe(expected);
		}
	});
	it('an origin that a POST had from the start is kept, one that went with the method or was not there is added', () => {
		const urls: [URL, ...URL[]] = [new URL('https://other.example/')];
		const posted = { redirectedFrom: { method: 'POST', urls } };
		expect(facts({ ...posted, method: 'POST' }).layout.originAdded).toBeUndefined();
		expect(facts({ ...posted, method: 'GET' }).layout.originAdded).toBe(true);
	});
	it('a page on https gives no referer to http, a page of another site only its origin', () => {
		const urls: [URL, ...URL[]] = [new URL('https://other.example/a')];
		const redirectedFrom = { method: 'GET', urls };
		expect(facts({ url: 'http://www.shop.example/', redirectedFrom }).layout.referer).toBeUndefined();
	});
});
