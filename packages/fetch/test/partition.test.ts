import { type Mirror, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSession, type FetchInit, type Session } from 'wiretwin';

let mirror: Mirror;

beforeAll(async () => {
	mirror = await startMirror();
});

afterAll(async () => {
	await mirror.close();
});

type Host = 'www.mirror.test' | 'api.mirror.test' | 'other.example';

/** A session whose requests are told by the connection that each of them used, numbered in order of appearance. */
function sessionOf(browser: 'chromium' | 'firefox' | 'safari') {
	const resolve = Object.fromEntries(mirror.hosts.map((host) => [host, '127.0.0.1']));
	const session: Session = createSession({ browser, ca: mirror.caPem, trustStore: 'none', resolve });
	const numbers = new Map<number, number>();
	const send = async (host: Host, init: FetchInit & { from?: Host } = {}): Promise<number> => {
		const { from, ...rest } = init;
		const options = from ? { kind: 'fetch' as const, ...rest, referrer: `${mirror.urlFor(from)}/page` } : rest;
		await (await session.fetch(`${mirror.urlFor(host)}/anything`, options)).text();
		const connection = mirror.requests.at(-1)?.connectionId ?? 0;
		if (!numbers.has(connection)) numbers.set(connection, numbers.size + 1);
		return numbers.get(connection) as number;
	};
	return { session, send };
}

// What Chromium 156 and Firefox 153 did with the same requests: docs/internals/truth.md.
test('Chromium shares connections within a top-level site and credentials mode', async () => {
	const { session, send } = sessionOf('chromium');
	await using _ = session;
	expect(await send('www.mirror.test')).toBe(1);
	const from = 'www.mirror.test';
	expect(await send('other.example', { from, credentials: 'include' })).toBe(2);
	expect(await send('other.example', { from, credentials: 'omit' })).toBe(3);
	expect(await send('www.mirror.test', { from, credentials: 'omit' })).toBe(3);
	expect(await send('api.mirror.test', { from, credentials: 'omit' })).toBe(3);
	expect(await send('api.mirror.test', { from, credentials: 'include' })).toBe(1);
	expect(await send('other.example')).toBe(4);
	expect(await send('www.mirror.test', { from: 'other.example', credentials: 'include' })).toBe(5);
	expect(await send('api.mirror.test')).toBe(1);
	expect(await send('other.example', { from, kind: 'iframe' })).toBe(6);
	expect(await send('api.mirror.test', { from, kind: 'iframe' })).toBe(1);
	expect(await send('other.example', { from, credentials: 'include' })).toBe(2);
	expect(await send('other.example', { from, kind: 'iframe' })).toBe(6);
});

test('Chromium asks for a frame as of the site where it leads, whoever asks, a sandbox too', async () => {
	const { session, send } = sessionOf('chromium');
	await using _ = session;
	const page = `${mirror.urlFor('www.mirror.test')}/page`;
	const sandboxed = { kind: 'iframe' as const, initiator: { url: page, parent: page, opaque: true } };
	expect(await send('www.mirror.test')).toBe(1);
	expect(await send('www.mirror.test', { ...sandboxed, from: 'www.mirror.test' })).toBe(2);
	expect(await send('other.example', { from: 'www.mirror.test', credentials: 'include' })).toBe(2);
	expect(await send('other.example', { ...sandboxed, from: 'www.mirror.test' })).toBe(3);
});

test('Firefox shares connections within a top-level site, with credentials or without until one has carried two', async () => {
	const { session, send } = sessionOf('firefox');
	await using _ = session;
	expect(await send('www.mirror.test')).toBe(1);
	const from = 'www.mirror.test';
	expect(await send('other.example', { from, credentials: 'omit' })).toBe(2);
	expect(await send('other.example', { from, credentials: 'include' })).toBe(1);
	expect(await send('api.mirror.test', { from, credentials: 'omit' })).toBe(2);
	expect(await send('api.mirror.test', { from, credentials: 'include' })).toBe(2);
	expect(await send('other.example')).toBe(3);
	expect(await send('www.mirror.test', { from: 'other.example', credentials: 'include' })).toBe(3);
	expect(await send('api.mirror.test')).toBe(2);
});

test('a profile without known rules has a connection for each host and no partitions', async () => {
	const { session, send } = sessionOf('safari');
	await using _ = session;
	expect(await send('www.mirror.test')).toBe(1);
	expect(await send('api.mirror.test')).toBe(2);
	expect(await send('www.mirror.test', { from: 'other.example', credentials: 'omit' })).toBe(1);
});
