import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	type CookieRecord,
	fetch,
	formatCookiesTxt,
	formatStorageState,
	parseCookiesTxt,
	parseStorageState,
} from '../src/index.ts';
import { type Site, startSite, www } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const soon = (Math.floor(Date.now() / 1000) + 86_400) * 1000;
const plain: CookieRecord = { name: 'a', value: '1', domain: www, path: '/', secure: false, httpOnly: false };
const wide: CookieRecord = {
	...plain,
	name: 'wide',
	domain: 'mirror.test',
	hostOnly: false,
	secure: true,
	httpOnly: true,
	expiresAtMs: soon,
};

describe('cookies.txt', () => {
	it('goes out and comes back', () => {
		const text = formatCookiesTxt([plain, wide]);
		expect(text).toBe(
			`# Netscape HTTP Cookie File\n\n${www}\tFALSE\t/\tFALSE\t0\ta\t1\n#HttpOnly_.mirror.test\tTRUE\t/\tTRUE\t${soon / 1000}\twide\t1\n`,
		);
		const session = site.session();
		session.setCookies(parseCookiesTxt(text));
		expect(session.getAllCookies()).toEqual([plain, wide]);
	});
	it('lines that make no sense are skipped, Windows line ends and empty values taken', () => {
		const text = `# comment\r\n\r\nnonsense\r\n${www}\tFALSE\t/\tFALSE\t0\tempty\r\n${www}\tFALSE\t/\tFALSE\t0\ta\t1\r\n`;
		expect(parseCookiesTxt(text).map(({ name, value }) => `${name}=${value}`)).toEqual(['empty=', 'a=1']);
	});
});

describe('storageState of Playwright', () => {
	const state = {
		cookies: [
			{ name: 'a', value: '1', domain: www, path: '/', expires: -1, httpOnly: false, secure: false, sameSite: 'Lax' },
			{
				name: 'wide',
				value: '1',
				domain: '.mirror.test',
				path: '/',
				expires: soon / 1000,
				httpOnly: true,
				secure: true,
				sameSite: 'None',
			},
		],
		origins: [],
	};
	it('comes in, as object and as text, and goes out the same', () => {
		for (const given of [state, JSON.stringify(state)]) {
			const session = site.session();
			session.setCookies(parseStorageState(given));
			expect(formatStorageState(session.getAllCookies())).toEqual(state);
		}
	});
	it('what Firefox did not state is not None', () => {
		const [cookie] = parseStorageState({ cookies: [{ ...state.cookies[0], sameSite: 'None' }] });
		expect(cookie?.sameSite).toBeUndefined();
	});
	it.each(['{', '{}', null, { cookies: [1] }])('refuses %j', (given) => {
		expect(() => parseStorageState(given as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG' }));
	});
});

describe('session.fork', () => {
	it('shares cookies and connections; its end is its own', async () => {
		await using own = await startSite();
		const seen: string[] = [];
		const session = own.session({ defaultHeaders: { 'x-same': '1' } });
		await (await session.fetch(own.at('/echo'))).text();
		const tab = session.fork({ onRequestEvent: (event) => seen.push(event.type) });
		await (await tab.fetch(own.at('/cookies/set?tab=1'))).text();
		expect(session.getCookies(own.at('/'))).toEqual({ tab: '1' });
		session.setCookie('main', '2', own.at('/'));
		expect(tab.getCookies(own.at('/'))).toEqual({ tab: '1', main: '2' });
		expect(seen).toContain('done');
		expect(new Set(own.mirror.requests.map(({ connectionId }) => connectionId)).size).toBe(1);
		expect(own.mirror.requests.at(-1)?.headers.map(([name]) => name)).toContain('x-same');
		await tab.close();
		await expect(tab.fetch(own.at('/echo'))).rejects.toMatchObject({ code: 'ERR_SESSION_CLOSED' });
		expect((await session.fetch(own.at('/echo'))).status).toBe(200);
		expect(() => session.fork({ browser: 'firefox' } as never)).toThrow(/"browser"/);
		await session.close();
		expect(() => session.fork()).toThrow(expect.objectContaining({ code: 'ERR_SESSION_CLOSED' }));
	});
});

describe('fetch(url, { session })', () => {
	it('is session.fetch', async () => {
		const session = site.session();
		await (await fetch(site.at('/cookies/set?a=1'), { session, redirect: 'manual' })).text();
		expect(session.getCookies(site.at('/'))).toEqual({ a: '1' });
		expect(session.closed).toBe(false);
		const wrong = expect.objectContaining({ code: 'ERR_INVALID_OPTION' });
		await expect(fetch(site.at('/'), { session: {} as never })).rejects.toEqual(wrong);
		await expect(fetch(site.at('/'), { session, browser: 'firefox' } as never)).rejects.toEqual(wrong);
	});
});
