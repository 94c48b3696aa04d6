import { type Mirror, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSession, type FetchInit } from 'wiretwin';

let mirror: Mirror;

beforeAll(async () => {
	mirror = await startMirror({
		handler: ({ url }) => (url.pathname === '/moved' ? { status: 302, headers: [['location', '/echo']] } : undefined),
	});
});

afterAll(async () => {
	await mirror.close();
});

/** Whether the stream of a redirect was reset before the request that follows it. */
async function isReset(browser: 'chrome' | 'firefox', init: FetchInit): Promise<boolean> {
	mirror.reset();
	await using session = createSession({ browser, ca: mirror.caPem, trustStore: 'none' });
	await (await session.fetch(`${mirror.url}/moved`, init)).text();
	const [moved, followed] = mirror.requests;
	const frames = mirror.connections[0]?.frames ?? [];
	const at = (type: string, stream: number | null | undefined) =>
		frames.findIndex((frame) => frame.type === type && frame.stream === stream);
	const reset = at('RST_STREAM', moved?.streamId);
	expect(at('HEADERS', followed?.streamId)).toBeGreaterThan(reset);
	return reset >= 0;
}

// What Chromium 156 did with the same requests: docs/internals/truth.md.
const cases: ReadonlyArray<[name: string, kept: boolean, init: FetchInit]> = [
	['a navigation', true, {}],
	['fetch()', true, { kind: 'fetch', cache: 'reload' }],
	['a form', true, { method: 'POST', body: new URLSearchParams('a=b') }],
	['a range', true, { kind: 'fetch', headers: { range: 'bytes=0-3' } }],
	['cache: no-store', false, { kind: 'fetch', cache: 'no-store' }],
	['a condition of its own', false, { kind: 'fetch', headers: { 'If-None-Match': '"x"' } }],
	['POST by fetch()', false, { kind: 'fetch', method: 'POST', body: 'x' }],
	['DELETE', false, { kind: 'fetch', method: 'DELETE' }],
	['HEAD', false, { kind: 'fetch', method: 'HEAD' }],
];

test.each(cases)('a redirect of %s is reset as Chromium does: %s', async (_name, kept, init) => {
	expect(await isReset('chrome', init)).toBe(kept);
});

test('Firefox resets none', async () => {
	expect(await isReset('firefox', {})).toBe(false);
});
