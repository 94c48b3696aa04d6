import { expect } from 'vitest';
import type { ConformanceCase } from '../case.ts';
import { bytesOf, textOf } from '../driver.ts';
import { type Site, startSite } from '../site.ts';

const megabyte = 1024 * 1024;
/** More than any browser's window plus every buffer on the way: 4 to 10 MB with every client. */
const held = 24 * megabyte;
/** Enough that a side which is not held back passes that by far; each megabyte more costs 10 ms, for each client and way. */
const total = 32 * megabyte;

/** Lets the other side run until it has nothing left to do: round trips of requests of their own, no clock. */
async function roundTrips(site: Site, count = 30): Promise<void> {
	for (let index = 0; index < count; index++) await (await site.session.fetch(site.at('/bytes/1'))).text();
}

export const streamCases: readonly ConformanceCase[] = [
	{
		name: 'the head and first bytes of a response arrive before its end exists',
		needs: ['stream'],
		run: async (driver) => {
			let release = () => {};
			const released = new Promise<void>((resolve) => {
				release = resolve;
			});
			await using site = await startSite(driver, {
				handler: () => ({
					body: (async function* () {
						yield Buffer.from('first');
						await released;
						yield Buffer.from('second');
					})(),
				}),
			});
			const response = await site.client.request({ url: site.at('/') });
			let text = '';
			for await (const chunk of response.body) {
				text += Buffer.from(chunk).toString();
				if (text === 'first') release();
			}
			expect(text).toBe('firstsecond');
		},
	},
	...((['h2', 'http/1.1'] as const).map((protocol) => ({
		name: `B05 a reader who stops holds the server back over ${protocol}, and loses nothing`,
		needs: ['stream'] as const,
		run: async (driver) => {
			let produced = 0;
			const piece = Buffer.alloc(64 * 1024, 7);
			await using site = await startSite(driver, {
				mirror: { protocols: [protocol] },
				handler: (request) =>
					request.url.pathname !== '/big'
						? undefined
						: {
								body: (async function* () {
									while (produced < total) {
										produced += piece.length;
										yield piece;
									}
								})(),
							},
			});
			const response = await site.client.request({ url: site.at('/big') });
			const body = response.body[Symbol.asyncIterator]();
			let received = (await body.next()).value?.byteLength ?? 0;
			await roundTrips(site);
			expect(produced).toBeLessThan(held);
			for (let step = await body.next(); !step.done; step = await body.next()) received += step.value.byteLength;
			expect([received, produced]).toEqual([total, total]);
		},
	})) satisfies ConformanceCase[]),
	...((['h2', 'http/1.1'] as const).map((protocol) => ({
		name: `B06 a server that does not read holds the upload back over ${protocol}, and gets everything`,
		needs: ['upload-stream'] as const,
		run: async (driver) => {
			let release = () => {};
			const released = new Promise<void>((resolve) => {
				release = resolve;
			});
			let pulled = 0;
			await using site = await startSite(driver, {
				mirror: { protocols: [protocol] },
				handler: async (request) => {
					if (request.method !== 'POST') return undefined;
					await released;
					let bytes = 0;
					for await (const chunk of request.body) bytes += chunk.length;
					return { body: String(bytes) };
				},
			});
			const body = (async function* () {
				while (pulled < total) {
					pulled += megabyte;
					yield Buffer.alloc(megabyte, 1);
				}
			})();
			const pending = site.client.request({ url: site.at('/upload-slowly'), method: 'POST', body });
			await site.mirror.waitForRequest((request) => request.method === 'POST', { stage: 'head' });
			await roundTrips(site);
			expect(pulled).toBeLessThan(held);
			release();
			expect(await textOf(await pending)).toBe(String(total));
		},
	})) satisfies ConformanceCase[]),
	{
		name: 'B06 an answer that comes before the upload has ended is delivered',
		needs: ['upload-stream'],
		run: async (driver) => {
			let finish = () => {};
			const finished = new Promise<void>((resolve) => {
				finish = resolve;
			});
			await using site = await startSite(driver, { handler: () => ({ status: 413, body: 'too large' }) });
			const body = (async function* () {
				yield Buffer.from('first');
				await finished;
				yield Buffer.from('rest');
			})();
			const response = await site.client.request({ url: site.at('/'), method: 'POST', body });
			expect(response.status).toBe(413);
			finish();
			expect(await textOf(response)).toBe('too large');
		},
	},
	{
		name: 'B06 a source that fails stops the request with an error',
		needs: ['upload-stream', 'upload-error'],
		run: async (driver) => {
			await using site = await startSite(driver);
			const body = (async function* () {
				yield Buffer.from('first');
				throw new Error('the source broke');
			})();
			const outcome = site.client.request({ url: site.at('/upload'), method: 'POST', body });
			await expect(outcome.then(bytesOf)).rejects.toBeInstanceOf(Error);
			const next = await site.client.request({ url: site.at('/bytes/3') });
			expect((await bytesOf(next)).length).toBe(3);
		},
	},
];
