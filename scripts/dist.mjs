// Builds the addons of all platforms on this one Linux machine, checks each without running it, and packs every npm package
// with its platform packages into dist/. What has not changed since is not built again.
// usage: node scripts/dist.mjs [<target> ...]     (`make dist TARGET=...` installs the tools first)

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { addonPath, buildTarget, findProgram, root } from './platforms/build.mjs';
import { inspect } from './platforms/inspect.mjs';
import { softwareBill } from './platforms/sbom.mjs';
import { targets } from './platforms/targets.mjs';

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(targets);
const unknown = names.filter((name) => !(name in targets));
if (unknown.length > 0)
	fail(`no platform is called ${unknown.join(', ')}; there are ${Object.keys(targets).join(', ')}`);

const zig = process.env.ZIG ?? join(root, '.toolchain/cross/ziglang/zig');
const started = Date.now();
const rows = names.map((name, index) => {
	const row = { target: name, problems: missingTools(targets[name]) };
	console.log(
		`[${index + 1}/${names.length}] ${name}: ${row.problems.length > 0 ? 'cannot be built here' : 'building'}`,
	);
	if (row.problems.length > 0) return row;
	try {
		Object.assign(row, buildTarget(name, targets[name], zig));
		const checkouts = [root, process.env.CARGO_HOME, process.env.WIRETWIN_CACHE].filter(Boolean);
		Object.assign(row, inspect(addonPath(name), targets[name], [homedir(), ...checkouts]));
	} catch (error) {
		row.problems.push(error.message);
	}
	const took = ({ clock, cpu }) => `${clock} s (${cpu} s of processors)`;
	const parts = row.built ? `BoringSSL ${took(row.boringssl)}, addon ${took(row.cargo)}` : 'as it was built before';
	console.log(`      ${row.size === undefined ? 'FAILED' : `${row.size} bytes, ${parts}; needs ${row.needs}`}`);
	return row;
});

for (const { target, problems } of rows) for (const problem of problems) console.error(`${target}: ${problem}`);
const failed = rows.filter((row) => row.problems.length > 0).map((row) => row.target);
if (failed.length > 0) fail(`nothing is packed, because of ${failed.join(', ')}`);

const addons = join(root, 'target/platforms/packed');
rmSync(addons, { recursive: true, force: true });
mkdirSync(addons, { recursive: true });
for (const name of names) copyFileSync(addonPath(name), join(addons, `wiretwin.${name}.node`));
const output = join(root, 'dist');
rmSync(output, { recursive: true, force: true });
const packed = spawnSync(process.execPath, [join(root, 'scripts/pack.mjs'), output, addons], { stdio: 'inherit' });
if (packed.status !== 0) fail('packing failed');
const { version } = JSON.parse(readFileSync(join(root, 'packages/core-native/package.json'), 'utf8'));
writeFileSync(join(output, 'sbom.cdx.json'), `${JSON.stringify(softwareBill(root, version), null, '\t')}\n`);
writeFileSync(join(output, 'platforms.json'), `${JSON.stringify(rows, null, '\t')}\n`);
console.log(`dist: ${names.length} platforms in ${Math.round((Date.now() - started) / 1000)} s`);

/** What has to be installed before a target can be built; `bootstrap_cross` in scripts/bootstrap.sh does it. */
function missingTools(target) {
	const wanted = {
		'cargo-zigbuild': 'pip install cargo-zigbuild',
		cmake: 'pip install cmake',
		ninja: 'pip install ninja',
	};
	if (target.needs?.includes('nasm')) wanted.nasm = 'apt-get install nasm';
	const missing = Object.entries(wanted).filter(([program]) => !findProgram(program));
	const problems = missing.map(([program, command]) => `needs ${program}: ${command}`);
	if (spawnSync(zig, ['version']).status !== 0) problems.push(`needs zig at ${zig}: pip install ziglang (or set ZIG)`);
	const sysroot = spawnSync('rustc', ['--print', 'target-libdir', '--target', target.rust], {
		cwd: root,
		encoding: 'utf8',
	});
	if (!existsSync(sysroot.stdout.trim())) {
		problems.push(`needs Rust's library for it: rustup target add ${target.rust}`);
	}
	return problems;
}

function fail(text) {
	console.error(`dist: ${text}`);
	process.exit(1);
}
