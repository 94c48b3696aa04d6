import { expect } from 'vitest';
import type { ConformanceCase } from '../case.ts';
import { bytesOf } from '../driver.ts';
import { type Site, settled, startSilence, startSite } from '../site.ts';

async function works(site: Site): Promise<void> {
	expect((await bytesOf(await site.client.request({ url: site.at('/bytes/5') }))).length).toBe(5);
}

export const abortCases: readonly ConformanceCase[] = [
	{
		name: 'C03 aborted before the start: nothing is sent',
		run: async (driver) => {
			await using site = await startSite(driver);
			const signal = AbortSignal.abort();
			await expect(site.client.request({ url: site.at('/echo'), signal })).rejects.toBeInstanceOf(Error);
			await works(site);
			expect(site.mirror.requests.map(({ path }) => path)).toEqual(['/bytes/5']);
		},
	},
	{
		name: 'C03 aborted in the turn of the call',
		run: async (driver) => {
			await using site = await startSite(driver);
			const controller = new AbortController();
			const outcome = site.client.request({ url: site.at('/hang'), signal: controller.signal });
			controller.abort();
			await expect(outcome).rejects.toBeInstanceOf(Error);
			await works(site);
			await settled(site);
		},
	},
	{
		name: 'C03 aborted in the TLS handshake: the connection is closed',
		run: async (driver) => {
			await using site = await startSite(driver);
			await using silence = await startSilence();
			const controller = new AbortController();
			const url = `https://127.0.0.1:${silence.port}/`;
			const outcome = site.client.request({ url, signal: controller.signal });
			const caught = outcome.then(
				() => undefined,
				(error: unknown) => error,
			);
			await silence.spokenTo;
			controller.abort();
			expect(await caught).toBeInstanceOf(Error);
			await silence.left;
			await works(site);
			await settled(site);
		},
	},
	{
		name: 'C03 aborted while waiting for the head: the server sees the stream go',
		run: async (driver) => {
			let gone = () => {};
			const left = new Promise<void>((resolve) => {
				gone = resolve;
			});
			await using site = await startSite(driver, {
				handler: (request) => {
					if (request.url.pathname === '/hang') request.signal.addEventListener('abort', gone);
					return undefined;
				},
			});
			const controller = new AbortController();
			const outcome = site.client.request({ url: site.at('/hang'), signal: controller.signal });
			const caught = outcome.then(
				() => undefined,
				(error: unknown) => error,
			);
			await site.mirror.waitForRequest(({ path }) => path === '/hang');
			controller.abort();
			expect(await caught).toBeInstanceOf(Error);
			await left;
			await works(site);
			await settled(site);
		},
	},
	{
		name: 'C03 aborted in the body: the reader gets an error, the server sees the stream go',
		needs: ['stream'],
		run: async (driver) => {
			let gone = () => {};
			const left = new Promise<void>((resolve) => {
				gone = resolve;
			});
			await using site = await startSite(driver, {
				handler: (request) => {
					if (request.url.pathname === '/hang/body') request.signal.addEventListener('abort', gone);
					return undefined;
				},
			});
			const controller = new AbortController();
			const response = await site.client.request({ url: site.at('/hang/body'), signal: controller.signal });
			const reading = (async () => {
				for await (const _chunk of response.body) controller.abort();
			})();
			await expect(reading).rejects.toBeInstanceOf(Error);
			await left;
			await works(site);
			await settled(site);
		},
	},
	{
		name: 'C03 aborted in the upload: the server sees the stream go',
		needs: ['upload-stream'],
		run: async (driver) => {
			let gone = () => {};
			const left = new Promise<void>((resolve) => {
				gone = resolve;
			});
			let start = () => {};
			const started = new Promise<void>((resolve) => {
				start = resolve;
			});
			await using site = await startSite(driver, {
				handler: async (request) => {
					if (request.method !== 'POST') return undefined;
					request.signal.addEventListener('abort', gone);
					for await (const _chunk of request.body) start();
					return { body: 'all' };
				},
			});
			const controller = new AbortController();
			const body = (async function* () {
				yield Buffer.from('first');
				await new Promise((resolve) => controller.signal.addEventListener('abort', resolve));
			})();
			const outcome = site.client.request({ url: site.at('/upload'), method: 'POST', body, signal: controller.signal });
			const caught = outcome.then(
				() => undefined,
				(error: unknown) => error,
			);
			await started;
			controller.abort();
			expect(await caught).toBeInstanceOf(Error);
			await left;
			await works(site);
			await settled(site);
		},
	},
	{
		name: 'C03 a hundred requests under one signal all stop, and a sibling on the connection lives',
		needs: ['stream'],
		run: async (driver) => {
			await using site = await startSite(driver);
			const controller = new AbortController();
			const sibling = await site.client.request({ url: site.at('/hang/body') });
			const outcomes = Array.from({ length: 100 }, () =>
				site.client.request({ url: site.at('/hang'), signal: controller.signal }).then(
					() => 'answered',
					() => 'stopped',
				),
			);
			await site.mirror.waitForRequest(({ path }) => path === '/hang');
			controller.abort();
			expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['stopped']));
			const first = await sibling.body[Symbol.asyncIterator]().next();
			expect(Buffer.from(first.value ?? []).toString()).toBe('x');
			await works(site);
		},
	},
	{
		name: 'C02 the limit of the client fires while the server is silent',
		needs: ['timeout'],
		run: async (driver) => {
			await using site = await startSite(driver);
			await expect(site.client.request({ url: site.at('/hang'), timeoutMs: 60 })).rejects.toBeInstanceOf(Error);
			await works(site);
			await settled(site);
		},
	},
];
