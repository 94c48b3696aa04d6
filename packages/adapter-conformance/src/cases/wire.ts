import { type ConnectionRecord, type Mirror, type RequestRecord, startMirror } from '@wiretwin/mirror';
import { expect } from 'vitest';
import { createSession, type ExchangeRequest, type SessionOptions } from 'wiretwin';
import type { ConformanceCase } from '../case.ts';
import { bytesOf, type ConformanceDriver } from '../driver.ts';
import { startSite, trusting } from '../site.ts';

type Seen = { request: RequestRecord; connection: ConnectionRecord };

async function seen(mirror: Mirror, path: string): Promise<Seen> {
	const request = await mirror.waitForRequest((each) => each.path === path);
	const connection = mirror.connections.find(({ id }) => id === request.connectionId);
	if (!connection) throw new Error('the connection was not recorded');
	return { request, connection };
}

/** The same GET by the client and by a bare exchange of the session, on one connection each. */
async function compare(
	driver: ConformanceDriver,
	sessionOptions: SessionOptions,
	mirror: Mirror,
): Promise<{ client: Seen; bare: Seen }> {
	const options = { ...trusting(mirror), ...sessionOptions };
	const path = '/nav/compared';
	await using first = createSession(options);
	const client = await driver.open(first, options);
	await bytesOf(await client.request({ url: `${mirror.url}${path}` }));
	const byClient = await seen(mirror, path);
	await client.close?.();
	await using second = createSession(options);
	mirror.reset();
	const equivalent = driver.equivalent?.(`${mirror.url}${path}`) ?? { kind: 'fetch' };
	await exchanged(second, { ...equivalent, url: `${mirror.url}${path}` });
	return { client: byClient, bare: await seen(mirror, path) };
}

function exchanged(session: ReturnType<typeof createSession>, request: ExchangeRequest): Promise<void> {
	return new Promise((resolve, reject) => {
		const exchange = session.exchange(request, {
			onHead: () => exchange.readAll().then(() => resolve(), reject),
			onError: reject,
		});
	});
}

const tlsFacts = ({ connection }: Seen) => [connection.fingerprints?.ja4, connection.akamai, connection.alpn];
const requestFacts = ({ request }: Seen) => [request.headers, request.priority, request.hpackRepresentations];

const fingerprints = (['chrome', 'firefox'] as const).flatMap((browser) => [
	{
		name: `${browser} over HTTP/2: JA4, HTTP/2 fingerprint, fields and their order are the session's own`,
		run: async (driver) => {
			await using mirror = await startMirror();
			const { client, bare } = await compare(driver, { browser }, mirror);
			expect(tlsFacts(client)).toEqual(tlsFacts(bare));
			expect(requestFacts(client)).toEqual(requestFacts(bare));
		},
	},
	{
		name: `${browser} over HTTP/1.1 in TLS: the head is the session's own, byte for byte`,
		run: async (driver) => {
			await using mirror = await startMirror({ protocols: ['http/1.1'] });
			const { client, bare } = await compare(driver, { browser }, mirror);
			expect(tlsFacts(client)).toEqual(tlsFacts(bare));
			expect(client.request.rawHead).toBe(bare.request.rawHead);
		},
	},
	{
		name: `${browser} over plain HTTP/1.1: the head is the session's own, byte for byte`,
		run: async (driver) => {
			await using mirror = await startMirror({ tls: false });
			const { client, bare } = await compare(driver, { browser }, mirror);
			expect(client.request.rawHead).toBe(bare.request.rawHead);
		},
	},
	{
		name: `${browser}: fields of the caller's stand where the browser puts them, and nothing names the client`,
		run: async (driver) => {
			await using mirror = await startMirror();
			const options = { ...trusting(mirror), browser };
			await using session = createSession(options);
			const client = await driver.open(session, options);
			const headers = { 'x-token': 'abc', accept: 'application/json' };
			await bytesOf(await client.request({ url: `${mirror.url}/nav/own`, headers }));
			const { request } = await seen(mirror, '/nav/own');
			await client.close?.();
			const fields = new Map(request.headers);
			expect([fields.get('x-token'), fields.get('accept')]).toEqual(['abc', 'application/json']);
			expect(fields.get('user-agent')).toMatch(/^Mozilla\/5\.0 /);
			expect(JSON.stringify(request.headers)).not.toMatch(
				/got|axios|node-fetch|superagent|needle|undici|ky\/|aws-sdk|octokit|crawlee/i,
			);
			const position = (name: string) => request.headers.findIndex(([field]) => field === name);
			expect(position('accept-encoding')).toBeGreaterThan(-1);
			expect(position('x-token')).toBeLessThan(position('sec-fetch-mode'));
		},
	},
]) satisfies ConformanceCase[];

const memory: readonly ConformanceCase[] = [
	{
		name: 'client hints that an origin asked the session for are sent by the client, in the place of the browser',
		needs: ['session'],
		run: async (driver) => {
			await using site = await startSite(driver, {
				session: { browser: 'chrome' },
				handler: ({ url }) =>
					url.pathname === '/ask' ? { headers: [['accept-ch', 'Sec-CH-UA-Arch, Sec-CH-UA-Model']] } : undefined,
			});
			await (await site.session.fetch(site.at('/ask'))).text();
			await bytesOf(await site.client.request({ url: site.at('/nav/hinted') }));
			const byClient = await seen(site.mirror, '/nav/hinted');
			const bare = { ...(driver.equivalent?.(site.at('/nav/bare')) ?? { kind: 'fetch' }), url: site.at('/nav/bare') };
			await exchanged(site.session, bare);
			const names = ({ request }: Seen) => request.headers.map(([name]) => name);
			expect(names(byClient)).toEqual(names(await seen(site.mirror, '/nav/bare')));
			expect(names(byClient)).toEqual(expect.arrayContaining(['sec-ch-ua-arch', 'sec-ch-ua-model']));
		},
	},
];

const pages: readonly ConformanceCase[] = [
	{
		name: 'bound to a page instead of a session it sends what that page sends',
		needs: ['session'],
		run: async (driver) => {
			await using mirror = await startMirror();
			const options = { ...trusting(mirror), browser: 'chromium' } as const;
			await using session = createSession(options);
			const page = await session.open('https://shop.example/cart?secret', { send: false });
			// An adapter takes either.
			const client = await driver.open(page as unknown as typeof session, options);
			await bytesOf(await client.request({ url: `${mirror.url}/nav/bound` }));
			const { request } = await seen(mirror, '/nav/bound');
			await client.close?.();
			const fields = new Map(request.headers);
			expect(fields.get('referer')).toBe('https://shop.example/');
			expect([fields.get('sec-fetch-site'), fields.get('sec-fetch-mode')]).toEqual(['cross-site', 'cors']);
		},
	},
];

export const wireCases: readonly ConformanceCase[] = [...fingerprints, ...memory, ...pages];
