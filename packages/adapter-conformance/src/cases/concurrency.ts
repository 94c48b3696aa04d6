import { expect } from 'vitest';
import type { ConformanceCase } from '../case.ts';
import { textOf } from '../driver.ts';
import { startSite } from '../site.ts';

export const concurrencyCases: readonly ConformanceCase[] = [
	{
		name: '200 requests at once over HTTP/2 share one connection and get their own answers',
		run: async (driver) => {
			await using site = await startSite(driver);
			const answers = await Promise.all(
				Array.from({ length: 200 }, async (_, index) => {
					const response = await site.client.request({ url: site.at(`/echo/${index}`) });
					return JSON.parse(await textOf(response)).path;
				}),
			);
			expect(answers).toEqual(Array.from({ length: 200 }, (_, index) => `/echo/${index}`));
			expect(new Set(site.mirror.requests.map(({ connectionId }) => connectionId)).size).toBe(1);
		},
	},
	{
		name: '200 posts at once over HTTP/1.1 use six connections and get their own answers',
		run: async (driver) => {
			await using site = await startSite(driver, { mirror: { protocols: ['http/1.1'] } });
			const answers = await Promise.all(
				Array.from({ length: 200 }, async (_, index) => {
					const response = await site.client.request({ url: site.at('/echo'), method: 'POST', body: `body ${index}` });
					return JSON.parse(await textOf(response)).body;
				}),
			);
			expect(answers).toEqual(Array.from({ length: 200 }, (_, index) => `body ${index}`));
			const used = new Set(site.mirror.requests.map(({ connectionId }) => connectionId)).size;
			expect(used).toBeGreaterThan(1);
			expect(used).toBeLessThanOrEqual(6);
		},
	},
	{
		name: 'twenty requests one after the other stay on one connection',
		run: async (driver) => {
			await using site = await startSite(driver, { mirror: { protocols: ['http/1.1'] } });
			for (let index = 0; index < 20; index++) {
				await textOf(await site.client.request({ url: site.at(`/echo/${index}`) }));
			}
			expect(new Set(site.mirror.requests.map(({ connectionId }) => connectionId)).size).toBe(1);
		},
	},
];
