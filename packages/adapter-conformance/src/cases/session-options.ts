import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { gzipSync } from 'node:zlib';
import { noReply } from '@wiretwin/mirror';
import { expect } from 'vitest';
import type { RequestEvent } from 'wiretwin';
import type { ConformanceCase } from '../case.ts';
import { bytesOf, type ConformanceDriver, errorCodes, textOf } from '../driver.ts';
import { type Site, settled, startSite } from '../site.ts';

const protocols = ['h2', 'http/1.1'] as const;

/** Requests without a body in the answer, each way to have none. */
const bodyless: ReadonlyArray<readonly [method: string, path: string]> = [
	['HEAD', '/bytes/5'],
	['GET', '/status/204'],
	['GET', '/status/304'],
];

/** Types of the events of the request to `path`, in order, progress left out. */
function steps(events: readonly RequestEvent[], path: string): string[] {
	const own = events.filter(({ request }) => new URL(request.url).pathname === path);
	return own.map(({ type }) => type).filter((type) => type !== 'progress');
}

/** The end of the request to `path` has been told: events come a few turns after what the client sees. */
async function told(site: Site, events: readonly RequestEvent[], path: string): Promise<void> {
	await settled(site);
	for (let round = 0; !/^(done|error)$/.test(steps(events, path).at(-1) ?? ''); round++) {
		expect(round).toBeLessThan(200);
		await (await site.session.fetch(site.at('/bytes/1'))).text();
	}
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
	try {
		await work;
	} catch (error) {
		return error;
	}
	throw new Error('it did not fail');
}

/** What becomes of a request to `path`, body included, with every code that its failure has. */
async function codesOf(driver: ConformanceDriver, site: Site, path: string): Promise<string[] | 'hidden'> {
	const error = await failureOf(site.client.request({ url: site.at(path) }).then(bytesOf));
	return driver.lacks?.includes('error-codes') ? 'hidden' : errorCodes(error);
}

/** Where the clouds tell a machine its secrets. */
const metadata = 'http://169.254.169.254/latest/meta-data/';

async function expectDenied(driver: ConformanceDriver, site: Site, url: string): Promise<void> {
	const error = await failureOf(site.client.request({ url, follow: true }).then(bytesOf));
	if (!driver.lacks?.includes('error-codes')) expect(errorCodes(error)).toContain('ERR_ADDRESS_DENIED');
}

export const sessionOptionCases: readonly ConformanceCase[] = [
	{
		name: "N10 the session's defaultHeaders are sent; the request's own go before them",
		run: async (driver) => {
			await using site = await startSite(driver, {
				session: { defaultHeaders: { 'x-session': 'session', 'x-both': 'session' } },
			});
			const headers = { 'x-both': 'request', 'x-own': 'request' };
			await bytesOf(await site.client.request({ url: site.at('/echo'), headers }));
			const sent = site.mirror.requests.at(-1)?.headers.filter(([name]) => name.toLowerCase().startsWith('x-'));
			const fields = Object.fromEntries((sent ?? []).map(([name, value]) => [name.toLowerCase(), value]));
			expect(fields).toEqual({ 'x-session': 'session', 'x-both': 'request', 'x-own': 'request' });
			expect(sent).toHaveLength(3);
		},
	},
	{
		name: "N10 the session's timeout ends a request that nobody answers",
		run: async (driver) => {
			await using site = await startSite(driver, {
				handler: ({ url }) => (url.pathname === '/silent' ? noReply : undefined),
				session: { timeout: { head: 200 } },
			});
			const codes = await codesOf(driver, site, '/silent');
			if (codes !== 'hidden') expect(codes.some((code) => /^(ERR_TIMEOUT_HEAD|ETIMEDOUT)$/.test(code))).toBe(true);
		},
	},
	{
		name: "N10 the session's denyPrivateAddresses holds",
		run: async (driver) => {
			await using site = await startSite(driver, { session: { denyPrivateAddresses: { allow: ['127.0.0.1'] } } });
			await expectDenied(driver, site, metadata);
			expect(await bytesOf(await site.client.request({ url: site.at('/bytes/1') }))).toHaveLength(1);
		},
	},
	{
		name: "N10 the session's denyPrivateAddresses holds behind a redirect",
		needs: ['redirects'],
		run: async (driver) => {
			await using site = await startSite(driver, { session: { denyPrivateAddresses: { allow: ['127.0.0.1'] } } });
			await expectDenied(driver, site, `${site.at('/redirect/302')}?to=${encodeURIComponent(metadata)}`);
			expect(site.mirror.requests).toHaveLength(1);
		},
	},
	{
		name: "N10 the session's maxResponseBytes bounds a body",
		run: async (driver) => {
			await using site = await startSite(driver, { session: { maxResponseBytes: 1000 } });
			expect(await bytesOf(await site.client.request({ url: site.at('/bytes/1000') }))).toHaveLength(1000);
			const codes = await codesOf(driver, site, '/stream/5000');
			if (codes !== 'hidden') {
				// node-fetch looks at the connection only.
				expect(codes.some((code) => /^(ERR_BODY_TOO_LARGE|ERR_STREAM_PREMATURE_CLOSE)$/.test(code))).toBe(true);
			}
			await settled(site);
		},
	},
	{
		name: "N10 the session's maxResponseBytes bounds what a coded body becomes",
		run: async (driver) => {
			const bomb = gzipSync(Buffer.alloc(100_000));
			const headers: Array<[string, string]> = [
				['content-type', 'text/plain'],
				['content-encoding', 'gzip'],
				['content-length', String(bomb.byteLength)],
			];
			await using site = await startSite(driver, {
				handler: ({ url }) => (url.pathname === '/bomb' ? { headers, body: bomb } : undefined),
				session: { maxResponseBytes: 10_000 },
			});
			const codes = await codesOf(driver, site, '/bomb');
			if (codes !== 'hidden') {
				expect(codes.some((code) => /^(ERR_BODY_TOO_LARGE|ERR_STREAM_PREMATURE_CLOSE)$/.test(code))).toBe(true);
			}
			await settled(site);
		},
	},
	{
		name: 'N10 onRequestEvent and the diagnostics channels tell each step',
		run: async (driver) => {
			const heard: RequestEvent[] = [];
			const published: RequestEvent[] = [];
			const types = ['start', 'connected', 'head', 'progress', 'done', 'error'] as const;
			const listener = (event: unknown) => void published.push(event as RequestEvent);
			for (const type of types) subscribe(`wiretwin:request:${type}`, listener);
			try {
				await using site = await startSite(driver, { session: { onRequestEvent: (event) => heard.push(event) } });
				expect(channel('wiretwin:request:start').hasSubscribers).toBe(true);
				const url = site.at('/bytes/7');
				await bytesOf(await site.client.request({ url }));
				await told(site, heard, '/bytes/7');
				expect(steps(heard, '/bytes/7')).toEqual(['start', 'connected', 'head', 'done']);
				const own = heard.filter(({ request }) => request.url === url);
				expect(new Set(own.map(({ id }) => id)).size).toBe(1);
				expect(own.find(({ type }) => type === 'head')).toMatchObject({ status: 200, request: { method: 'GET' } });
				expect(own.find(({ type }) => type === 'done')).toMatchObject({ bytes: 7 });
				expect(published.filter(({ request }) => request.url === url)).toEqual(own);
			} finally {
				for (const type of types) unsubscribe(`wiretwin:request:${type}`, listener);
			}
		},
	},
	{
		name: 'N10 events find the AsyncLocalStorage of whoever made the request',
		run: async (driver) => {
			const storage = new AsyncLocalStorage<string>();
			const stores: Array<readonly [path: string, type: string, store: string | undefined]> = [];
			const events: RequestEvent[] = [];
			await using site = await startSite(driver, {
				session: {
					onRequestEvent: (event) => {
						events.push(event);
						const { pathname } = new URL(event.request.url);
						if (pathname !== '/bytes/1') stores.push([pathname, event.type, storage.getStore()]);
					},
				},
			});
			// The second finds the connection of the first.
			for (const path of ['/bytes/5', '/bytes/6']) {
				await storage.run(path, async () => bytesOf(await site.client.request({ url: site.at(path) })));
				await told(site, events, path);
			}
			expect(stores.map(([path]) => path)).toContain('/bytes/6');
			expect(stores.filter(([path, , store]) => store !== path)).toEqual([]);
		},
	},
	{
		name: 'N10 onRequestEvent tells of a failure, once',
		run: async (driver) => {
			const events: RequestEvent[] = [];
			await using site = await startSite(driver, {
				handler: ({ url, control }) => {
					if (url.pathname !== '/gone') return undefined;
					control.destroy();
					return noReply;
				},
				session: { onRequestEvent: (event) => events.push(event) },
			});
			await failureOf(site.client.request({ url: site.at('/gone'), method: 'POST', body: 'x' }).then(bytesOf));
			await told(site, events, '/gone');
			expect(steps(events, '/gone').at(-1)).toBe('error');
			expect(steps(events, '/gone').filter((type) => type === 'error' || type === 'done')).toHaveLength(1);
		},
	},
	{
		name: 'N10 the HTTP archive of the session has the request',
		needs: ['session'],
		run: async (driver) => {
			await using site = await startSite(driver, { session: { har: true } });
			await textOf(await site.client.request({ url: site.at('/bytes/7') }));
			const entry = site.session.har().log.entries.find(({ request }) => request.url.endsWith('/bytes/7'));
			expect(entry).toMatchObject({ request: { method: 'GET' }, response: { status: 200, content: { size: 7 } } });
		},
	},
	...protocols.map(
		(protocol): ConformanceCase => ({
			name: `N09 events of answers without a body come in order over ${protocol}`,
			run: async (driver) => {
				const events: RequestEvent[] = [];
				await using site = await startSite(driver, {
					mirror: { protocols: [protocol] },
					session: { onRequestEvent: (event) => events.push(event) },
				});
				for (const [method, path] of bodyless) {
					events.length = 0;
					await bytesOf(await site.client.request({ url: site.at(path), method }));
					await told(site, events, path);
					expect(steps(events, path)).toEqual(['start', 'connected', 'head', 'done']);
				}
			},
		}),
	),
];
