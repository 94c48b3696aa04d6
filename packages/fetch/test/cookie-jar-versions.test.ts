import { createRequire } from 'node:module';
import type { CookieJar } from 'tough-cookie';
import { expect, it } from 'vitest';
import { startSite } from './support/site.ts';

// A program has a tough-cookie of its own, older than ours as often as not; its types differ, its jars do not.
const require = createRequire(import.meta.url);
const versions: ReadonlyArray<readonly [version: string, load: () => { CookieJar: new () => CookieJar }]> = [
	['4.1', () => require('tough-cookie-4')],
	['5.0', () => require('tough-cookie-5')],
	['6.0', () => require('tough-cookie-6')],
];

it.each(versions)('a jar of tough-cookie %s is read, written, exported and emptied', async (_, load) => {
	await using site = await startSite();
	const jar = new (load().CookieJar)();
	const session = site.session({ cookieJar: jar });
	jar.setCookieSync('own=1; Path=/', site.at('/'));
	for (const value of [1, 2]) await (await session.fetch(site.at(`/cookies/set?a=${value}`))).text();
	const seen = (await (await session.fetch(site.at('/cookies'))).json()) as { cookies: object };
	expect(seen.cookies).toEqual({ own: '1', a: '2' });
	expect(jar.getCookieStringSync(site.at('/'))).toBe('own=1; a=2');
	const later = site.session({ state: await session.export() });
	expect(later.getCookies(site.at('/'))).toEqual({ own: '1', a: '2' });
	session.clearCookies();
	expect(jar.getCookieStringSync(site.at('/'))).toBe('');
});
