/** Cookies of other sites than the page's: jar, field and connections agree, as in both browsers (truth: credentials). */
import type { Handler } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession } from '../src/index.ts';
import { other, type Site, startSite, www } from './support/site.ts';

let site: Site;
const setter: Handler = ({ url }) => {
	if (url.pathname !== '/set') return undefined;
	const lines = ['t=1; Secure; SameSite=None', 'u=1', 'p=1; Secure; SameSite=None; Partitioned'];
	return { headers: lines.map((line): [string, string] => ['set-cookie', line]) };
};
beforeAll(async () => {
	site = await startSite(setter);
});
afterAll(() => site[Symbol.asyncDispose]());

type Options = Parameters<Site['session']>[0];
/** Fields of the request; cookies come in crumbs over HTTP/2. */
async function seen(response: Promise<Response>): Promise<Map<string, string>> {
	const { headers } = (await (await response).json()) as { headers: Array<[name: string, value: string]> };
	const crumbs = headers.filter(([name]) => name === 'cookie').map(([, value]) => value);
	return new Map(crumbs.length > 0 ? [...headers, ['cookie', crumbs.join('; ')]] : headers);
}

/** A page of www asks another site, which has a cookie `c` from a visit, to set more, and asks it again. */
async function visited(options: Options) {
	const session = site.session(options);
	session.setCookie('c', '1', site.at('/', other));
	session.setCookies([{ name: 'c', value: '1', domain: other, path: '/', secure: true, sameSite: 'none' }]);
	const init = { kind: 'image', referrer: site.at('/page', www) } as const;
	const ask = (path: string, more: object = {}) => seen(session.fetch(site.at(path, other), { ...init, ...more }));
	await (await session.fetch(site.at('/page', www))).text();
	const before = session.transport.stats().connections;
	const first = await ask('/echo');
	const opened = session.transport.stats().connections - before;
	await (await session.fetch(site.at('/set', other), init)).text();
	const second = await ask('/echo');
	const elsewhere = await ask('/echo', { referrer: 'https://third.example/' });
	const inBar = await ask('/echo', { kind: 'navigate', referrer: undefined });
	return { session, first, second, elsewhere, inBar, opened };
}

const FIELD = 'sec-fetch-storage-access';

describe('what becomes of them', () => {
	it.each<[string, Options, string | undefined, string | undefined, string | undefined, string]>([
		['blocked in Chromium', { browser: 'chromium' }, 'none', undefined, 'p=1', 'c=1'],
		['sent in Chrome', { browser: 'chrome' }, 'active', 'c=1', 'c=1; t=1; p=1', 'c=1; t=1'],
		[
			'sent in a Chromium that is set so',
			{ browser: 'chromium', thirdPartyCookies: 'sent' },
			'active',
			'c=1',
			'c=1; t=1; p=1',
			'c=1; t=1',
		],
		[
			'blocked in a Chrome that is set so',
			{ browser: 'chrome', thirdPartyCookies: 'blocked' },
			'none',
			undefined,
			'p=1',
			'c=1',
		],
		['partitioned in Firefox', { browser: 'firefox' }, 'none', undefined, 't=1; u=1; p=1', 'c=1'],
		[
			'sent in a Firefox that is set so',
			{ browser: 'firefox', thirdPartyCookies: 'sent' },
			undefined,
			'c=1',
			'c=1; t=1; u=1; p=1',
			'c=1; t=1; u=1',
		],
	])('%s', async (_, options, field, first, second, inBar) => {
		const answers = await visited(options);
		await using _session = answers.session;
		expect(answers.first.get(FIELD)).toBe(field);
		expect(answers.first.get('cookie')).toBe(first);
		expect(answers.second.get('cookie')).toBe(second);
		expect(answers.elsewhere.get('cookie')?.includes('p=1') ?? false).toBe(false);
		expect(answers.elsewhere.get('cookie')).toBe(inBar === 'c=1' && first === undefined ? undefined : inBar);
		expect(answers.inBar.get('cookie')).toBe(inBar);
		expect(answers.inBar.has(FIELD)).toBe(false);
	});
	it('a connection of their own goes with being blocked', async () => {
		for (const [thirdPartyCookies, connections] of [
			['sent', 0],
			['blocked', 1],
		] as const) {
			const { session, opened } = await visited({ browser: 'chromium', thirdPartyCookies });
			await using _ = session;
			expect(opened, thirdPartyCookies).toBe(connections);
		}
	});
	it('Firefox’s partitions survive a state, those of insecure cookies too', async () => {
		const { session } = await visited({ browser: 'firefox' });
		await using _ = session;
		const state = JSON.parse(JSON.stringify(await session.export()));
		await using again = site.session({ browser: 'firefox', state });
		const init = { kind: 'image', referrer: site.at('/page', www) } as const;
		const headers = await seen(again.fetch(site.at('/echo', other), init));
		expect(headers.get('cookie')).toBe('t=1; u=1; p=1');
		again.setCookies(again.getAllCookies());
	});
	it('is refused where the browser cannot be set so', () => {
		const options = { browser: 'chromium', thirdPartyCookies: 'partitioned' } as const;
		expect(() => createSession(options)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }));
		expect(() => createSession({ thirdPartyCookies: 'no' as never })).toThrow(
			expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
		);
	});
});
