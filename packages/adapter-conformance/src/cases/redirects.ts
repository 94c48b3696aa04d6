import { expect } from 'vitest';
import type { ConformanceCase } from '../case.ts';
import { bytesOf, textOf } from '../driver.ts';
import { startSite } from '../site.ts';

const www = 'www.mirror.test';

export const redirectCases: readonly ConformanceCase[] = [
	...([301, 302, 303, 307, 308].map((status) => ({
		name: `R02 GET follows ${status}`,
		needs: ['redirects'] as const,
		run: async (driver) => {
			await using site = await startSite(driver);
			const url = site.at(`/redirect/${status}?to=/echo/there`);
			const response = await site.client.request({ url, follow: true });
			expect(JSON.parse(await textOf(response))).toMatchObject({ method: 'GET', path: '/echo/there' });
		},
	})) satisfies ConformanceCase[]),
	{
		name: 'R02 POST becomes GET without a body after 303',
		needs: ['redirects'],
		run: async (driver) => {
			await using site = await startSite(driver);
			const url = site.at('/redirect/303?to=/echo');
			const response = await site.client.request({ url, method: 'POST', body: 'data', follow: true });
			expect(JSON.parse(await textOf(response))).toMatchObject({ method: 'GET', bodyLength: 0 });
		},
	},
	{
		name: 'R02 POST is repeated with its body after 307',
		needs: ['redirects'],
		run: async (driver) => {
			await using site = await startSite(driver);
			const url = site.at('/redirect/307?to=/echo');
			const response = await site.client.request({ url, method: 'POST', body: 'data', follow: true });
			expect(JSON.parse(await textOf(response))).toMatchObject({ method: 'POST', body: 'data' });
		},
	},
	{
		name: 'R03 an endless chain ends in an error',
		needs: ['redirects'],
		run: async (driver) => {
			await using site = await startSite(driver, {
				handler: (request) => ({ status: 302, headers: [['location', `${request.url.pathname}x`]] }),
			});
			await expect(site.client.request({ url: site.at('/loop'), follow: true })).rejects.toBeInstanceOf(Error);
			expect(site.mirror.requests.length).toBeLessThan(60);
		},
	},
	{
		name: 'a redirect that is not followed is a response with its Location',
		run: async (driver) => {
			await using site = await startSite(driver);
			const response = await site.client.request({ url: site.at('/redirect/302?to=/echo') });
			await bytesOf(response);
			expect([response.status, response.header('location')]).toEqual([302, '/echo']);
			expect(site.mirror.requests.length).toBe(1);
		},
	},
	{
		name: 'R01 Authorization does not follow to another host',
		needs: ['redirects'],
		run: async (driver) => {
			await using site = await startSite(driver);
			const there = encodeURIComponent(site.at('/echo', 'other.example'));
			const response = await site.client.request({
				url: site.at(`/redirect/302?to=${there}`, www),
				headers: { authorization: 'Bearer secret' },
				follow: true,
			});
			const seen = JSON.parse(await textOf(response));
			expect(seen.authority).toContain('other.example');
			expect(JSON.stringify(seen.headers)).not.toContain('secret');
		},
	},
];
