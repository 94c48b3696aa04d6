import { getProfile, type ProfileDocument } from '@wiretwin/profiles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, defineProfile, isWiretwinError, type SessionState } from '../src/index.ts';
import { type Site, startSite, www } from './support/site.ts';

const key = 'k'.repeat(32);

/** What an editor may put anywhere. */
const edits: Record<string, unknown> = {
	absent: undefined,
	null: null,
	true: true,
	zero: 0,
	negative: -1,
	huge: 1e308,
	'empty text': '',
	word: 'nope',
	equals: 'a=b',
	semicolon: 'a; domain=example.com',
	'line break': 'a\r\nb: c',
	NUL: '\0',
	long: 'x'.repeat(70_000),
	'beyond latin1': '\u{1f600}',
	list: [],
	'list of null': [null],
	object: {},
	__proto__: JSON.parse('{"__proto__":{"polluted":1}}'),
};

const forProfiles = ['absent', 'null', 'negative', 'word', 'line break', 'long', 'list of null', 'object', '__proto__'];

type Path = ReadonlyArray<string | number>;

/** Every value of a document, inner ones too. */
function pathsOf(value: unknown, path: Path = []): Path[] {
	if (typeof value !== 'object' || value === null) return [path];
	return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function edited(document: unknown, path: Path, value: unknown): unknown {
	const copy = structuredClone(document);
	if (path.length === 0) return value;
	const parent = path.slice(0, -1).reduce((inner, key) => (inner as Record<string, unknown>)[key], copy as unknown);
	const last = path.at(-1) as string;
	if (value === undefined) delete (parent as Record<string, unknown>)[last];
	else (parent as Record<string, unknown>)[last] = value;
	return copy;
}

async function failureOf(run: () => unknown): Promise<string | undefined> {
	try {
		await run();
		return undefined;
	} catch (error) {
		if (isWiretwinError(error) && error.code.startsWith('ERR_')) return undefined;
		return String((error as Error).stack ?? error)
			.split('\n', 2)
			.join(' ')
			.slice(0, 200);
	}
}

describe('N12 a state that somebody edited', () => {
	let site: Site;
	let state: SessionState;
	beforeAll(async () => {
		site = await startSite(({ url }) =>
			url.pathname === '/set'
				? {
						headers: [
							['set-cookie', 'plain=1'],
							['set-cookie', `wide=2; Domain=${www.slice(4)}; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=5000`],
							['set-cookie', '__Host-own=3; Path=/; Secure; SameSite=Strict'],
							['set-cookie', 'parted=4; Path=/; Secure; SameSite=None; Partitioned'],
							['accept-ch', 'Sec-CH-UA-Arch'],
						],
					}
				: undefined,
		);
		const session = site.session({ browser: 'chrome', stateKey: key });
		await (await session.fetch(site.at('/set'))).text();
		state = JSON.parse(JSON.stringify(await session.export())) as SessionState;
		expect([state.cookies.length, state.tickets.length > 100]).toEqual([4, true]);
	});
	afterAll(() => site[Symbol.asyncDispose]());

	it('is refused by the constructor, or all calls of the session go on as ever', async () => {
		const failures: string[] = [];
		for (const path of pathsOf(state)) {
			for (const [name, value] of Object.entries(edits)) {
				const failure = await failureOf(async () => {
					const session = createSession({ ...site.trust, state: edited(state, path, value) as string, stateKey: key });
					try {
						session.getAllCookies();
						session.getCookies(site.at('/'));
						await session.cookieHeader(site.at('/'));
						const again = await session.export();
						await createSession({ state: again, stateKey: key }).close();
					} finally {
						await session.close();
					}
				});
				if (failure !== undefined) failures.push(`${path.join('.')} ${name}: ${failure}`);
			}
		}
		expect(failures).toEqual([]);
		expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
	});

	it.each([
		['a 1 MB name', { key: 'x'.repeat(1_000_000) }],
		['a name with =', { key: 'a=b' }],
		['a name with a line break', { key: 'a\r\nb' }],
		['no value', { value: null }],
		['creation: nope', { creation: 'nope' }],
		['expires: nope', { expires: 'nope' }],
		['a host in capitals', { domain: 'WWW.mirror.test' }],
		['no host', { domain: 'a b' }],
		['a path with a semicolon', { path: '/; Domain=x' }],
		['no path', { path: 'x' }],
		['SameSite=None without Secure', { sameSite: 'none', secure: false }],
		['a prefix it does not keep', { key: '__Host-x', secure: false }],
		['a nameless prefix', { key: '', value: '__Host-x=1' }],
		['Partitioned without Secure', { extensions: ['Partitioned'], secure: false, sameSite: 'lax' }],
		['a partition that is no site', { partitionKey: 'nope' }],
		['secure: 1', { secure: 1 }],
		['null itself', null],
	])('refuses a cookie with %s, by its place', (_what, change) => {
		const [first, ...others] = state.cookies;
		const cookie = change === null ? null : { ...first, ...change };
		expect(() => createSession({ state: { ...state, cookies: [...others, cookie] as never } })).toThrow(
			expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('cookies[3]') }),
		);
	});

	it('drops what has expired, bounds what lives too long, and takes bytes', async () => {
		const [first] = state.cookies;
		const far = new Date(Date.now() + 900 * 86_400_000).toISOString();
		const cookies = [
			{ ...first, key: 'gone', expires: new Date(0).toISOString() },
			{ ...first, key: 'far', expires: far, creation: far },
		];
		const text = JSON.stringify({ ...state, tickets: '', cookies });
		await using session = createSession({ state: new TextEncoder().encode(text) });
		const [cookie, ...none] = session.getAllCookies();
		expect([cookie?.name, none]).toEqual(['far', []]);
		expect(cookie?.expiresAtMs).toBeLessThan(Date.now() + 401 * 86_400_000);
	});
});

describe('N12 a profile document that somebody edited', () => {
	it.each(['chrome', 'firefox'])('%s: defineProfile and the engine refuse it by name, or it works', async (name) => {
		const document = JSON.parse(JSON.stringify(getProfile(name).document)) as ProfileDocument;
		// Long lists have the same rule for each entry.
		const paths = pathsOf(document).filter((path) => path.every((part) => !/^\d+$/.test(String(part)) || part === '0'));
		const failures: string[] = [];
		for (const path of paths) {
			for (const edit of forProfiles) {
				const value = edits[edit];
				const failure = await failureOf(() => {
					const browser = defineProfile(edited(document, path, value) as object);
					const session = createSession({ browser });
					session.exchange({ url: 'http://127.0.0.1:9/' }, { onHead() {}, onError() {} }).abort();
					return session.close();
				});
				if (failure !== undefined) failures.push(`${path.join('.')} ${edit}: ${failure}`);
			}
		}
		expect(failures.slice(0, 20)).toEqual([]);
		expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
	});
});
