// Counts the instructions of the engine's work with valgrind, which a busy machine does not change, and compares them with
// bench/instructions.json: node scripts/bench-engine.mjs [--check] [--write]
// --check fails above the bound (part of `make test`); --write makes today's counts the bounds.
// The tests are those of `cargo test`, in the same profile: what grows there grows in a release.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Each test does its work so often inside of a function called `counted`. */
const rounds = 100;
const counted = {
	'command decode': ['wiretwin_fuzz', 'commands::tests::decode_repeated'],
	'hpack encode': ['instructions', 'hpack_encode'],
	'h2 head, repeated': ['instructions', 'http2_head_repeated'],
	'hpack decode': ['instructions', 'hpack_decode'],
	'http/1.1 head encode': ['instructions', 'http1_head'],
	'http/1.1 head, repeated': ['instructions', 'http1_head_repeated'],
	'h2 frames parse': ['instructions', 'http2_frames'],
	'h2 exchange, wire alone': ['instructions', 'http2_exchange'],
	'h2 exchange beside 250': ['instructions', 'http2_exchange_beside_many'],
	'whole exchange, peer in memory': ['wiretwin_engine', 'orders::world::tests::whole_exchange'],
	'exchange beside 10': ['wiretwin_engine', 'orders::world::tests::exchange_beside_ten'],
	'exchange beside 5,000': ['wiretwin_engine', 'orders::world::tests::exchange_beside_five_thousand'],
};
/** Compilers, C libraries and hash seeds move the counts by some per cent; what we break moves them by more. */
const tolerance = 0.1;

const { values } = parseArgs({ options: { check: { type: 'boolean' }, write: { type: 'boolean' } } });
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const boundsFile = join(root, 'bench/instructions.json');
const machine = `${process.platform}-${process.arch}`;
const bounds = JSON.parse(readFileSync(boundsFile, 'utf8'));
const known = bounds[machine] ?? {};
if (spawnSync('valgrind', ['--version']).error) {
	console.log('valgrind is not installed: NOT CHECKED');
	process.exit(values.check ? 0 : 1);
}

const folder = mkdtempSync(join(tmpdir(), 'wiretwin-instructions-'));
const programs = buildPrograms();
let failed = false;
const today = {};
for (const [name, [program, test]] of Object.entries(counted)) {
	const count = Math.round(instructionsOf(programs.get(program), test) / rounds);
	today[name] = count;
	const bound = known[name];
	const change = bound === undefined ? undefined : count / bound - 1;
	const isWorse = change !== undefined && change > tolerance;
	failed ||= isWorse;
	const compared = change === undefined ? 'no bound' : `${change < 0 ? '' : '+'}${(change * 100).toFixed(1)} %`;
	const remark = isWorse
		? '  MORE THAN ALLOWED'
		: change !== undefined && change < -tolerance
			? '  lower the bound (--write)'
			: '';
	console.log(`${name.padEnd(32)} ${String(count).padStart(8)} instructions  ${compared}${remark}`);
}
rmSync(folder, { recursive: true });
if (values.write) writeFileSync(boundsFile, `${JSON.stringify({ ...bounds, [machine]: today }, null, '\t')}\n`);
process.exit(values.check && failed ? 1 : 0);

/** The test programs, which cargo builds if `cargo test` has not: with the packages and features of scripts/test.sh. */
function buildPrograms() {
	const packages = ['wiretwin-wire', 'wiretwin-engine', 'wiretwin-fuzz'].map((name) => `--package=${name}`);
	const targets = ['--lib', '--test=instructions', '--features=wiretwin-engine/fault-injection'];
	const command = ['test', '--locked', '--no-run', '--message-format=json', ...packages, ...targets];
	const lines = execFileSync('cargo', command, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
	const messages = lines.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
	const made = messages.filter((message) => message.executable && message.profile?.test);
	return new Map(made.map(({ target, executable }) => [target.name, executable]));
}

function instructionsOf(program, test) {
	const file = join(folder, 'callgrind.out');
	const settings = ['--tool=callgrind', '--toggle-collect=*counted*', `--callgrind-out-file=${file}`];
	const { status, stdout, stderr } = spawnSync(
		'valgrind',
		[...settings, program, '--exact', test, '--test-threads=1'],
		{ encoding: 'utf8' },
	);
	if (status !== 0 || !stdout.includes('1 passed')) throw new Error(`${test}: ${stdout}${stderr}`);
	const total = /^(?:totals|summary): (\d+)/m.exec(readFileSync(file, 'utf8'))?.[1];
	if (!(Number(total) > 0)) throw new Error(`${test}: nothing was counted`);
	return Number(total);
}
