import { execFileSync, spawn } from 'node:child_process';
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { lstat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Mirror, type MirrorRequest, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fileCache } from '../src/file-cache/index.ts';
import { type CacheStore, createSession, type SessionOptions } from '../src/index.ts';
import { decodeAnswer, encodeAnswer } from '../src/memory/http-cache/answer-codec.ts';
import { OutsideAnswers } from '../src/memory/http-cache/outside-answers.ts';
import type { StoredAnswer } from '../src/memory/http-cache/stored-answer.ts';

const host = 'www.mirror.test';
const MiB = 1024 * 1024;
let mirror: Mirror;
let root: string;
beforeAll(async () => {
	root = mkdtempSync(join(tmpdir(), 'wiretwin-file-cache-'));
	mirror = await startMirror({
		handler: ({ url, header }: MirrorRequest) => {
			const headers = [...url.searchParams] as Array<[string, string]>;
			if (url.pathname === '/secret') headers.push(['set-cookie', 'set=secret1']);
			if (header('if-none-match') === '"a"') return { status: 304, headers };
			return { headers, body: `body of ${url.pathname}` };
		},
	});
});
afterAll(async () => {
	await mirror.close();
	rmSync(root, { recursive: true, force: true });
});

const at = (path: string, query = 'cache-control=max-age%3D100', name = host) =>
	`${mirror.urlFor(name)}${path}?${query}`;
const asked = (path: string) => mirror.requests.filter((request) => request.path.startsWith(`${path}?`)).length;
const trust = () => ({
	browser: 'chrome_156',
	ca: mirror.caPem,
	trustStore: 'none' as const,
	resolve: { [host]: '127.0.0.1', 'api.mirror.test': '127.0.0.1' },
});
/** A session that keeps answers in a folder; another one with the same folder is the same browser on another day. */
const session = (folder: string, options: SessionOptions = {}) =>
	createSession({ ...trust(), cache: { store: fileCache(join(root, folder)) }, ...options });
const visit = async (folder: string, url: string, options: SessionOptions = {}) => {
	const one = session(folder, options);
	const response = await one.fetch(url);
	const seen = [response.fromCache, await response.text()];
	await one.close();
	return seen;
};
const filesOf = (folder: string) => readdirSync(join(root, folder)).map((name) => join(root, folder, name));
const onlyFileOf = (folder: string): string => {
	const [file, ...more] = filesOf(folder);
	if (file === undefined || more.length > 0) throw new Error(`not one file in ${folder}`);
	return file;
};
const key = 'https://a.example site https://a.example/';
const answer: StoredAnswer = {
	...{ status: 200, reason: '', httpVersion: '2', varied: undefined, freshUntil: 1, staleUntil: 0 },
	rawHeaders: ['etag', '"a"'],
	body: Buffer.from('body'),
};

describe('a cache in a folder', () => {
	it('shows another session what this one has kept', async () => {
		expect(existsSync(join(root, 'kept'))).toBe(false);
		expect(await visit('kept', at('/kept'))).toEqual([undefined, 'body of /kept']);
		expect(await visit('kept', at('/kept'))).toEqual(['fresh', 'body of /kept']);
		const url = at('/asked', 'etag=%22a%22&cache-control=no-cache');
		expect(await visit('kept', url)).toEqual([undefined, 'body of /asked']);
		expect(await visit('kept', url)).toEqual(['revalidated', 'body of /asked']);
		expect([asked('/kept'), asked('/asked')]).toEqual([1, 2]);
		expect((await lstat(join(root, 'kept'))).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o700);
	});

	it('knows what is on its way to the disk', async () => {
		await using one = session('underway');
		for (let time = 0; time < 20; time++) {
			const response = await one.fetch(at('/underway'));
			expect([response.fromCache, await response.text()]).toEqual([time ? 'fresh' : undefined, 'body of /underway']);
		}
	});

	it('writes down no cookie, neither set nor sent', async () => {
		const url = at('/secret', 'cache-control=max-age%3D100&vary=cookie,authorization');
		await using one = session('secret');
		one.setCookie('sent', 'secret2', url);
		const headers = { authorization: 'Basic secret3' };
		await (await one.fetch(url, { headers })).text();
		await (await one.fetch(url, { headers })).text(); // with the cookie that was set
		const response = await one.fetch(url, { headers });
		expect([response.fromCache, response.headers.getSetCookie()]).toEqual(['fresh', []]);
		await one.close();
		const bytes = readFileSync(onlyFileOf('secret'), 'latin1');
		expect([bytes.includes('body of /secret'), bytes.includes('secret1')]).toEqual([true, false]);
		expect(/secret[23]/.test(bytes)).toBe(false);
		expect((await visit('secret', url))[0]).toBeUndefined(); // another cookie, another variant
	});

	it('keeps pages of other sites apart', async () => {
		await using one = session('apart');
		const url = at('/apart', 'cache-control=max-age%3D100&access-control-allow-origin=*', 'api.mirror.test');
		const from = async (page: string) => {
			const response = await one.fetch(url, { kind: 'fetch', initiator: page });
			await response.text();
			return response.fromCache;
		};
		const pages = ['https://one.example/', 'https://two.example/', 'https://one.example/'];
		expect([await from(pages[0] as string), await from(pages[1] as string), await from(pages[2] as string)]).toEqual([
			undefined,
			undefined,
			'fresh',
		]);
	});

	it('forgets when it is told to, by the caller and by the server', async () => {
		await visit('forget', at('/forget'));
		await visit('forget', at('/other', undefined, 'api.mirror.test'));
		const one = session('forget');
		await (await one.fetch(at('/clear', 'clear-site-data=%22cache%22&cache-control=no-store'))).text();
		await one.close();
		expect(await visit('forget', at('/forget'))).toEqual([undefined, 'body of /forget']);
		expect((await visit('forget', at('/other', undefined, 'api.mirror.test')))[0]).toBe('fresh');
		const two = session('forget');
		two.forget('cache');
		expect((await two.fetch(at('/forget'))).fromCache).toBeUndefined();
		await two.close();
		expect((await visit('forget', at('/other', undefined, 'api.mirror.test')))[0]).toBeUndefined();
	});

	it.each([
		['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
		['empty', () => Buffer.alloc(0)],
		['a byte other', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from('?')])],
		['of somebody else', () => Buffer.from('{"status":200}')],
	])('goes to the server when a file is %s, and keeps it anew', async (name, damage) => {
		const folder = `damaged ${name}`;
		await visit(folder, at('/damaged'));
		const file = onlyFileOf(folder);
		writeFileSync(file, damage(readFileSync(file)));
		expect(await visit(folder, at('/damaged'))).toEqual([undefined, 'body of /damaged']);
		expect(await visit(folder, at('/damaged'))).toEqual(['fresh', 'body of /damaged']);
	});

	it.runIf(process.platform === 'linux')('goes to the server when a file is no file', async () => {
		const url = at('/none');
		const traps: Record<string, (file: string) => void> = {
			link: (file) => symlinkSync('/dev/zero', file),
			folder: (file) => mkdirSync(file),
			pipe: (file) => execFileSync('mkfifo', [file]),
		};
		for (const [name, put] of Object.entries(traps)) {
			await visit(`trap ${name}`, url);
			const file = onlyFileOf(`trap ${name}`);
			rmSync(file);
			put(file);
			expect([name, ...(await visit(`trap ${name}`, url))]).toEqual([name, undefined, 'body of /none']);
		}
	});

	it('works on without a folder that can be written, and says so', async () => {
		writeFileSync(join(root, 'a file'), '');
		const errors: unknown[] = [];
		const cache = { store: fileCache(join(root, 'a file')), onError: (error: unknown) => errors.push(error) };
		expect(await visit('', at('/unwritten'), { cache })).toEqual([undefined, 'body of /unwritten']);
		expect(errors).toMatchObject([{ code: 'EEXIST' }]);
	});
});

describe('the files of a cache', () => {
	const bytesIn = (folder: string) => filesOf(folder).reduce((sum, file) => sum + readFileSync(file).length, 0);

	it('take no more room than they have, and what was used last stays', async () => {
		const store = fileCache(pathToFileURL(join(root, 'limit')), { maxBytes: MiB });
		for (let number = 0; number < 40; number++) {
			await store.set(`https://a.example ${number}`, Buffer.alloc(60_000, number));
			await store.get('https://a.example 0');
		}
		expect(bytesIn('limit')).toBeLessThanOrEqual(MiB);
		expect(bytesIn('limit')).toBeGreaterThan(MiB * 0.8);
		expect((await store.get('https://a.example 0'))?.[0]).toBe(0);
		expect(await store.get('https://a.example 1')).toBeUndefined();
		await store.set('https://a.example 0', Buffer.alloc(MiB + 1)); // too long for all of it: what was there is no longer true
		expect(await store.get('https://a.example 0')).toBeUndefined();
		// The next process counts what it finds; less room than that, and the oldest go.
		const old = new Date(0);
		for (const file of filesOf('limit').slice(0, 3)) await utimes(file, old, old);
		const aged = filesOf('limit').slice(0, 3);
		const less = fileCache(join(root, 'limit'), { maxBytes: MiB - 200_000 });
		await less.set('https://b.example 0', Buffer.alloc(10));
		expect(bytesIn('limit')).toBeLessThanOrEqual(MiB - 200_000);
		expect(aged.filter((file) => existsSync(file))).toEqual([]);
	});

	it('leave others alone', async () => {
		mkdirSync(join(root, 'shared'));
		writeFileSync(join(root, 'shared', 'diary.txt'), 'x');
		const abandoned = join(root, 'shared', `${'0'.repeat(16)}-${'0'.repeat(32)}.answer.${'0'.repeat(16)}.tmp`);
		writeFileSync(abandoned, 'half');
		await utimes(abandoned, new Date(0), new Date(0));
		const store = fileCache(join(root, 'shared'), { maxBytes: 4096 });
		await store.set('https://a.example 0', Buffer.from('a'));
		expect(existsSync(abandoned)).toBe(false);
		await store.clear();
		expect(readdirSync(join(root, 'shared'))).toEqual(['diary.txt']);
	});

	const program = fileURLToPath(new URL('programs/fill-cache.ts', import.meta.url));
	/** Resolves with the process once it has begun, and with what it says at its end. */
	const fill = async (folder: string, maxBytes: number, rounds: number, seed: number) => {
		const values = [join(root, folder), maxBytes, rounds, seed].map(String);
		const child = spawn(process.execPath, ['--conditions=wiretwin-source', program, ...values], { stdio: 'pipe' });
		let said = '';
		child.stderr.on('data', (data) => {
			said += data;
		});
		const ended = new Promise<string>((done) => child.on('close', (code) => done(`${code} ${said}`.trim())));
		await new Promise<void>((done) => {
			child.stdout.once('data', () => done());
			child.once('close', () => done());
		});
		return { child, ended };
	};
	/** Files that nobody can read what was written from; unfinished ones are no answers. */
	const damagedIn = (folder: string) =>
		filesOf(folder).filter((file) => {
			const bytes = readFileSync(file);
			const found = /"key":"([^"]+)"/.exec(bytes.toString('latin1'))?.[1] ?? '';
			return file.endsWith('.answer') && decodeAnswer(found, bytes) === undefined;
		});

	it('are whole whenever their process is killed', async () => {
		for (let kill = 0; kill < 4; kill++) {
			const { child, ended } = await fill('killed', 64 * MiB, 1_000_000, kill * 1000);
			child.kill('SIGKILL');
			expect(await ended).toBe('null');
		}
		expect(filesOf('killed').length).toBeGreaterThan(5);
		expect(damagedIn('killed')).toEqual([]);
	});

	it('may be cleared by one while another writes', async () => {
		const [one, other] = [0, 1].map(() => fileCache(join(root, 'cleared'), { maxBytes: 64 * MiB }));
		for (let round = 0; round < 100; round++) {
			let isWriting = true;
			const written = one?.set('https://a.example 0', Buffer.alloc(100_000)).finally(() => {
				isWriting = false;
			});
			await Promise.all([
				written,
				(async () => {
					while (isWriting) await other?.clear();
				})(),
			]);
		}
		await other?.clear();
		expect(readdirSync(join(root, 'cleared'))).toEqual([]);
	});

	it('serve two processes at once', async () => {
		const maxBytes = MiB / 4;
		const both = await Promise.all([0, 500].map((seed) => fill('two', maxBytes, 300, seed)));
		expect(await Promise.all(both.map(({ ended }) => ended))).toEqual(['0', '0']);
		expect(damagedIn('two')).toEqual([]);
		// Each sees what the other has written when it has written an eighth itself.
		expect(bytesIn('two')).toBeLessThanOrEqual(maxBytes * 1.5);
	});
});

describe('an answer as bytes', () => {
	it('is the same when it is read', () => {
		const varied = { names: ['cookie'], digest: 'x' };
		const bytes = encodeAnswer(key, { ...answer, varied });
		expect(decodeAnswer(key, bytes)).toEqual({ ...answer, varied });
		expect(decodeAnswer(`${key}x`, bytes)).toBeUndefined();
	});

	it('is none when a byte is another', () => {
		const bytes = Buffer.from(encodeAnswer(key, answer));
		for (let place = 0; place < bytes.length; place++) {
			const other = Buffer.from(bytes);
			other.writeUInt8(other.readUInt8(place) ^ 0x40, place);
			expect(decodeAnswer(key, other)).toBeUndefined();
			expect(decodeAnswer(key, bytes.subarray(0, place))).toBeUndefined();
		}
	});

	it.each([
		{ status: 99 },
		{ status: '200' },
		{ reason: 'a\r\nb' },
		{ httpVersion: '3' },
		{ rawHeaders: ['a'] },
		{ rawHeaders: ['a b', 'c'] },
		{ rawHeaders: ['a', 'b\nc: d'] },
		{ rawHeaders: ['a', '\u0100'] },
		{ rawHeaders: { length: 0 } },
		{ varied: { names: [1], digest: '' } },
		{ varied: 1 },
		{ freshUntil: null },
		{ staleUntil: 'x' },
	])('is none when it says what no answer says: %j', (wrong) => {
		expect(decodeAnswer(key, encodeAnswer(key, { ...answer, ...wrong } as StoredAnswer))).toBeUndefined();
	});
});

describe('a store of the caller', () => {
	const inMemory = (): CacheStore & { kept: Map<string, Uint8Array> } => {
		const kept = new Map<string, Uint8Array>();
		return {
			kept,
			maxBytes: MiB,
			get: async (name) => kept.get(name),
			set: async (name, value) => void kept.set(name, value),
			delete: async (name) => void kept.delete(name),
			clear: async () => kept.clear(),
		};
	};

	it('is asked, and told what changes', async () => {
		const store = inMemory();
		const keep = async () => visit('', at('/own'), { cache: { store } });
		expect([(await keep())[0], (await keep())[0]]).toEqual([undefined, 'fresh']);
		const [key = ''] = store.kept.keys();
		const [origin, site, trust, url] = key.split(' ');
		expect([store.kept.size, origin, site, url]).toEqual([1, mirror.urlFor(host), 'https://mirror.test', at('/own')]);
		expect(trust).toMatch(/^[A-Za-z0-9+/]{43}=$/);
		store.kept.set([...store.kept.keys()][0] as string, Buffer.from('x'));
		expect((await keep())[0]).toBeUndefined();
	});

	it('may fail: the request goes on, and onError hears of it', async () => {
		const fails = () => Promise.reject(new Error('no store'));
		const store = { maxBytes: MiB, get: fails, set: fails, delete: fails, clear: fails };
		const heard: unknown[] = [];
		const cache = { store, onError: (error: unknown) => heard.push((error as Error).message) };
		expect(await visit('', at('/fails'), { cache })).toEqual([undefined, 'body of /fails']);
		expect(heard).toEqual(['no store', 'no store']);
	});

	it('may hang: it is passed over', async () => {
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		try {
			const never = () => new Promise<never>(() => {});
			const answers = new OutsideAnswers({ maxBytes: MiB, get: never, set: never, delete: never, clear: never });
			const found = answers.find(key);
			answers.keep(key, answer);
			expect(await answers.find(key)).toBe(answer);
			const flushed = answers.flush();
			await vi.advanceTimersByTimeAsync(5000);
			expect([await found, await flushed]).toEqual([undefined, undefined]);
		} finally {
			vi.useRealTimers();
		}
	});

	it('is emptied when it falls far behind, and remembers nothing old meanwhile', async () => {
		const store = inMemory();
		let letGo = () => {};
		const held = new Promise<void>((done) => {
			letGo = done;
		});
		const calls: string[] = [];
		const slow: CacheStore = {
			...store,
			delete: async (name) => {
				await held;
				calls.push(`delete ${name}`);
			},
			clear: async (origin) => void calls.push(`clear ${origin}`),
		};
		const answers = new OutsideAnswers(slow);
		await store.set(key, encodeAnswer(key, answer));
		answers.remove('https://b.example 0');
		await undefined; // the store has been asked
		await undefined;
		for (let number = 1; number <= 1024; number++) answers.remove(`https://b.example ${number}`);
		expect(await answers.find(key)).toBeUndefined();
		letGo();
		await answers.flush();
		expect(calls).toEqual(['delete https://b.example 0', 'clear undefined']);
	});

	it.each([
		[{ store: {} }],
		[{ store: { ...inMemory(), get: 1 } }],
		[{ store: { ...inMemory(), maxBytes: -1 } }],
		[{ store: inMemory(), maxBytes: 1 }],
		[{ onError: 1 }],
		[{ stores: 1 }],
	])('is refused when it is none: %j', (cache) => {
		expect(() => createSession({ cache } as never)).toThrowError(
			expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
		);
	});

	it('is refused without a folder', () => {
		for (const folder of ['', 'a\0b', 1, new URL('https://a.example/')])
			expect(() => fileCache(folder as string)).toThrowError(expect.objectContaining({ code: 'ERR_INVALID_ARG' }));
		expect(() => fileCache('x', { maxByte: 1 } as never)).toThrowError(/maxBytes/);
	});
});
