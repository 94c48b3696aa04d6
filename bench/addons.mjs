// Compares two builds of the addon, in processes that take turns: node bench/addons.mjs A.node B.node [rounds]
// With --instructions it counts what the addon's own code executes (valgrind), which a busy machine does not change; a minute
// of processors and more for each run. --only <scenario> for one of them.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { instructions: { type: 'boolean' }, only: { type: 'string', multiple: true } },
});
const [first, second, rounds = '10'] = positionals;
if (!second) {
	console.error('usage: node bench/addons.mjs [--instructions] <addon> <addon> [rounds]');
	process.exit(2);
}
const addons = [first, second].map((path) => resolve(path));
const here = fileURLToPath(new URL('.', import.meta.url));
const source = ['--conditions=wiretwin-source', '--disable-warning=ExperimentalWarning'];
const load = join(here, 'addons-load.mjs');
const scenarios = values.only ?? ['handshakes', 'small', 'at-once', 'download', 'upload'];

const server = spawn(process.execPath, [...source, join(here, '../e2e/platforms/server.mjs')], {
	stdio: ['pipe', 'pipe', 'inherit'],
});
const [said] = await once(server.stdout, 'data');
try {
	for (const scenario of scenarios) {
		const measured = [[], []];
		for (let round = 0; round < (values.instructions ? 1 : Number(rounds)); round++) {
			// Who comes first changes, too.
			for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) measured[index].push(measure(addons[index], scenario));
		}
		const [a, b] = measured.map(median);
		const unit = values.instructions ? 'M instructions' : 'us CPU each';
		console.log(`${scenario}: ${a.toFixed(1)} and ${b.toFixed(1)} ${unit}, ${(((b - a) / a) * 100).toFixed(1)} %`);
	}
} finally {
	server.stdin.end();
}

function measure(addon, scenario) {
	const env = { ...process.env, SMOKE: said.toString(), WIRETWIN_BINDING_PATH: addon };
	if (!values.instructions) return Number(execFileSync(process.execPath, [...source, load, scenario], { env }));
	// What more of the same costs; the start is in both.
	const [few, many] = ['1', '3'].map((times) => instructions(addon, [load, scenario, times], env));
	return (many - few) / 2 / 1e6;
}

/** Instructions inside the addon itself; JavaScript, libc and Node are the same for both. */
function instructions(addon, parameters, env) {
	const file = join(tmpdir(), `wiretwin-instructions-${process.pid}`);
	const settings = ['--tool=callgrind', '--smc-check=all-non-file', '--compress-strings=no', '--compress-pos=no'];
	const command = [process.execPath, '--single-threaded-gc', ...source, ...parameters];
	execFileSync('valgrind', [...settings, `--callgrind-out-file=${file}`, ...command], { env, stdio: 'ignore' });
	let inside = false;
	let call = false;
	let sum = 0;
	for (const line of readFileSync(file, 'latin1').split('\n')) {
		if (line.startsWith('ob=')) inside = line.slice(3) === addon;
		else if (line.startsWith('calls=')) call = true;
		else if (/^\d/.test(line)) {
			// The line below `calls=` is what is called, counted where it is.
			if (inside && !call) sum += Number(line.split(' ')[1]);
			call = false;
		}
	}
	rmSync(file);
	return sum;
}

function median(list) {
	const sorted = list.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)];
}
