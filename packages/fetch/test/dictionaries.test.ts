import { createHash } from 'node:crypto';
import { type Mirror, type MirrorRequest, dictionarySample as sample, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, type FetchInit, type SessionOptions } from '../src/index.ts';
import { DictionaryMemory } from '../src/memory/dictionaries/dictionary-memory.ts';
import { compileMatch, maxWork } from '../src/memory/dictionaries/match-pattern.ts';
import { readTerms } from '../src/memory/dictionaries/use-as-dictionary.ts';

/** Longer than what rides inside the packed commands; its last words are in `long`. */
const longDictionary = 'hello dictionary '.repeat(2000);
const long = new Uint8Array(
	Buffer.from('XipNGCAAAABOUPNer8M2+pAnqcZQh7bvD8TE1P68MColZIplcCeR+yi1L/1g2IOFAABAYW5kIG1vcmUBAM2Eoisg', 'base64'),
);

const host = 'www.mirror.test';
let mirror: Mirror;
beforeAll(async () => {
	mirror = await startMirror({
		handler: ({ url }: MirrorRequest) => {
			const fields = [...url.searchParams].filter(([name]) => !name.startsWith('_')) as Array<[string, string]>;
			const headers: Array<[string, string]> = [['content-type', 'text/plain'], ...fields];
			const coding = url.searchParams.get('content-encoding');
			if (coding !== null) return { headers, body: url.searchParams.has('_long') ? long : sample[coding as 'dcb'] };
			return { headers, body: url.searchParams.has('_long') ? longDictionary : sample.dictionary };
		},
	});
});
afterAll(() => mirror.close());

const fresh = 'cache-control=max-age%3D100';
const dictionary = (match: string, more = fresh) =>
	`use-as-dictionary=${encodeURIComponent(`match="${match}", id="a \\"b\\""`)}&${more}`;
const at = (path: string, query = '', name = host) => `${mirror.urlFor(name)}${path}?${query}`;
const session = (options: SessionOptions = {}) => {
	const resolve = { [host]: '127.0.0.1', 'api.mirror.test': '127.0.0.1', 'other.example': '127.0.0.1' };
	const trust = { ca: mirror.caPem, trustStore: 'none', resolve } as const;
	return createSession({ browser: 'chrome_156', ...trust, cache: true, ...options });
};
const hash = (text: string) => `:${createHash('sha256').update(text).digest('base64')}:`;
/** What the last request for a path said it has. */
function said(path: string, name = 'available-dictionary'): string | undefined {
	const request = mirror.requests.findLast((each) => each.path.startsWith(`${path}?`));
	return request?.headers.find(([field]) => field === name)?.[1];
}

describe('an answer that is a dictionary', () => {
	it('is named by later requests, which both codings are decoded for', async () => {
		await using one = session();
		await (await one.fetch(at('/a/dictionary', dictionary('/a/*')))).text();
		for (const coding of ['dcb', 'dcz']) {
			const answer = await one.fetch(at('/a/data', `content-encoding=${coding}&cache-control=no-store`));
			expect(await answer.text()).toBe(sample.body);
			expect(said('/a/data')).toBe(hash(sample.dictionary));
			expect(said('/a/data', 'dictionary-id')).toBe('"a \\"b\\""');
			expect(said('/a/data', 'accept-encoding')).toBe('gzip, deflate, br, zstd, dcb, dcz');
		}
		await (await one.fetch(at('/b/data'))).text();
		expect(said('/b/data')).toBeUndefined();
		expect(said('/b/data', 'accept-encoding')).toBe('gzip, deflate, br, zstd');
	});

	it('may be long, and is read as a stream', async () => {
		await using one = session();
		const first = await one.fetch(at('/long/dictionary', dictionary('/long/*', `${fresh}&_long`)));
		for await (const _ of first.body ?? []);
		for (let turn = 0; turn < 3; turn++) {
			const answer = await one.fetch(
				at('/long/data', `content-encoding=dcz&_long&cache-control=no-store&turn=${turn}`),
			);
			expect(await answer.text()).toBe(`${longDictionary}and more`);
		}
	});

	it('is none if its body is given up', async () => {
		await using one = session();
		const answer = await one.fetch(at('/given-up/dictionary', dictionary('/given-up/*')));
		await answer.body?.cancel();
		await (await one.fetch(at('/given-up/data'))).text();
		expect(said('/given-up/data')).toBeUndefined();
	});

	it('fails an answer for another one', async () => {
		await using one = session();
		await (await one.fetch(at('/other/dictionary', dictionary('/other/*', `${fresh}&_long`)))).text();
		const answer = await one.fetch(at('/other/data', 'content-encoding=dcb'));
		await expect(answer.text()).rejects.toMatchObject({ code: 'ERR_DECODE_DCB', phase: 'body' });
	});

	it.each([
		['without a cache', { cache: false }],
		['where they are switched off', { memory: { dictionaries: false } }],
		['in a browser that has none', { browser: 'firefox_153' }],
		['in a release before them', { browser: 'chrome_129' }],
		['without decoding', { decompress: false }],
	] as const)('is none %s', async (name, options) => {
		await using one = session(options);
		const path = `/none/${name.replaceAll(' ', '-')}`;
		await (await one.fetch(at(`${path}/dictionary`, dictionary(`${path}/*`)))).text();
		await (await one.fetch(at(`${path}/data`))).text();
		expect(said(`${path}/data`)).toBeUndefined();
	});

	it('is not named beside codings of the caller', async () => {
		await using one = session();
		await (await one.fetch(at('/own/dictionary', dictionary('/own/*')))).text();
		await (await one.fetch(at('/own/data'), { headers: { 'accept-encoding': 'gzip' } })).text();
		expect(said('/own/data')).toBeUndefined();
	});

	it('belongs to the origin that asked, on this site', async () => {
		await using one = session();
		const load = (path: string, query: string, name: string, init: FetchInit) =>
			one.fetch(at(path, query, name), { kind: 'fetch', ...init }).then((answer) => answer.text());
		const [www, api] = [mirror.urlFor(host), mirror.urlFor('api.mirror.test')];
		const open = `access-control-allow-origin=*&${fresh}`;
		await load('/p/dictionary', dictionary('/p/*', open), 'api.mirror.test', { initiator: www });
		await load('/p/one', '', 'api.mirror.test', { initiator: www });
		await load('/p/two', '', 'api.mirror.test', { initiator: api });
		expect([said('/p/one'), said('/p/two')]).toEqual([hash(sample.dictionary), undefined]);
		// Not shared with the page by CORS.
		await load('/q/dictionary', dictionary('/q/*'), 'api.mirror.test', { initiator: www });
		await load('/q/one', '', 'api.mirror.test', { initiator: www });
		expect(said('/q/one')).toBeUndefined();
	});

	it.each([
		['"cookies"', undefined],
		['"cache"', undefined],
		['"*"', undefined],
		['"storage"', hash(sample.dictionary)],
	])('goes with Clear-Site-Data: %s as in the browser', async (types, left) => {
		await using one = session();
		await (await one.fetch(at('/c/dictionary', dictionary('/c/*')))).text();
		await (await one.fetch(at('/clear', `clear-site-data=${encodeURIComponent(types)}`))).text();
		await (await one.fetch(at('/c/data'))).text();
		expect(said('/c/data')).toBe(left);
	});

	it('is forgotten on demand, and shared with forks', async () => {
		await using one = session();
		await (await one.fetch(at('/f/dictionary', dictionary('/f/*')))).text();
		await using fork = one.fork();
		await (await fork.fetch(at('/f/one'))).text();
		expect(said('/f/one')).toBe(hash(sample.dictionary));
		one.forget('dictionaries');
		await (await fork.fetch(at('/f/two'))).text();
		expect(said('/f/two')).toBeUndefined();
	});
});

describe('DictionaryMemory', () => {
	const url = new URL('https://a.test/x/dictionary');
	const later = Date.now() + 1_000_000;
	const learn = (memory: DictionaryMemory, match: string, length: number) =>
		memory.learn('p', url, [`match="${match}"`], later, new Uint8Array(length));

	it('has no more than its share of the room, and lets the oldest go', () => {
		const memory = new DictionaryMemory(20_000);
		for (const name of ['one', 'two', 'three']) learn(memory, `/x/${name}`, 4_000);
		const found = ['one', 'two', 'three'].map((name) => memory.find('p', new URL(`https://a.test/x/${name}`), ''));
		expect(found.map((each) => each?.match)).toEqual([undefined, '/x/two', '/x/three']);
		learn(memory, '/x/*', 10_001);
		expect(memory.find('p', new URL('https://a.test/x/four'), '')).toBeUndefined();
	});

	it('has a hundred of an origin', () => {
		const memory = new DictionaryMemory(10_000_000);
		for (let index = 0; index < 150; index++) learn(memory, `/x/${index}`, 10);
		const found = (index: number) => memory.find('p', new URL(`https://a.test/x/${index}`), '') !== undefined;
		expect([found(49), found(50), found(149)]).toEqual([false, true, true]);
	});

	it('forgets what has expired, and what has been renewed no sooner', () => {
		let now = 1000;
		const memory = new DictionaryMemory(10_000, () => now);
		memory.learn('p', url, ['match="/x/*"'], 2000, new Uint8Array(10));
		now = 1999;
		memory.renew('p', url, ['match="/x/*"'], 3000);
		now = 2999;
		expect(memory.find('p', url, '')).toBeDefined();
		now = 3000;
		expect(memory.find('p', url, '')).toBeUndefined();
	});
});

describe('a pattern', () => {
	const base = new URL('https://a.test/x/dictionary?q');

	it('costs no more than its length and that of the URL', () => {
		const stars = `/x/${'*a'.repeat(400)}`;
		const matches = compileMatch(stars, base);
		const target = new URL(`https://a.test/x/${'a'.repeat(3_900)}b`);
		const work = { left: maxWork };
		expect(matches?.(target, work)).toBe(false);
		// With none left the rest is not looked at, and what would fit does not.
		const repeated = compileMatch('/x/{a}*{aa}*{aaa}*{aaaa}*b', base);
		for (let count = 0; count < 100; count++) expect(repeated?.(target, work)).toBe(false);
		expect(work.left).toBeGreaterThan(-100 * 4 * target.href.length);
		expect(repeated?.(new URL('https://a.test/x/aaab'), { left: maxWork })).toBe(true);
		expect(compileMatch(`/${'{*a}+'.repeat(5)}`, base)).toBeUndefined();
		expect(compileMatch(`/${'a'.repeat(1024)}`, base)).toBeUndefined();
		expect(compileMatch('/x/*', base)?.(new URL(`https://a.test/x/${'a'.repeat(5_000)}`), { left: maxWork })).toBe(
			false,
		);
	});

	it.each(['match="', 'match="a" "b"', 'match=("a"', 'match="a";', 'match="a", ,id="b"', 'match="a"x', '=', '"'])(
		'is none in a malformed field: %s',
		(field) => expect(readTerms([field], base)).toBeUndefined(),
	);
});
