// What servers, states and other transports can do to what a session remembers.
import { createHash } from 'node:crypto';
import type { MirrorRequest } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, createTransport } from '../src/index.ts';
import { MemoryAnswers } from '../src/memory/http-cache/answer-store.ts';
import { field, type Site, startSite } from './support/site.ts';

/** Fields as the query says, those of a 304 behind `_304`, and what `x-own` of the request says as the body. */
function answer({ url, header }: MirrorRequest) {
	const named = [...url.searchParams].filter(([name]) => !name.startsWith('_')) as Array<[string, string]>;
	const etag = url.searchParams.get('etag');
	if (etag === null || header('if-none-match') !== etag) return { headers: named, body: `of ${header('x-own') ?? ''}` };
	const changed = [...new URLSearchParams(url.searchParams.get('_304') ?? '')] as Array<[string, string]>;
	const rest = named.filter(([name]) => !changed.some(([other]) => other === name));
	return { status: 304, headers: [...rest, ...changed] };
}

let site: Site;
beforeAll(async () => {
	site = await startSite(answer);
});
afterAll(() => site[Symbol.asyncDispose]());

const at = (path: string, fields: Record<string, string>) => site.at(`${path}?${new URLSearchParams(fields)}`);
const fresh = { 'cache-control': 'max-age=100' };
const times = (path: string) => site.mirror.requests.filter((request) => request.path.startsWith(`${path}?`)).length;

describe('the state of a session', () => {
	it.each([
		['a protocol', `h3="one.test:443", ${'a'.repeat(300)}="two.test:443"`],
		['a host', `h3="one.test:443", h3="${'a'.repeat(300)}:443"`],
	])('can be read again, whatever a server has said: %s of Alt-Svc that is too long', async (_, value) => {
		const one = site.session();
		await (await one.fetch(at('/alternatives', { 'alt-svc': value }))).text();
		const state = await one.export();
		expect(state.altSvc?.flatMap(({ alternatives }) => alternatives.map(({ host }) => host))).toEqual(['one.test']);
		await createSession({ state }).close();
	});

	it('brings no browser what it does not know', async () => {
		const one = site.session();
		await (await one.fetch(at('/strict', { 'strict-transport-security': 'max-age=1000' }))).text();
		const state = await one.export();
		expect(state.hsts).toHaveLength(1);
		const other = site.session({ state, browser: 'okhttp', os: 'android' });
		expect((await other.export()).hsts).toEqual([]);
	});
});

describe('what came over a transport that believes others', () => {
	it('is shown to nobody else, nor is it a dictionary', async () => {
		const one = site.session({ cache: true });
		await using believing = createTransport({ insecure: true, trustStore: 'none', resolve: site.trust.resolve });
		const url = at('/poisoned', { ...fresh, 'use-as-dictionary': 'match="/poisoned"' });
		const ask = async (own: string, transport = one.transport) => {
			const response = await one.fetch(url, { transport, headers: { 'x-own': own } });
			return [await response.text(), response.fromCache];
		};
		expect(await ask('him', believing)).toEqual(['of him', undefined]);
		expect(await ask('me')).toEqual(['of me', undefined]);
		expect(field(site.mirror.requests.at(-1), 'available-dictionary')).toBeUndefined();
		expect(await ask('him again', believing)).toEqual(['of him', 'fresh']);
		await using alike = createTransport({ ...site.trust });
		expect(await ask('me again', alike)).toEqual(['of me', 'fresh']);
	});

	it('is not asked for where only what is kept may be shown', async () => {
		const one = site.session({ cache: true });
		const init = { cache: 'only-if-cached', mode: 'same-origin', decompress: false } as const;
		await expect(one.fetch(at('/nothing', fresh), init)).rejects.toMatchObject({ code: 'ERR_NOT_CACHED' });
		expect(times('/nothing')).toBe(0);
	});
});

describe('a 304', () => {
	it('says for whom the answer is from there on', async () => {
		const one = site.session({ cache: true });
		const later = new URLSearchParams({ ...fresh, vary: 'x-own' }).toString();
		const url = at('/varied', { 'cache-control': 'no-cache', etag: '"a"', _304: later });
		const ask = async (own: string) => {
			const response = await one.fetch(url, { headers: { 'x-own': own } });
			await response.text();
			return response.fromCache;
		};
		expect([await ask('a'), await ask('a'), await ask('a'), await ask('b')]).toEqual([
			undefined,
			'revalidated',
			'fresh',
			'revalidated',
		]);
	});

	it('that forbids it to be kept is obeyed', async () => {
		const one = site.session({ cache: true });
		const url = at('/private', { 'cache-control': 'no-cache', etag: '"a"', _304: 'cache-control=no-store' });
		await (await one.fetch(url)).text();
		expect((await one.fetch(url)).fromCache).toBe('revalidated');
		await expect(one.fetch(url, { cache: 'only-if-cached', mode: 'same-origin' })).rejects.toMatchObject({
			code: 'ERR_NOT_CACHED',
		});
	});
});

describe('a kept answer', () => {
	it('is no longer than the caller takes', async () => {
		const one = site.session({ cache: true });
		const url = at('/long', fresh);
		await (await one.fetch(url, { headers: { 'x-own': 'a'.repeat(100) } })).text();
		const read = async (maxResponseBytes: number) => (await one.fetch(url, { maxResponseBytes })).text();
		await expect(read(50)).rejects.toMatchObject({ code: 'ERR_BODY_TOO_LARGE', phase: 'body' });
		expect(await read(103)).toHaveLength(103);
		expect(times('/long')).toBe(1);
	});
});

describe('what was forgotten', () => {
	it('does not come back with bodies that are on their way', async () => {
		const one = site.session({ cache: true });
		const url = at('/late', { ...fresh, 'use-as-dictionary': 'match="/late*"' });
		const late = await one.fetch(url, { headers: { 'x-own': 'me' } });
		one.forget();
		await late.text();
		expect((await one.fetch(url)).fromCache).toBeUndefined();
		expect(field(site.mirror.requests.at(-1), 'available-dictionary')).toBeUndefined();
	});
});

describe('the room of the cache', () => {
	it('has the names of what is kept in it, however long a server makes them', () => {
		const answers = new MemoryAnswers(1_000_000);
		const facts = {
			status: 301,
			reason: '',
			httpVersion: '2',
			varied: undefined,
			freshUntil: 0,
			staleUntil: 0,
		} as const;
		const names = Array.from(
			{ length: 20 },
			(_, index) => `${createHash('sha256').update(`${index}`).digest('hex')} ${'a'.repeat(100_000)}`,
		);
		for (const name of names) answers.keep(name, { ...facts, rawHeaders: [], body: new Uint8Array(0) });
		expect(names.filter((name) => answers.find(name) !== undefined)).toHaveLength(9);
	});
});
