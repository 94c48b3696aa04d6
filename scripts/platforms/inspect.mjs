// Checks an addon without running it: nothing that is published may need what users lack, or tell where it was built.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { readElf } from './elf.mjs';
import { readMachO } from './mach-o.mjs';
import { readPe } from './pe.mjs';
import { entryPoint, glibcFloor } from './targets.mjs';

/** What a user downloads unpacked; today's are 4.6 to 5.8 MB, and a debug section or a second copy of BoringSSL is more. */
const largest = 7_000_000;

/** What every machine of that kind has. */
const allowedLibraries = {
	glibc: /^(lib(c|m|dl|pthread|rt)\.so\.\d+|ld-linux-(x86-64|aarch64)\.so\.\d)$/,
	musl: /^libc\.(so|musl-\w+\.so\.1)$/,
	darwin:
		/^\/(usr\/lib\/lib(System\.B|iconv\.2|charset\.1)\.dylib|System\/Library\/Frameworks\/(Security|CoreFoundation)\.framework\/.+)$/,
	win32:
		/^(kernel32|ntdll|ws2_32|crypt32|advapi32|userenv|bcrypt|bcryptprimitives|secur32|ncrypt|api-ms-win-[\w-]+)\.dll$/,
};

const formats = { linux: 'ELF', darwin: 'Mach-O', win32: 'PE' };

/** @returns {{ size: number, needs: string, problems: string[] }} */
export function inspect(path, target, buildFolders) {
	const bytes = readFileSync(path);
	const problems = [];
	const expect = (holds, text) => holds || problems.push(text);
	const library = read(bytes);
	if (!library) return { size: bytes.length, needs: '', problems: ['neither ELF nor Mach-O nor PE'] };
	expect(library.format === formats[target.os], `${library.format} instead of ${formats[target.os]}`);
	expect(library.cpu === target.cpu, `for ${library.cpu}, not ${target.cpu}`);
	expect(library.isLibrary, 'not a library');
	expect(bytes.length < largest, `${bytes.length} bytes, at most ${largest}`);
	const allowed = allowedLibraries[target.libc ?? target.os];
	for (const name of library.needed) expect(allowed.test(name), `needs ${name}`);
	const newest = library.versions.map(glibcVersion).filter(Boolean).sort(compareVersions).at(-1);
	expect(
		newest === undefined || compareVersions(newest, glibcFloor) <= 0,
		`needs glibc ${newest}, at most ${glibcFloor}`,
	);
	expect(library.exported.includes(entryPoint), `does not export ${entryPoint}`);
	const others = library.exported.filter((name) => name !== entryPoint);
	expect(
		others.length === 0 || target.exportsEverything,
		`exports ${others.length} names more: ${others.slice(0, 5).join(', ')}`,
	);
	if (target.os === 'darwin') {
		expect(
			library.paths.every((name) => name.startsWith('@')),
			`is called ${library.paths.join(', ')}`,
		);
		// Intel machines ask for no signature.
		expect(library.signature === 'intact' || target.cpu === 'x64', `signature: ${library.signature}`);
	}
	for (const folder of [homedir(), ...buildFolders]) {
		const at = bytes.indexOf(`${folder}/`);
		if (at !== -1) problems.push(`holds a folder of this machine: ${printable(bytes, at)}`);
	}
	const needs = [
		...library.needed.map((name) => name.split('/').at(-1)),
		newest && `GLIBC_${newest}`,
		library.minimum && `macOS ${library.minimum}`,
	];
	return { size: bytes.length, needs: needs.filter(Boolean).join(' '), problems };
}

function read(bytes) {
	if (bytes.readUInt32BE(0) === 0x7f454c46) return readElf(bytes);
	if (bytes.readUInt32LE(0) === 0xfeedfacf) return readMachO(bytes);
	if (bytes.toString('latin1', 0, 2) === 'MZ') return readPe(bytes);
	return undefined;
}

const glibcVersion = (name) => /^GLIBC_([\d.]+)$/.exec(name)?.[1];

function compareVersions(left, right) {
	const [a, b] = [left, right].map((version) => version.split('.').map(Number));
	return a[0] - b[0] || (a[1] ?? 0) - (b[1] ?? 0);
}

const printable = (bytes, at) => bytes.toString('latin1', at, at + 100).replace(/[^\x20-\x7e].*$/s, '');
