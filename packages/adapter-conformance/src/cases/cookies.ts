import { expect } from 'vitest';
import type { ConformanceCase } from '../case.ts';
import { bytesOf, textOf } from '../driver.ts';
import { startSite } from '../site.ts';

const www = 'www.mirror.test';
const sameSites = ['Strict', 'Lax', 'None'].map((each) => `${each}=1; Secure; SameSite=${each}`);
const sent = (text: string): Record<string, string> => JSON.parse(text).cookies;

export const cookieCases: readonly ConformanceCase[] = [
	{
		name: 'a cookie of a response is sent with the next request and is in the session',
		needs: ['cookies'],
		run: async (driver) => {
			await using site = await startSite(driver);
			await bytesOf(await site.client.request({ url: site.at('/cookies/set?a=1&b=2', www) }));
			const response = await site.client.request({ url: site.at('/cookies', www) });
			expect(sent(await textOf(response))).toEqual({ a: '1', b: '2' });
			expect(site.session.getCookies(site.at('/', www))).toEqual({ a: '1', b: '2' });
		},
	},
	{
		name: 'a cookie of the session is sent by the client',
		needs: ['cookies'],
		run: async (driver) => {
			await using site = await startSite(driver);
			site.session.setCookie('from', 'session', site.at('/', www));
			const response = await site.client.request({ url: site.at('/cookies', www) });
			expect(sent(await textOf(response))).toEqual({ from: 'session' });
		},
	},
	{
		name: 'a cookie set by the client is sent by session.fetch, and the other way round',
		needs: ['cookies'],
		run: async (driver) => {
			await using site = await startSite(driver);
			await bytesOf(await site.client.request({ url: site.at('/cookies/set?one=client', www) }));
			await (await site.session.fetch(site.at('/cookies/set?two=session', www))).text();
			const both = { one: 'client', two: 'session' };
			expect(sent(await textOf(await site.client.request({ url: site.at('/cookies', www) })))).toEqual(both);
			expect(sent(await (await site.session.fetch(site.at('/cookies', www))).text())).toEqual(both);
		},
	},
	{
		name: 'R04 a cookie of a redirect is sent at its target',
		needs: ['cookies', 'redirects'],
		run: async (driver) => {
			await using site = await startSite(driver);
			const url = site.at('/cookies/set?hop=yes&to=/cookies', www);
			const response = await site.client.request({ url, follow: true });
			expect(sent(await textOf(response))).toEqual({ hop: 'yes' });
		},
	},
	{
		name: 'SameSite cookies go along, and are taken, as who asks decides: the same as session.fetch',
		needs: ['cookies', 'session'],
		run: async (driver) => {
			for (const page of ['https://www.mirror.test/', 'https://shop.example/']) {
				const outcomes = [];
				for (const isClient of [true, false]) {
					await using site = await startSite(driver, {
						handler: ({ url }) =>
							url.pathname === '/set' ? { headers: sameSites.map((each) => ['set-cookie', `new${each}`]) } : undefined,
					});
					const kind = driver.equivalent?.(site.at('/', www)).kind ?? 'fetch';
					const ask = async (path: string): Promise<string> => {
						const request = { url: site.at(path, www), headers: { referer: page } };
						if (isClient) return await textOf(await site.client.request(request));
						const { url, headers } = request;
						return await (await site.session.fetch(url, { kind, headers, credentials: 'include' })).text();
					};
					const cookies = sameSites.map((each) => `old${each}`);
					await site.session.storeSetCookie(site.at('/', www), cookies);
					const told = sent(await ask('/cookies'));
					await ask('/set');
					outcomes.push({ told, kept: site.session.getCookies(site.at('/', www)) });
				}
				expect(outcomes[0], page).toEqual(outcomes[1]);
				const isHome = page.includes('www');
				expect('oldStrict' in (outcomes[0]?.told ?? {}), page).toBe(isHome);
			}
		},
	},
	{
		name: "the life of a cookie is counted from the server's clock, and Clear-Site-Data ends it",
		needs: ['cookies', 'session'],
		run: async (driver) => {
			const date = (hours: number) => new Date(Date.now() + hours * 3_600_000).toUTCString();
			await using site = await startSite(driver, {
				handler: ({ url }) => {
					if (url.pathname === '/late') {
						return {
							headers: [
								['date', date(-48)],
								['set-cookie', `kept=1; Expires=${date(-47)}`],
							],
						};
					}
					return url.pathname === '/clear' ? { headers: [['clear-site-data', '"cookies"']] } : undefined;
				},
			});
			await bytesOf(await site.client.request({ url: site.at('/late', www) }));
			expect(site.session.getCookies(site.at('/', www))).toEqual({ kept: '1' });
			await bytesOf(await site.client.request({ url: site.at('/clear', www) }));
			expect(site.session.getCookies(site.at('/', www))).toEqual({});
		},
	},
	{
		name: 'R05 the rules of browsers hold: __Host- with a Domain, SameSite=None without Secure, a public suffix',
		needs: ['cookies'],
		run: async (driver) => {
			await using site = await startSite(driver, {
				handler: (request) =>
					request.url.pathname === '/bad'
						? {
								headers: [
									['set-cookie', '__Host-a=1; Secure; Path=/; Domain=mirror.test'],
									['set-cookie', 'b=1; SameSite=None'],
									['set-cookie', 'c=1; Domain=test'],
									['set-cookie', 'good=1'],
								],
							}
						: undefined,
			});
			await bytesOf(await site.client.request({ url: site.at('/bad', www) }));
			const response = await site.client.request({ url: site.at('/cookies', www) });
			expect(sent(await textOf(response))).toEqual({ good: '1' });
		},
	},
];
