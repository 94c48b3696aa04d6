// A cache of the caller's asks as the browser's own does; compared live in truth/src/scenarios/stored.ts.
import { type Mirror, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSession, type FetchInit, type Validators } from 'wiretwin';

let mirror: Mirror;

beforeAll(async () => {
	mirror = await startMirror({
		handler: ({ url, header }) => {
			if (url.pathname === '/moved') return { status: 302, headers: [['location', '/kept']] };
			return header('if-none-match') ? { status: 304, headers: [['etag', '"v1"']] } : { body: 'new' };
		},
	});
});

afterAll(async () => {
	await mirror.close();
});

const validators: Validators = { etag: '"v1"', lastModified: 'Sun, 30 Nov 2025 00:00:00 GMT' };
const sessionOf = (browser: 'chromium' | 'firefox') => createSession({ browser, ca: mirror.caPem, trustStore: 'none' });
const names = () => mirror.requests.at(-1)?.headers.map(([name]) => name) ?? [];

describe('validators', () => {
	test('stand where the browser puts them, with nothing of a cache mode beside them', async () => {
		await using chromium = sessionOf('chromium');
		const answer = await chromium.fetch(`${mirror.url}/kept`, { kind: 'fetch', validators });
		expect([answer.status, await answer.text()]).toEqual([304, '']);
		expect(names().slice(-4)).toEqual(['accept-language', 'if-none-match', 'if-modified-since', 'priority']);
		expect(names()).not.toContain('cache-control');
		await (await chromium.fetch(`${mirror.url}/kept`, { kind: 'image', validators })).text();
		const at = names().indexOf('accept');
		expect(names().slice(at + 1, at + 4)).toEqual(['if-none-match', 'if-modified-since', 'sec-fetch-site']);
		await using firefox = sessionOf('firefox');
		await (await firefox.fetch(`${mirror.url}/kept`, { kind: 'fetch', validators })).text();
		expect(names().slice(-4)).toEqual(['if-modified-since', 'if-none-match', 'priority', 'te']);
	});

	test('one is enough, and a redirect asks without', async () => {
		await using session = sessionOf('chromium');
		await (await session.fetch(`${mirror.url}/kept`, { validators: { etag: '"v1"' } })).text();
		expect(names()).not.toContain('if-modified-since');
		expect(await (await session.fetch(`${mirror.url}/moved`, { validators: { lastModified: 'x' } })).text()).toBe(
			'new',
		);
		expect(names()).not.toContain('if-modified-since');
	});

	// Chromium resets the stream when its cache has got what it asked for; what the page keeps, the page has asked for.
	test.each<['chromium' | 'firefox', FetchInit, boolean]>([
		['chromium', { validators }, true],
		['chromium', { kind: 'fetch', validators }, true],
		['chromium', { kind: 'image', validators }, false],
		['chromium', { kind: 'fetch', headers: { 'if-none-match': '"v1"' } }, false],
		['firefox', { validators }, false],
	])('%s lets go of a 304 to %j by its head: %s', async (browser, init, expected) => {
		mirror.reset();
		await using session = sessionOf(browser);
		for (const each of [init, {}]) await (await session.fetch(`${mirror.url}/kept`, each)).text();
		const frames = mirror.connections.flatMap((connection) => connection.frames);
		const ofFirst = frames.filter(({ stream }) => stream === mirror.requests[0]?.streamId).map(({ type }) => type);
		expect(ofFirst.includes('RST_STREAM')).toBe(expected);
	});

	test('Firefox asks for an image again without saying that it comes piece by piece', async () => {
		await using session = sessionOf('firefox');
		for (const init of [{}, { validators }]) {
			await (await session.fetch(`${mirror.url}/kept`, { kind: 'image', ...init })).text();
		}
		const priorities = mirror.requests.slice(-2).map(({ headers }) => new Map(headers).get('priority'));
		expect(priorities).toEqual(['u=5, i', 'u=5']);
	});

	test.each<[string, unknown]>([
		['nothing', {}],
		['text', '"v1"'],
		['an empty etag', { etag: '' }],
		['a number', { lastModified: 5 }],
		['an unknown name', { etag: '"v1"', lastModifed: 'x' }],
		['a line break', { etag: '"v\r\nx: 1"' }],
	])('%s is refused before a byte is sent', async (_, wrong) => {
		await using session = sessionOf('chromium');
		const before = mirror.requests.length;
		const call = session.fetch(`${mirror.url}/kept`, { validators: wrong } as FetchInit);
		await expect(call).rejects.toMatchObject({ phase: 'input' });
		expect(mirror.requests.length).toBe(before);
	});
});
