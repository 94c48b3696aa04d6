#!/usr/bin/env node
// Prepares the patched BoringSSL that boring-sys links: copies the source shipped in the boring-sys crate, applies the
// crate's own boring-pq.patch and then ours (`patches/*.patch`, by name), builds the static libraries once into a cache
// and points cargo at them through the git-ignored `.cargo/config.toml` of the repository. With `--target` it only prints
// the folder: a cross build hands it to cargo in its environment, so that the host's next build stays the host's.
//
// Usage: node prepare.mjs [--print] [--target <rust triple>]
//   WIRETWIN_CACHE    cache folder, default ~/.cache/wiretwin
//   CMAKE, NINJA      programs, default `cmake` and `ninja` from PATH
//   CC, CXX           compilers, part of the cache key
//   LIBCLANG_PATH     folder of libclang for bindgen, recorded for cargo if set
//   WIRETWIN_CMAKE_TOOLCHAIN_FILE  with `--target`: handed to cmake; its text is part of the cache key
//
// The hash covers everything that decides the bytes of the libraries, so an edited patch gives another folder and
// therefore another BORING_BSSL_PATH: that is what makes cargo relink, its build script watches no source files.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The crate whose BoringSSL tree the patches were written against; engine/Cargo.toml pins the same. */
const CRATE = 'boring-sys';
const CRATE_VERSION = '5.4.0';
/** Raise when the way of building changes without a change of patches. */
const RECIPE = '1';

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, '..', '..', '..');

const cacheRoot = process.env.WIRETWIN_CACHE || join(homedir(), '.cache', 'wiretwin');
const target = argument('--target');
const patches = readdirSync(join(here, 'patches'))
	.filter((name) => name.endsWith('.patch'))
	.sort();
const home = join(cacheRoot, `boringssl-${cacheKey()}`);

if (!isComplete(home)) build(home);
if (target !== undefined) console.log(home);
else {
	const changed = writeCargoConfig(home);
	if (process.argv.includes('--print') || changed) console.log(home);
}

function argument(name) {
	const index = process.argv.indexOf(name);
	return index === -1 ? undefined : process.argv[index + 1];
}

function isComplete(folder) {
	return existsSync(join(folder, 'complete'));
}

function cacheKey() {
	const hash = createHash('sha256');
	for (const part of [RECIPE, CRATE_VERSION, process.platform, process.arch, target ?? 'host'])
		hash.update(`${part}\0`);
	for (const name of patches) hash.update(`${name}\0`).update(readFileSync(join(here, 'patches', name)));
	// By its text: the file of another checkout may say the same, and this one may say something else tomorrow.
	const toolchain = target === undefined ? undefined : process.env.WIRETWIN_CMAKE_TOOLCHAIN_FILE;
	for (const part of [
		process.env.CC ?? 'cc',
		process.env.CXX ?? 'c++',
		toolchain === undefined ? '' : readFileSync(toolchain, 'utf8'),
	]) {
		hash.update(`${part}\0`);
	}
	hash.update(compilerId());
	return hash.digest('hex').slice(0, 16);
}

/** Version line of the C++ compiler; MSVC has none to ask for cheaply, there the environment's name has to do. */
function compilerId() {
	try {
		return execFileSync(process.env.CXX ?? 'c++', ['-dumpfullversion', '-dumpversion', '-dumpmachine'], {
			stdio: ['ignore', 'pipe', 'ignore'],
		}).toString();
	} catch {
		return process.env.VCToolsVersion ?? 'unknown';
	}
}

function build(finalHome) {
	const crate = crateFolder();
	mkdirSync(cacheRoot, { recursive: true });
	// Built aside and renamed at the end: an interrupted build leaves nothing that looks finished. The build folder's
	// absolute paths go stale by the rename, which is fine because nothing is built there again.
	const work = `${finalHome}.tmp-${process.pid}`;
	rmSync(work, { recursive: true, force: true });
	try {
		buildIn(work, crate);
		renameSync(work, finalHome);
	} catch (error) {
		rmSync(work, { recursive: true, force: true });
		// Unless another process finished the same build first.
		if (!isComplete(finalHome)) throw error;
	}
}

function buildIn(work, crate) {
	const source = join(work, 'src');
	cpSync(join(crate, 'deps', 'boringssl'), source, { recursive: true });
	run('git', ['init', '-q', '.'], source);
	run('git', ['apply', '--whitespace=nowarn', join(crate, 'patches', 'boring-pq.patch')], source);
	for (const name of patches) run('git', ['apply', '--whitespace=nowarn', join(here, 'patches', name)], source);
	rmSync(join(source, '.git'), { recursive: true, force: true });

	compile(source, join(work, 'out'));
	collect(work);
}

function compile(source, out) {
	const settings = ['-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_POSITION_INDEPENDENT_CODE=ON', '-DBUILD_TESTING=OFF'];
	if (target !== undefined) {
		if (process.env.WIRETWIN_CMAKE_TOOLCHAIN_FILE) {
			settings.push(`-DCMAKE_TOOLCHAIN_FILE=${process.env.WIRETWIN_CMAKE_TOOLCHAIN_FILE}`);
		}
		// BoringSSL names the file in each error that it records; what is published names no folder of the builder.
		const nameless = `-ffile-prefix-map=${source}=boringssl`;
		for (const language of ['C', 'CXX', 'ASM']) settings.push(`-DCMAKE_${language}_FLAGS=${nameless}`);
	}
	const ninja = program('NINJA', 'ninja');
	const generator = ninja ? ['-G', 'Ninja', `-DCMAKE_MAKE_PROGRAM=${ninja}`] : [];
	const cmake = program('CMAKE', 'cmake');
	if (!cmake) throw new Error('cmake not found: install it (`apt install cmake ninja-build`) or set CMAKE');
	run(cmake, ['-S', source, '-B', out, ...generator, ...settings], dirname(source));
	const jobs = String(availableParallelism());
	run(cmake, ['--build', out, '--config', 'Release', '--parallel', jobs, '--target', 'crypto', 'ssl'], dirname(source));
}

/** Keeps what boring-sys needs (`build/*.a`, `src/include`) and the licence; drops 150 MB of objects and sources. */
function collect(work) {
	const out = join(work, 'out');
	const libraries = join(work, 'build');
	mkdirSync(libraries);
	const names = process.platform === 'win32' && !target ? ['crypto.lib', 'ssl.lib'] : ['libcrypto.a', 'libssl.a'];
	for (const name of names) {
		const from = [join(out, name), join(out, 'Release', name)].find((path) => existsSync(path));
		if (!from) throw new Error(`the build produced no ${name}`);
		const library = join(libraries, name);
		renameSync(from, library);
		// Not those of a target: GNU strip takes symbols out of COFF archives and leaves the tables that count them.
		if (target === undefined) stripDebugInformation(library);
	}
	const kept = join(work, 'kept');
	mkdirSync(kept);
	for (const name of ['include', 'LICENSE']) renameSync(join(work, 'src', name), join(kept, name));
	rmSync(join(work, 'src'), { recursive: true, force: true });
	rmSync(out, { recursive: true, force: true });
	renameSync(kept, join(work, 'src'));
	writeFileSync(join(work, 'complete'), `${CRATE} ${CRATE_VERSION}\n${patches.join('\n')}\n`);
}

/** BoringSSL always compiles with -ggdb, which is most of the size. Without a strip program the archive just stays large. */
function stripDebugInformation(library) {
	const strip = library.endsWith('.a') ? program('STRIP', 'strip') : undefined;
	if (!strip) return;
	try {
		execFileSync(strip, ['-S', library], { stdio: 'ignore' });
	} catch {
		// A strip of another architecture refuses and leaves the file alone.
	}
}

/** Folder of the crate's source, fetched by cargo if it is not in the registry cache yet. */
function crateFolder() {
	for (const attempt of [['--offline'], []]) {
		try {
			const text = execFileSync('cargo', ['metadata', '--format-version', '1', ...attempt], {
				cwd: repository,
				maxBuffer: 64 << 20,
				stdio: ['ignore', 'pipe', attempt.length > 0 ? 'ignore' : 'inherit'],
			}).toString();
			const found = JSON.parse(text).packages.find((item) => item.name === CRATE && item.version === CRATE_VERSION);
			if (found) return dirname(found.manifest_path);
		} catch (error) {
			if (attempt.length === 0) throw error;
		}
	}
	throw new Error(`${CRATE} ${CRATE_VERSION} is not in the dependency tree; engine/Cargo.toml has to pin it`);
}

/** A program from the environment or PATH, or undefined. */
function program(variable, name) {
	if (process.env[variable]) return process.env[variable];
	const suffixes = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
	for (const folder of (process.env.PATH ?? '').split(delimiter)) {
		for (const suffix of suffixes) {
			const path = join(folder, name + suffix);
			if (folder && existsSync(path)) return path;
		}
	}
	return undefined;
}

/** Returns whether the file changed. Rewriting an equal file would be harmless but would hide a real change. */
function writeCargoConfig(finalHome) {
	const lines = [
		'# Written by packages/core-native/boringssl/prepare.mjs; git-ignored because its paths belong to this machine.',
		'[env]',
		`BORING_BSSL_PATH = ${JSON.stringify(join(finalHome, 'build'))}`,
		`BORING_BSSL_INCLUDE_PATH = ${JSON.stringify(join(finalHome, 'src', 'include'))}`,
		'BORING_BSSL_ASSUME_PATCHED = "1"',
	];
	if (process.env.LIBCLANG_PATH) lines.push(`LIBCLANG_PATH = ${JSON.stringify(process.env.LIBCLANG_PATH)}`);
	const text = `${lines.join('\n')}\n`;
	const file = join(repository, '.cargo', 'config.toml');
	if (existsSync(file) && readFileSync(file, 'utf8') === text) return false;
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(`${file}.tmp`, text);
	renameSync(`${file}.tmp`, file);
	return true;
}

function run(command, parameters, cwd) {
	// GIT_* of a calling hook would make git work on the caller's repository.
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
	execFileSync(command, parameters, { cwd, env, stdio: ['ignore', 2, 2] });
}
