import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
	chmodSync,
	existsSync,
	linkSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from '../src/cli/replace-file.ts';
import { runCommand } from './support/command-line.ts';
import { startSite } from './support/site.ts';

const root = mkdtempSync(join(tmpdir(), 'wiretwin-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder: string;
let folders = 0;
beforeEach(() => {
	folder = join(root, String(folders++));
	mkdirSync(folder);
});

/** What killed processes leave besides the file. */
const leftovers = () => readdirSync(folder).filter((name) => name.startsWith('.wiretwin-'));

describe('a file is replaced in one step', () => {
	it('the old content is there until the new one is whole, and nothing else stays', async () => {
		const file = join(folder, 'page.html');
		writeFileSync(file, 'old');
		await replaceFile(
			file,
			(async function* () {
				yield 'ne';
				expect(readFileSync(file, 'utf8')).toBe('old');
				yield 'w';
			})(),
		);
		expect(readFileSync(file, 'utf8')).toBe('new');
		expect(readdirSync(folder)).toEqual(['page.html']);
	});

	it('content that fails leaves the old file, or none', async () => {
		const failing = async function* () {
			yield 'half';
			throw new Error('connection lost');
		};
		const file = join(folder, 'page.html');
		await expect(replaceFile(file, failing())).rejects.toThrow('connection lost');
		expect(readdirSync(folder)).toEqual([]);
		writeFileSync(file, 'old');
		await expect(replaceFile(file, failing())).rejects.toThrow('connection lost');
		expect(readFileSync(file, 'utf8')).toBe('old');
		expect(readdirSync(folder)).toEqual(['page.html']);
	});

	it('permissions stay; a new file has those that were asked for', async () => {
		const file = join(folder, 'tool.sh');
		writeFileSync(file, 'old');
		chmodSync(file, 0o751);
		await replaceFile(file, 'new');
		expect(statSync(file).mode & 0o7777).toBe(0o751);
		await replaceFile(join(folder, 'jar'), 'x', { mode: 0o600 });
		expect(statSync(join(folder, 'jar')).mode & 0o777).toBe(0o600);
		await replaceFile(join(folder, 'usual'), 'x');
		expect(statSync(join(folder, 'usual')).mode & 0o777).toBe(0o666 & ~process.umask());
	});

	it('a symbolic link stays one, whether it leads to a file, to nothing yet or round in a circle', async () => {
		writeFileSync(join(folder, 'real'), 'old');
		symlinkSync('real', join(folder, 'link'));
		symlinkSync('link', join(folder, 'second'));
		await replaceFile(join(folder, 'second'), 'new');
		expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('new');
		expect([readlinkSync(join(folder, 'link')), readlinkSync(join(folder, 'second'))]).toEqual(['real', 'link']);
		symlinkSync('later', join(folder, 'dangling'));
		await replaceFile(join(folder, 'dangling'), 'first');
		expect(readFileSync(join(folder, 'later'), 'utf8')).toBe('first');
		expect(lstatSync(join(folder, 'dangling')).isSymbolicLink()).toBe(true);
		symlinkSync('circle', join(folder, 'circle'));
		await expect(replaceFile(join(folder, 'circle'), 'x')).rejects.toMatchObject({ code: 'ELOOP' });
	});

	it('another hard link keeps the old content', async () => {
		writeFileSync(join(folder, 'one'), 'old');
		linkSync(join(folder, 'one'), join(folder, 'two'));
		await replaceFile(join(folder, 'one'), 'new');
		expect([readFileSync(join(folder, 'one'), 'utf8'), readFileSync(join(folder, 'two'), 'utf8')]).toEqual([
			'new',
			'old',
		]);
	});

	it('devices and pipes are written in place, a folder is refused', async () => {
		await replaceFile('/dev/null', 'x');
		expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
		const pipe = join(folder, 'pipe');
		execFileSync('mkfifo', [pipe]);
		const [text] = await Promise.all([readFile(pipe, 'utf8'), replaceFile(pipe, 'through the pipe')]);
		expect(text).toBe('through the pipe');
		expect(lstatSync(pipe).isFIFO()).toBe(true);
		await expect(replaceFile(folder, 'x')).rejects.toMatchObject({ code: 'EISDIR' });
		await expect(replaceFile(join(folder, 'no', 'such'), 'x')).rejects.toMatchObject({ code: 'ENOENT' });
		expect(leftovers()).toEqual([]);
	});

	it('a name as long as names may be', async () => {
		const file = join(folder, 'n'.repeat(255));
		await replaceFile(file, 'x');
		expect(readFileSync(file, 'utf8')).toBe('x');
	});
});

/** Content of one generation: it says how it has to go on, so half of it is found out. */
const CHUNK = 64 * 1024;
const isWhole = (text: string) => text.length === 3 * CHUNK && text === (text[0] ?? '').repeat(3 * CHUNK);

/** Kills itself at the `at`-th step of the file system, or is killed from outside while it writes one generation after another. */
const WRITER = `
import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const [, , file, how, at] = process.argv;
let step = 0;
const stepped = (own) => function (...args) {
	if (how !== 'loop' && ++step > Number(at)) process.kill(process.pid, 'SIGKILL');
	return own.apply(this, args);
};
for (const name of ['lstat', 'access', 'open', 'rename', 'chmod', 'readdir', 'rm']) promises[name] = stepped(promises[name]);
const handle = await promises.open(file, 'r');
const prototype = Object.getPrototypeOf(handle);
await handle.close();
for (const name of ['writeFile', 'sync', 'stat', 'close']) prototype[name] = stepped(prototype[name]);
syncBuiltinESMExports();
step = 0;
const { replaceFile } = await import('./replace-file.mjs');
const content = async function* (mark) {
	for (let part = 0; part < 3; part++) yield mark.repeat(${CHUNK});
};
const inPlace = async () => {
	const handle = await promises.open(file, 'w');
	for await (const chunk of content('n')) await handle.writeFile(chunk);
	await handle.close();
};
if (how === 'in-place') await inPlace();
else if (how === 'steps') await replaceFile(file, content('n'));
else
	for (let mark = 0; ; mark = (mark + 1) % 10) {
		await replaceFile(file, content(String(mark)));
		if (mark === 0) process.send?.('written');
	}
`;

async function killed(file: string, how: 'steps' | 'loop' | 'in-place', at: number): Promise<NodeJS.Signals | null> {
	const child = spawn(process.execPath, [join(root, 'writer.mjs'), file, how, String(at)], {
		stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
	});
	const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
	if (how === 'loop') {
		await once(child, 'message');
		// Not a wait for anything: only where in its work the child is hit.
		for (let turn = 0; turn < at; turn++) await new Promise(setImmediate);
		child.kill('SIGKILL');
	}
	return (await exit)[1];
}

describe('killed at any point, the file is the old or the new one', () => {
	/** Kills in all, and how many processes at once: two cores are busy with four. */
	const KILLS = 200;
	const AT_ONCE = 4;
	/** More than a replacement has: lstat, access, open, three writes, stat, chmod, sync, close, rename, folder, leftovers. */
	const STEPS = 24;

	function writeProgram(): void {
		const source = new URL('../src/cli/replace-file.ts', import.meta.url);
		// Types only: a child that starts in plain JavaScript is ready sooner.
		writeFileSync(
			join(root, 'replace-file.mjs'),
			stripTypeScriptTypes(readFileSync(source, 'utf8'), { mode: 'strip' }),
		);
		writeFileSync(join(root, 'writer.mjs'), WRITER);
	}

	async function atOnce(count: number, one: (index: number) => Promise<void>): Promise<void> {
		let next = 0;
		const lane = async () => {
			while (next < count) await one(next++);
		};
		await Promise.all(Array.from({ length: AT_ONCE }, lane));
	}

	it('200 kills: at every step of one replacement, and anywhere in many', { timeout: 240_000 }, async () => {
		writeProgram();
		const seen = { old: 0, new: 0 };
		let ended = 0;
		await atOnce(KILLS, async (index) => {
			const file = join(folder, `file-${index}`);
			writeFileSync(file, 'o'.repeat(3 * CHUNK));
			const signal = await killed(file, index < STEPS ? 'steps' : 'loop', index < STEPS ? index : index % 97);
			const text = readFileSync(file, 'utf8');
			expect(isWhole(text), `kill ${index}: ${text.length} bytes, ${text[0]} to ${text.at(-1)}`).toBe(true);
			if (signal === 'SIGKILL') seen[text[0] === 'o' ? 'old' : 'new']++;
			else ended++;
		});
		// The last steps are none: those processes came to their end.
		expect(seen.old).toBeGreaterThan(5);
		expect(seen.new).toBeGreaterThan(KILLS - STEPS - 1);
		expect(ended).toBeLessThan(STEPS);
		expect(ended).toBeGreaterThan(0);
		const dead = leftovers().length;
		expect(dead).toBeGreaterThan(0);
		for (let index = 0; index < KILLS; index++) await replaceFile(join(folder, `file-${index}`), 'x');
		expect(leftovers()).toEqual([]);
	});

	it('and the test would see it: written in place, the file is half', async () => {
		writeProgram();
		const file = join(folder, 'file');
		writeFileSync(file, 'o'.repeat(3 * CHUNK));
		expect(await killed(file, 'in-place', 2)).toBe('SIGKILL');
		expect(readFileSync(file, 'utf8')).toBe('n'.repeat(CHUNK));
	});
});

describe('the command line', () => {
	/** Answers with the first half, and with the rest when it is told to. */
	async function halfSite() {
		const rest = Promise.withResolvers<void>();
		const half = Promise.withResolvers<void>();
		const site = await startSite(() => ({
			headers: [['content-type', 'text/plain']],
			body: (async function* () {
				yield Buffer.from('first half, ');
				half.resolve();
				await rest.promise;
				yield Buffer.from('second half');
			})(),
		}));
		return { site, half: half.promise, finish: rest.resolve };
	}

	it.each(['SIGKILL', 'SIGTERM'] as const)('-o: %s during the download leaves the old file', async (signal) => {
		const { site, half, finish } = await halfSite();
		await using _site = site;
		const file = join(folder, 'page.txt');
		writeFileSync(file, 'old');
		const main = new URL('../src/cli/main.ts', import.meta.url);
		const child = spawn(
			process.execPath,
			['--conditions=wiretwin-source', main.pathname, '-k', '-o', file, `${site.mirror.url}/`],
			{
				stdio: 'ignore',
			},
		);
		const exit = once(child, 'exit');
		await half;
		while (leftovers().length === 0) await new Promise(setImmediate);
		child.kill(signal);
		expect(await exit).toEqual([null, signal]);
		finish();
		expect(readFileSync(file, 'utf8')).toBe('old');
		expect(leftovers()).toHaveLength(signal === 'SIGKILL' ? 1 : 0);
		expect(await runCommand(['-k', '-o', file, '-D', join(folder, 'heads'), `${site.mirror.url}/`])).toMatchObject({
			status: 0,
		});
		expect(readFileSync(file, 'utf8')).toBe('first half, second half');
		expect(existsSync(join(folder, 'heads'))).toBe(true);
		expect(leftovers()).toEqual([]);
	});

	it('-C - keeps what has come, from the first byte on', async () => {
		const { site, half, finish } = await halfSite();
		await using _site = site;
		const file = join(folder, 'page.txt');
		const main = new URL('../src/cli/main.ts', import.meta.url);
		const child = spawn(
			process.execPath,
			['--conditions=wiretwin-source', main.pathname, '-k', '-C', '-', '-o', file, `${site.mirror.url}/`],
			{ stdio: 'ignore' },
		);
		const exit = once(child, 'exit');
		await half;
		while (!existsSync(file) || statSync(file).size === 0) await new Promise(setImmediate);
		child.kill('SIGKILL');
		expect(await exit).toEqual([null, 'SIGKILL']);
		finish();
		expect(readFileSync(file, 'utf8')).toBe('first half, ');
		expect(leftovers()).toEqual([]);
	});

	it('-o /dev/null, a link and a file that may not be written', async () => {
		await using site = await startSite(() => ({ body: 'body' }));
		const url = `${site.mirror.url}/`;
		expect(await runCommand(['-k', '-o', '/dev/null', url])).toMatchObject({ status: 0, stdout: '' });
		symlinkSync('real', join(folder, 'link'));
		expect(await runCommand(['-k', '-o', join(folder, 'link'), url])).toMatchObject({ status: 0 });
		expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('body');
		expect(await runCommand(['-k', '-o', folder, url])).toMatchObject({ status: 23 });
		expect(await runCommand(['-k', '-o', join(folder, 'no', 'such'), url])).toMatchObject({ status: 23 });
	});
});
