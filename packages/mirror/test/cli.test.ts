import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

function start(...args: string[]) {
	const flags = ['--conditions=wiretwin-source', '--disable-warning=ExperimentalWarning', cli, ...args];
	const child: ChildProcess = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
	if (!child.stdout) throw new Error('no stdout');
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	return {
		child,
		line: async () => String((await lines.next()).value),
		async [Symbol.asyncDispose]() {
			const exited = once(child, 'exit');
			if (child.kill()) await exited;
		},
	};
}

test('prints URL and CA, and one line per connection', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'mirror-cli-'));
	await using run = start('--ca', join(folder, 'ca.pem'), '--http1');
	const url = (await run.line()).replace('url    ', '');
	expect(await run.line()).toBe(`ca     ${join(folder, 'ca.pem')}`);
	expect(await run.line()).toContain('www.mirror.test');
	const request = https.get(`${url}/status/200`, { ca: await readFile(join(folder, 'ca.pem')), agent: false });
	const [response] = await once(request, 'response');
	response.resume();
	expect(await run.line()).toMatch(/^#1 http\/1\.1 {2}t13\w+_\w+_\w+ {2}\[GET \/status\/200\]/);
	await rm(folder, { recursive: true });
});

test('lists faults and serves one', async () => {
	await using list = start('--fault', 'list');
	expect(await list.line()).toMatch(/^B01 /);
	await using run = start('--fault', 'F06', '--variant', 'next-record');
	expect(await run.line()).toMatch(/^url {4}https:\/\/127\.0\.0\.1:\d+$/);
	expect(await run.line()).toMatch(/^ca /);
	expect(await run.line()).toContain('F06 next-record');
});
