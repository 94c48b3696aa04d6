// Runs the packages that `make dist` has packed, installed as users install them, on every platform that runs here; on a
// machine of another kind (the workflow), on that machine's own. What is sent has to be the same everywhere.
// usage: node scripts/test-platforms.mjs [<target> ...]
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './platforms/build.mjs';
import { runTool } from './platforms/npm.mjs';
import { ownTarget, platformsHere, runProgram, startServer } from './platforms/run.mjs';
import { targets } from './platforms/targets.mjs';

const dist = join(root, 'dist');
const tarballs = readdirSync(dist).filter((name) => name.endsWith('.tgz'));
const version = JSON.parse(readFileSync(join(root, 'packages/core-native/package.json'), 'utf8')).version;
const own = ownTarget();
const here = platformsHere();
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(here).filter(isPacked);
// What the others have to send as well.
if (isPacked(own) && wanted[0] !== own) wanted.unshift(own);
const rows = [];
let reference;
/** Its users bring Crawlee with them, some hundred packages. */
const notInstalled = new Set(['@wiretwin/crawlee-client']);
/** Clients that the adapters are for, as their own tests have them. */
const hosts = Object.fromEntries(
	Object.entries({ got: 'got-adapter', ky: 'ky-adapter', undici: 'undici-dispatcher' }).map(([name, adapter]) => [
		name,
		JSON.parse(readFileSync(join(root, 'packages', adapter, 'package.json'), 'utf8')).devDependencies[name],
	]),
);

for (const target of wanted) {
	if (!here[target] || !isPacked(target)) {
		rows.push({ target, how: '-', outcome: here[target] ? 'is not in dist/: make dist' : 'does not run here' });
		continue;
	}
	for (const [how, prepare] of Object.entries(here[target])) await test(target, how, prepare);
}
const failed = rows.filter((row) => row.outcome !== 'ok');
for (const { target, how, outcome, seconds } of rows)
	console.log(`${target} (${how}): ${outcome}${seconds ? `, ${seconds} s` : ''}`);
console.log(`${rows.length - failed.length} passed, ${failed.length} failed`);
if (failed.length > 0) process.exitCode = 1;

async function test(target, how, prepare) {
	console.log(`== ${target} (${how})`);
	const started = Date.now();
	const row = { target, how, outcome: 'ok' };
	rows.push(row);
	const folders = [];
	try {
		const environment = prepare();
		for (const manager of ['npm', 'pnpm']) {
			const folder = mkdtempSync(join(tmpdir(), 'wiretwin-platform-'));
			folders.push(folder);
			install(folder, manager, target);
			// What pnpm lays out is the same wherever it runs; under an emulator one request has to do.
			await use(folder, environment, manager === 'npm' || !environment.slow);
			console.log(`      ok, installed by ${manager}`);
		}
	} catch (error) {
		row.outcome = `FAILED: ${error.message}`;
	} finally {
		for (const folder of folders) rmSync(folder, { recursive: true, force: true });
	}
	row.seconds = Math.round((Date.now() - started) / 1000);
}

function isPacked(target) {
	return tarballs.includes(`wiretwin-core-native-${target}-${version}.tgz`);
}

/** Every platform's package is on offer; the package manager has to choose the right one. */
function install(folder, manager, target) {
	const { os, cpu, libc } = targets[target];
	const offered = tarballs.map((file) => [packageName(file), `file:${join(dist, file)}`]);
	const isPlatform = ([name]) => /^@wiretwin\/core-native-/.test(name);
	const manifest = {
		private: true,
		type: 'module',
		dependencies: {
			...Object.fromEntries(offered.filter((entry) => !isPlatform(entry) && !notInstalled.has(entry[0]))),
			...hosts,
		},
		optionalDependencies: Object.fromEntries(offered.filter(isPlatform)),
	};
	writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
	if (manager === 'npm') {
		const platform = [`--os=${os}`, `--cpu=${cpu}`, ...(libc ? [`--libc=${libc}`] : [])];
		runTool('npm', ['install', ...platform, '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], folder);
	} else {
		const settings = [
			`overrides: ${JSON.stringify(Object.fromEntries(offered))}`,
			`supportedArchitectures: ${JSON.stringify({ os: [os], cpu: [cpu], libc: [libc ?? 'glibc'] })}`,
		];
		// wine follows no symlinks.
		if (os !== process.platform && os === 'win32') settings.push('nodeLinker: hoisted');
		writeFileSync(join(folder, 'pnpm-workspace.yaml'), `${settings.join('\n')}\n`);
		runTool('pnpm', ['install', '--prefer-offline', '--silent'], folder);
	}
	const installed = readdirSync(join(folder, 'node_modules/@wiretwin')).filter((name) =>
		name.startsWith('core-native-'),
	);
	if (String(installed) !== `core-native-${target}`) throw new Error(`${manager} installed ${installed} for ${target}`);
	for (const part of ['platforms', 'consumer']) cpSync(join(root, 'e2e', part), folder, { recursive: true });
}

/** The command; with `whole` all of the smoke program, the same hello as elsewhere, and the other packages, too. */
async function use(folder, environment, whole) {
	const server = await startServer(folder);
	try {
		await useWith(server, folder, environment, whole);
	} finally {
		server.stop();
	}
}

async function useWith(server, folder, environment, whole) {
	const command = ['node_modules/wiretwin/dist/cli.js', '-s', '--insecure', `${server.said.h2}/echo`];
	const answer = await runProgram(folder, environment, command, server.env);
	if (JSON.parse(answer).protocol !== 'h2') throw new Error(`the command answers ${answer}`);
	if (!whole) return;
	const smoke = await runProgram(folder, environment, ['smoke.mjs'], server.env);
	const hello = smoke.split(/\r?\n/).filter((line) => line.startsWith('hello '));
	if (!smoke.includes('all ok') || hello.length !== 3) throw new Error(`smoke did not get to its end:\n${smoke}`);
	console.log(`      ${smoke.trim().split(/\r?\n/).at(-1)}`);
	reference ??= hello.join('\n');
	if (hello.join('\n') !== reference) throw new Error(`another hello than on ${rows[0].target}:\n${hello.join('\n')}`);
	await runProgram(folder, environment, ['adapters.mjs'], server.env);
}

/** `wiretwin-core-native-linux-x64-gnu-0.1.0.tgz` is `@wiretwin/core-native-linux-x64-gnu`. */
function packageName(file) {
	const name = file.replace(/-\d+\.\d+\.\d+[^/]*\.tgz$/, ''); // profiles have versions of their own
	return name === 'wiretwin' ? name : name.replace('wiretwin-', '@wiretwin/');
}
