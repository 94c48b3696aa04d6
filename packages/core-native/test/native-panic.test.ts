import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Peer, startPeer } from './support/peers.ts';
import { runProgram } from './support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'wiretwin-panic-'));
const binding = join(folder, 'wiretwin.node');
let peer: Peer;

/** The hook that panics is compiled out of ordinary builds, so this file makes a build of its own. */
beforeAll(async () => {
	const script = fileURLToPath(new URL('../../../scripts/build-native.mjs', import.meta.url));
	const build = spawnSync(process.execPath, [script, '--dev', '--features', 'panic-injection', '--output', binding], {
		encoding: 'utf8',
	});
	expect(build.stderr + build.stdout, 'build with panic-injection').toContain(binding);
	peer = await startPeer('h2', (_, response) => response.end('hello'));
}, 900_000);

afterAll(async () => {
	rmSync(folder, { recursive: true, force: true });
	await peer.close();
});

for (const place of [
	'openPort',
	'createTransport',
	'submit',
	'stats',
	'exportTickets',
	'importTickets',
	'event',
	'encode',
	'dispatch',
	'engine.command',
	'engine.dial',
	'engine.driver',
]) {
	test(`N04 a panic in ${place} is ERR_INTERNAL and the process goes on`, async () => {
		const result = await runProgram('panic', peer.port, {
			arguments: [place],
			env: { WIRETWIN_BINDING_PATH: binding },
		});
		expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 0, stdout: 'ERR_INTERNAL\nhello\n' });
	});
}
