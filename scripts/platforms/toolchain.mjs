// What cmake and cargo need to build for another platform with zig: compiler wrappers, cmake's description of the platform,
// and stand-ins for two things that only the platform itself has. All of it is text of ours; no file of Apple's or
// Microsoft's is copied.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { entryPoint } from './targets.mjs';

/** Outside the checkout, as the libraries that are built with it: their cache key has its path. */
const cache = join(process.env.WIRETWIN_CACHE || join(homedir(), '.cache', 'wiretwin'), 'cross');

/** Writes the tools of one target; the answer is the environment that `prepare.mjs` and cargo run in. */
export function writeToolchain(name, target, zig) {
	const folder = join(cache, name);
	mkdirSync(folder, { recursive: true });
	const version = execFileSync(zig, ['version'], { encoding: 'utf8' }).trim();
	// -g0 comes last because BoringSSL insists on -ggdb; zig turns a sanitizer on where nobody asks for optimization.
	const compile = (command) => `"${zig}" ${command} -target ${target.zig} -fno-sanitize=all "$@" -g0`;
	const wrapper = (file, command) => writeProgram(join(folder, file), `#!/bin/sh\nexec ${command}\n`);
	wrapper('cc', compile('cc'));
	wrapper('c++', compile('c++'));
	wrapper('ar', `"${zig}" ar "$@"`);
	wrapper('ranlib', `"${zig}" ranlib "$@"`);
	const file = join(folder, 'toolchain.cmake');
	const clang = execFileSync(zig, ['cc', '--version'], { encoding: 'utf8' });
	const clangVersion = /clang version ([\d.]+)/.exec(clang)?.[1];
	writeFileSync(file, cmakeFile(folder, target, version, clangVersion));
	const environment = {
		CC: join(folder, 'cc'),
		CXX: join(folder, 'c++'),
		WIRETWIN_CMAKE_TOOLCHAIN_FILE: file,
		...target.environment,
	};
	if (target.needs?.includes('sdk')) environment.SDKROOT = writeSdk(join(folder, 'sdk'));
	if (target.needs?.includes('libnode')) environment.LIBNODE_PATH = writeLibnode(join(folder, 'libnode'), zig);
	const rustFlags = target.needs?.includes('exports')
		? ['-C', `link-arg=${writeExports(join(folder, 'addon.def'))}`]
		: [];
	return { environment, version, rustFlags };
}

function cmakeFile(folder, target, zigVersion, clangVersion) {
	const lines = [
		`# zig ${zigVersion}, ${target.zig}`,
		`set(CMAKE_SYSTEM_NAME ${target.cmake.system})`,
		`set(CMAKE_SYSTEM_PROCESSOR ${target.cmake.processor})`,
		`set(CMAKE_C_COMPILER ${folder}/cc)`,
		`set(CMAKE_CXX_COMPILER ${folder}/c++)`,
		`set(CMAKE_ASM_COMPILER ${folder}/cc)`,
		`set(CMAKE_AR ${folder}/ar CACHE FILEPATH "")`,
		`set(CMAKE_RANLIB ${folder}/ranlib CACHE FILEPATH "")`,
		'set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)',
	];
	// Told, not found out: for that cmake links a program, and zig builds the C++ library of the platform for it first.
	for (const language of ['C', 'CXX']) {
		lines.push(
			`set(CMAKE_${language}_COMPILER_WORKS 1)`,
			`set(CMAKE_${language}_COMPILER_ID_RUN 1)`,
			`set(CMAKE_${language}_COMPILER_ID Clang)`,
			`set(CMAKE_${language}_COMPILER_VERSION ${clangVersion})`,
			`set(CMAKE_${language}_COMPILER_FRONTEND_VARIANT GNU)`,
			`set(CMAKE_${language}_STANDARD_COMPUTED_DEFAULT 17)`,
			`set(CMAKE_${language}_EXTENSIONS_COMPUTED_DEFAULT ON)`,
		);
	}
	if (target.os === 'linux') lines.push('set(CMAKE_EXECUTABLE_FORMAT ELF)');
	if (target.os === 'darwin') {
		lines.push(
			'set(CMAKE_INSTALL_NAME_TOOL /usr/bin/true)',
			'set(CMAKE_OSX_SYSROOT "")',
			'set(CMAKE_OSX_ARCHITECTURES "")',
		);
	}
	return `${lines.join('\n')}\n`;
}

/**
 * zig has the system library of macOS, but no frameworks: the linker only wants to know which names they export, and the
 * crates that call them say so in their `extern` blocks.
 */
function writeSdk(folder) {
	for (const [framework, crate] of [
		['Security', 'security-framework-sys'],
		['CoreFoundation', 'core-foundation-sys'],
	]) {
		const path = join(folder, 'System/Library/Frameworks', `${framework}.framework`, `${framework}.tbd`);
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(
			path,
			[
				'--- !tapi-tbd',
				'tbd-version:     4',
				'targets:         [ x86_64-macos, arm64-macos ]',
				`install-name:    '/System/Library/Frameworks/${framework}.framework/Versions/A/${framework}'`,
				'current-version: 1',
				'compatibility-version: 1',
				'exports:',
				'  - targets:         [ x86_64-macos, arm64-macos ]',
				`    symbols:         [ ${declaredNames(crate).join(', ')} ]`,
				'...',
				'',
			].join('\n'),
		);
	}
	return folder;
}

/** Names that a `-sys` crate declares in its `extern` blocks, as the linker of macOS spells them. */
function declaredNames(crate) {
	const source = join(dirname(crateManifest(crate)), 'src');
	const names = new Set();
	for (const file of readdirSync(source, { recursive: true }).filter((path) => String(path).endsWith('.rs'))) {
		const text = readFileSync(join(source, String(file)), 'utf8').replace(/\/\/.*$/gm, '');
		for (const [, block] of text.matchAll(/extern "C" \{([\s\S]*?)\n\}/g)) {
			for (const [, name] of block.matchAll(/pub (?:fn|static(?: mut)?) (\w+)/g)) names.add(`_${name}`);
		}
	}
	if (names.size === 0) throw new Error(`${crate} declares nothing in ${source}`);
	return [...names].sort();
}

let packages;

function crateManifest(crate) {
	packages ??= JSON.parse(
		execFileSync('cargo', ['metadata', '--locked', '--format-version', '1'], { maxBuffer: 64 << 20, encoding: 'utf8' }),
	).packages;
	const found = packages.find((item) => item.name === crate);
	if (!found) throw new Error(`${crate} is not in Cargo.lock`);
	return found.manifest_path;
}

/** cargo-zigbuild drops rustc's own list of exports, without which a DLL exports every function in it. */
function writeExports(file) {
	writeFileSync(file, `EXPORTS\n${entryPoint}\n`);
	return file;
}

/** napi-build asks for Node's import library on Windows, though with `dyn-symbols` nothing is taken from it. */
function writeLibnode(folder, zig) {
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'libnode.dll'), '');
	for (const name of ['libnode.a', 'libnode.dll.a']) {
		if (!existsSync(join(folder, name))) execFileSync(zig, ['ar', 'rc', join(folder, name)]);
	}
	return folder;
}

function writeProgram(path, text) {
	// Left alone if nothing changes: another checkout may be running it.
	if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
	writeFileSync(path, text);
	chmodSync(path, 0o755);
}
