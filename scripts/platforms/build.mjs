// Builds the addon of one platform: BoringSSL, then the crate, both into caches of their own, and puts it beside
// packages/core-native's package.json, where scripts/platform-packages.mjs finds it. What a host build uses is not touched.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeToolchain } from './toolchain.mjs';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const core = join(root, 'packages/core-native');

/** Where the addon of a target lies; not the name that a build for development has, which tests would load. */
export function addonPath(name) {
	return join(root, 'target/platforms/addons', `wiretwin.${name}.node`);
}

/**
 * @returns whether it was built (false: it was up to date), and what each part took, in seconds
 */
export function buildTarget(name, target, zig) {
	const toolchain = writeToolchain(name, target, zig);
	const { environment, version } = toolchain;
	const started = spent();
	const env = { ...process.env, ...environment, CARGO_ZIGBUILD_ZIG_PATH: zig };
	// gcc's headers, which bootstrap.sh names for host builds; cargo-zigbuild names those of the target.
	delete env.BINDGEN_EXTRA_CLANG_ARGS;
	for (const key of Object.keys(env)) if (key.startsWith('BORING_BSSL_')) delete env[key];
	const boringssl = run(
		process.execPath,
		[join(core, 'boringssl/prepare.mjs'), '--print', '--target', target.rust],
		env,
		`target/platforms/${name}.boringssl.log`,
	).trim();
	const prepared = spent();
	const key = cacheKey(boringssl, target, version);
	const output = addonPath(name);
	const stamp = `${output}.key`;
	const times = { boringssl: since(started, prepared), cargo: since(prepared, prepared) };
	if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return { built: false, ...times };
	Object.assign(env, {
		BORING_BSSL_PATH: join(boringssl, 'build'),
		BORING_BSSL_INCLUDE_PATH: join(boringssl, 'src/include'),
		BORING_BSSL_ASSUME_PATCHED: '1',
		CARGO_TARGET_DIR: join(root, 'target/platforms'),
		[`CARGO_TARGET_${target.rust.toUpperCase().replaceAll('-', '_')}_RUSTFLAGS`]: [
			...rustFlags(target),
			...toolchain.rustFlags,
		].join(' '),
	});
	const parameters = ['zigbuild', '--locked', '--release', '-p', 'wiretwin-binding'];
	const cargoTarget = target.cargoTarget ?? target.rust;
	run('cargo', [...parameters, '--target', cargoTarget], env, `target/platforms/${name}.cargo.log`);
	const built = join(root, 'target/platforms', target.rust, 'release', target.library);
	mkdirSync(dirname(output), { recursive: true });
	writeFileSync(`${output}.tmp`, readFileSync(built), { mode: 0o755 });
	renameSync(`${output}.tmp`, output);
	writeFileSync(stamp, key);
	return { built: true, ...times, cargo: since(prepared, spent()) };
}

/** No folder of the machine that builds is in what others run: panics name the source file that they come from. */
function rustFlags(target) {
	const cargoHome = process.env.CARGO_HOME || join(homedir(), '.cargo');
	const names = { [root]: 'wiretwin', [cargoHome]: 'cargo' };
	const remapped = Object.entries(names).flatMap(([from, to]) => ['--remap-path-prefix', `${from}=${to}`]);
	return [...remapped, ...(target.rustFlags ?? [])];
}

/** Everything that decides the bytes of the addon. */
function cacheKey(boringssl, target, zigVersion) {
	const hash = createHash('sha256');
	hash.update(JSON.stringify([boringssl, target, zigVersion, process.platform, process.arch]));
	const sources = ['wire', 'engine', 'binding'].flatMap((crate) =>
		readdirSync(join(core, crate), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => join(entry.parentPath, entry.name))
			.filter((path) => !/\/(tests|benches|fuzz)\//.test(path)),
	);
	for (const file of ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml'].map((path) => join(root, path))) {
		sources.push(file);
	}
	for (const path of sources.sort()) hash.update(`${path.slice(root.length)}\0`).update(readFileSync(path));
	return hash.digest('hex');
}

/** Runs a program whose words go to a log; its last lines are the error message if it fails. */
function run(command, parameters, env, logName) {
	const log = join(root, logName);
	mkdirSync(dirname(log), { recursive: true });
	const result = spawnSync(command, parameters, { cwd: root, env, encoding: 'utf8', maxBuffer: 256 << 20 });
	writeFileSync(log, `${result.stdout ?? ''}${result.stderr ?? ''}`);
	if (result.error) throw new Error(`${command} cannot be started: ${result.error.message}`);
	if (result.status === 0) return result.stdout;
	const tail = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-15).join('\n');
	throw new Error(`${command} failed (all of it: ${logName}):\n${tail}`);
}

/** The file of a program on PATH. */
export function findProgram(name) {
	for (const folder of (process.env.PATH ?? '').split(delimiter)) {
		if (folder && existsSync(join(folder, name))) return join(folder, name);
	}
	return undefined;
}

/** Now, and what the programs that have ended took of the processors: on a shared machine the clock says little. */
function spent() {
	const fields = existsSync('/proc/self/stat') ? readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ') : [];
	// User and system time of children, in hundredths of a second (proc(5), fields 16 and 17).
	return { clock: Date.now() / 1000, cpu: (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / 100 };
}

const since = (from, to) => ({ clock: Math.round(to.clock - from.clock), cpu: Math.round(to.cpu - from.cpu) });
