import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { noReply, sharedAuthority, startMirror } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import type { EdgePlan } from './support/edge-program.ts';
import { eventually } from './support/world.ts';

const node = [process.execPath, '--conditions=wiretwin-source', '--disable-warning=ExperimentalWarning'];
const program = fileURLToPath(new URL('support/edge-program.ts', import.meta.url));
const cli = fileURLToPath(new URL('../../packages/fetch/src/cli/main.ts', import.meta.url));
const ca = sharedAuthority().caPem;

type Facts = Record<string, unknown>;
type Running = Disposable & { child: ChildProcess; facts: AsyncIterator<Facts>; end(): Promise<Facts> };

/** Starts the program inside of `shell`, which ends with `"$@"`. */
function run(situation: EdgePlan['situation'], url: string, shell = 'exec "$@"'): Running {
	const plan: EdgePlan = { situation, url, ca };
	const child = spawn('sh', ['-c', shell, 'sh', ...node, program, JSON.stringify(plan)], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let complaints = '';
	child.stderr.on('data', (text) => {
		complaints += String(text);
	});
	const status = new Promise((resolve) => child.on('close', resolve));
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const next = async (): Promise<IteratorResult<Facts>> => {
		const { value, done } = await lines.next();
		return done ? { value: undefined, done: true } : { value: JSON.parse(value) as Facts };
	};
	const facts = { next };
	return {
		child,
		facts,
		[Symbol.dispose]: () => void child.kill('SIGKILL'),
		/** All that is still said, once the process has ended as it should. */
		async end() {
			const all: Facts = {};
			for (let step = await next(); !step.done; step = await next()) Object.assign(all, step.value);
			expect({ status: await status, complaints }).toEqual({ status: 0, complaints: '' });
			return all;
		},
	};
}

/** Whether this system lets us do that; a test that it does not let us do says so. */
function isAllowed(...command: string[]): boolean {
	try {
		execFileSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
}

const isLinux = process.platform === 'linux';
const hasNetworks = isLinux && isAllowed('unshare', '-n', '-m', 'ip', 'link', 'set', 'lo', 'up');
const hasMounts = isLinux && isAllowed('unshare', '-m', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', tmpdir());
const why = (allowed: boolean, what: string) => (allowed ? '' : ` (skipped: ${what} needs rights that we do not have)`);

describe.skipIf(!isLinux)('E01 to E08 load at the edge (Linux)', () => {
	test.each(['h2', 'http/1.1'] as const)('E01 no descriptor is left, over %s', async (protocol) => {
		await using mirror = await startMirror({ protocols: [protocol] });
		const { first, ...facts } = await run('descriptors', mirror.url, 'ulimit -n 128; exec "$@"').end();
		expect(facts).toMatchObject({ left: 0, fresh: 'ERR_CONNECTION_FAILED EMFILE', after: '10', again: '11' });
		expect(first).toMatch(/ERR_\w+ EMFILE/);
	});

	test.each(['h2', 'http/1.1'] as const)('E02 frozen while answers come and limits pass, over %s', async (protocol) => {
		const held: Array<() => void> = [];
		await using mirror = await startMirror({
			protocols: [protocol],
			handler: ({ url }) => {
				if (url.pathname === '/silent') return noReply;
				if (!url.pathname.startsWith('/held')) return undefined;
				return new Promise((resolve) => held.push(() => resolve({ body: 'x'.repeat(100_000) })));
			},
		});
		using running = run('frozen', mirror.url);
		await running.facts.next();
		await eventually(() => expect(mirror.requests).toHaveLength(6)); // two before these four
		running.child.kill('SIGSTOP');
		for (const answer of held) answer();
		await new Promise((resolve) => setTimeout(resolve, 1000)); // the limits pass meanwhile
		running.child.kill('SIGCONT');
		const facts = await running.end();
		const [whole, either, ...silent] = facts['outcomes'] as string[];
		expect(whole).toBe('100000');
		// Answer and limit are both there when it wakes up.
		expect(either).toMatch(/^(100000|ERR_TIMEOUT_HEAD ETIMEDOUT)$/);
		expect(silent).toEqual(['ERR_TIMEOUT_TOTAL ETIMEDOUT', 'ERR_TIMEOUT_HEAD ETIMEDOUT']);
		expect(facts).toMatchObject({ next: '12', exchanges: 0, left: 0 });
	});

	test.each(['h2', 'http/1.1'] as const)('E03 1,000 answers for a blocked thread, over %s', async (protocol) => {
		await using mirror = await startMirror({
			protocols: [protocol],
			handler: ({ url }) => {
				const index = /^\/counted\/(\d+)$/.exec(url.pathname)?.[1];
				return index === undefined ? undefined : { body: 'x'.repeat(1000 + Number(index)) };
			},
		});
		const facts = await run('blocked', mirror.url).end();
		expect(facts).toMatchObject({ wrong: [], next: '12', exchanges: 0, left: 0 });
		expect(facts['grown']).toBeLessThan(64 * 1024 * 1024);
	});

	test('E04 bodies that nobody reads stay outside of a small memory', async () => {
		await using mirror = await startMirror({
			handler: ({ url }) =>
				url.pathname === '/endless'
					? {
							body: (async function* () {
								for (;;) yield Buffer.alloc(65_536);
							})(),
						}
					: undefined,
		});
		// Private memory; Node takes about 150 MB of it by itself. 20 bodies are without end, the 21st has 100 MB.
		const facts = await run('memory', mirror.url, 'ulimit -d 1500000; exec "$@"').end();
		expect(facts).toMatchObject({ read: 100_000_000, next: '12', left: 0 });
	});

	test('E05 the disk is full: an exit status, words, and the old file', async () => {
		await using mirror = await startMirror();
		const fetched = (shell: string) =>
			new Promise<{ status: number | null; words: string }>((resolve) => {
				const child = spawn('sh', ['-c', shell, 'sh', ...node, cli, '-s', '-S', '-k'], {
					stdio: ['ignore', 'ignore', 'pipe'],
				});
				let words = '';
				child.stderr.on('data', (text) => {
					words += String(text);
				});
				child.on('close', (status) => resolve({ status, words }));
			});
		const device = await fetched(`exec "$@" -o /dev/full ${mirror.url}/bytes/100000`);
		const output = await fetched(`exec "$@" ${mirror.url}/bytes/100000 >/dev/full`);
		const list = await fetched('exec "$1" "$2" "$3" "$4" profiles >/dev/full');
		for (const { status, words } of [device, output, list]) {
			expect([status, words]).toEqual([23, expect.stringMatching(/ENOSPC|no space/i)]);
			expect(words).not.toMatch(/\n\s+at /);
		}
		if (!hasMounts) return;
		const folder = mkdtempSync(join(tmpdir(), 'wiretwin-full-'));
		const small = join(folder, 'small');
		mkdirSync(small);
		const seen = join(folder, 'seen');
		const mount = `mount -t tmpfs -o size=64k tmpfs ${small} && printf old > ${small}/file`;
		const look = `ls ${small} > ${seen}; cat ${small}/file >> ${seen}`;
		const inside = `${mount}; "$@" -o ${small}/file ${mirror.url}/bytes/1000000; status=$?; ${look}; exit $status`;
		writeFileSync(join(folder, 'script'), inside);
		const full = await fetched(`exec unshare -m sh ${folder}/script "$@"`);
		expect([full.status, full.words]).toEqual([23, expect.stringMatching(/ENOSPC|no space/i)]);
		expect(readFileSync(seen, 'utf8')).toBe('file\nold');
		expect(readdirSync(small)).toEqual([]);
		rmSync(folder, { recursive: true });
	});

	test.skipIf(!hasNetworks)(`E06 names are answered late${why(hasNetworks, 'unshare -n -m')}`, async () => {
		const folder = mkdtempSync(join(tmpdir(), 'wiretwin-names-'));
		writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:20\n');
		writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: dns\n');
		const bind = ['resolv', 'nsswitch'].map((name) => `mount --bind ${folder}/${name}.conf /etc/${name}.conf`);
		writeFileSync(join(folder, 'script'), `${bind.join(' && ')} && exec "$@"`);
		const facts = await run('lateNames', '', `exec unshare -n -m sh ${folder}/script "$@"`).end();
		rmSync(folder, { recursive: true });
		expect(facts).toEqual({ limited: 'ERR_TIMEOUT_RESOLVE ETIMEDOUT', late: '5', next: '5', left: 0 });
	});

	test('E07 the clock goes a year forward and back', async () => {
		await using mirror = await startMirror({
			handler: ({ url }) => (url.pathname === '/silent' ? noReply : undefined),
		});
		const facts = await run('clock', mirror.url).end();
		expect(facts).toEqual({
			forward: true,
			back: '13',
			limited: 'ERR_TIMEOUT_TOTAL ETIMEDOUT',
			names: ['a'],
			isSlow: true,
			negative: [],
			left: 0,
		});
	});

	test.skipIf(!hasNetworks)(`E08 the link goes down and comes back${why(hasNetworks, 'unshare -n')}`, async () => {
		const facts = await run('link', '', 'exec unshare -n "$@"').end();
		expect(facts).toMatchObject({
			idle: 'ERR_TIMEOUT_IDLE ETIMEDOUT',
			continued: '11',
			next: '5',
			exchanges: 0,
			left: 0,
		});
		expect(facts['dialled']).toMatch(/^ERR_(CONNECTION_|TIMEOUT_CONNECT|UNREACHABLE)/);
	});
});
