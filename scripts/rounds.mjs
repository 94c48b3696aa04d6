/**
 * Looks for tests that fail now and then: runs the suites again and again beside busy loops and names what failed, how often.
 *
 *     node scripts/rounds.mjs [rounds=10] [busy loops=2] [all|native|js]
 *
 * The output of each round is kept in reports/rounds/. Ends with status 1 if anything failed in any round.
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const [rounds = 10, busy = 2] = process.argv.slice(2, 4).map(Number);
const [only = 'all'] = process.argv.slice(4);
const folder = join(import.meta.dirname, '../reports/rounds');
const parts = {
	native: [
		'cargo',
		...['test', '--locked', '--quiet', '--no-fail-fast', '-p', 'wiretwin-wire', '-p', 'wiretwin-engine'],
		...['--features', 'wiretwin-engine/fault-injection'],
	],
	js: ['pnpm', 'exec', 'vitest', 'run', '--reporter=default'],
};
/** What a line of the output says of a test that failed: libtest's list, vitest's headings. */
const FAILED = [/^test (\S+) \.\.\. FAILED$/, /^ {4}([\w:]+)$/, /^ FAIL {2}(.+)$/];
const COLOR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

await mkdir(folder, { recursive: true });
const loops = Array.from({ length: busy }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
const failures = new Map();
let failedRuns = 0;
try {
	for (let round = 1; round <= rounds; round++)
		for (const [part, command] of Object.entries(parts)) {
			if (only !== 'all' && only !== part) continue;
			const start = Date.now();
			const file = join(folder, `${part}-${round}.log`);
			const status = await run(command, file);
			const failed = status === 0 ? [] : failedTests(await readFile(file, 'utf8'));
			if (status !== 0) failedRuns++;
			for (const name of failed) failures.set(name, (failures.get(name) ?? 0) + 1);
			const verdict = status === 0 ? 'ok' : `FAILED (${failed.join('; ') || `status ${status}`})`;
			console.log(`round ${round} of ${rounds}, ${part}: ${verdict}, ${Math.round((Date.now() - start) / 1000)} s`);
		}
} finally {
	for (const loop of loops) loop.kill('SIGKILL');
}
for (const [name, count] of failures) console.log(`${count} of ${rounds}  ${name}`);
process.exitCode = failedRuns > 0 ? 1 : 0;

function run([command, ...args], file) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
		const log = createWriteStream(file);
		child.stdout.pipe(log, { end: false });
		child.stderr.pipe(log, { end: false });
		child.on('error', reject);
		child.on('close', (status) => log.end(() => resolve(status)));
	});
}

function failedTests(output) {
	const found = output
		.replaceAll(COLOR, '')
		.split('\n')
		.flatMap((line) => FAILED.flatMap((pattern) => pattern.exec(line)?.[1] ?? []));
	return [...new Set(found)];
}
