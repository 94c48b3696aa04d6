import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { loadedFrom } from '../src/load-binding.ts';
import { explainLoadFailure, type LoadFailure } from '../src/load-failure.ts';
import { protocolVersion } from '../src/native-binding.ts';
import { bindingTarget } from '../src/runtime.ts';
import { runProgram } from './support/program.ts';

const { version } = manifest;
const folders: string[] = [];
const target = bindingTarget();

test.runIf(process.platform === 'linux')('the C library is that of the loader, no report is asked for', () => {
	const report = vi.spyOn(process.report, 'getReport');
	expect(bindingTarget()).toBe(target);
	expect(report).not.toHaveBeenCalled();
	report.mockRestore();
	const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
	expect(target.endsWith('-gnu')).toBe(header.glibcVersionRuntime !== undefined);
});

afterEach(() => {
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function bindingFile(name: string, text: string): string {
	const folder = mkdtempSync(join(tmpdir(), 'wiretwin-load-'));
	folders.push(folder);
	writeFileSync(join(folder, name), text);
	return join(folder, name);
}

test('N02 a broken binding gives one error that names the file and says what to do', async () => {
	const path = bindingFile('broken.node', 'not a library');
	const { code, stdout } = await runProgram('load', 1, { env: { WIRETWIN_BINDING_PATH: path } });
	expect(code).toBe(0);
	expect(stdout).toContain('ERR_BINDING_LOAD');
	expect(stdout).toContain(path);
	expect(stdout).toContain('WIRETWIN_BINDING_PATH names this file: unset it');
});

test('N02 a binding of another version is refused by its protocol', async () => {
	const path = bindingFile('other.cjs', 'exports.protocolVersion = () => 0;');
	const { stdout } = await runProgram('load', 1, { env: { WIRETWIN_BINDING_PATH: path } });
	expect(stdout).toContain('speaks protocol 0');
});

test('N02 a binding of another release is refused by its version', async () => {
	const text = `exports.protocolVersion = () => ${protocolVersion}; exports.buildId = () => '0.0.1+12345678';`;
	const { stdout } = await runProgram('load', 1, {
		env: { WIRETWIN_BINDING_PATH: bindingFile('older.cjs', text) },
	});
	expect(stdout).toContain(`is of version 0.0.1, this package of ${version}`);
});

test('N02 an addon older than the checkout says so when it refuses something', async () => {
	const { code, stdout } = await runProgram('stale', 1);
	expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^ERR_PROFILE_INVALID .*addedYesterday/) });
	const real = JSON.stringify(loadedFrom());
	const text = `module.exports = { ...require(${real}), buildId: () => '${version}+00000000' };`;
	const stale = await runProgram('stale', 1, { env: { WIRETWIN_BINDING_PATH: bindingFile('stale.cjs', text) } });
	expect(stale.stdout).toMatch(
		/^ERR_ADDON_STALE .*stale\.cjs.*\(.*\+00000000\).*scripts\/build-native\.mjs.*addedYesterday/,
	);
});

test('N02 two copies of the facade in one thread share nothing and both work', async () => {
	const { code, stdout, stderr } = await runProgram('two-copies', 1);
	expect({ code, stderr, stdout }).toEqual({
		code: 0,
		stderr: '',
		stdout: 'ERR_CONNECTION_REFUSED ERR_CONNECTION_REFUSED true\n',
	});
});

describe('an installed copy', () => {
	/** What `npm install` leaves behind, with the given platform packages beside the facade. */
	async function load(packages: { [target: string]: string }): Promise<string> {
		const root = mkdtempSync(join(tmpdir(), 'wiretwin-installed-'));
		folders.push(root);
		// Not in node_modules, where Node strips no types; `require` finds the platform packages through a folder above.
		const facade = join(root, 'node_modules.d/core-native');
		for (const part of ['src', 'addons', 'package.json']) {
			cpSync(fileURLToPath(new URL(`../${part}`, import.meta.url)), join(facade, part), { recursive: true });
		}
		for (const [name, text] of Object.entries(packages)) {
			for (const folder of [`node_modules/@wiretwin/core-native-${name}`, `node_modules.d/core-native-${name}`]) {
				mkdirSync(join(root, folder), { recursive: true });
				writeFileSync(join(root, folder, 'index.js'), text);
			}
		}
		const program = fileURLToPath(new URL('programs/load-installed.ts', import.meta.url));
		const { WIRETWIN_BINDING_PATH: _, ...env } = process.env;
		const module = pathToFileURL(join(facade, 'src/load-binding.ts')).href;
		return (await promisify(execFile)(process.execPath, [program, module], { env })).stdout;
	}

	test('loads the package of its platform', async () => {
		const stdout = await load({
			[target]: `exports.protocolVersion = () => ${protocolVersion}; exports.buildId = () => '${version}+1';`,
		});
		expect(stdout).toBe(`loaded ${protocolVersion}\n`);
	});
	test('without optional dependencies says so', async () => {
		const stdout = await load({});
		expect(stdout).toContain(`no native addon for ${target} (${process.platform} ${process.arch}`);
		expect(stdout).toContain(`Node ${process.versions.node}`);
		expect(stdout).toContain(`- @wiretwin/core-native-${target}: Cannot find module`);
		expect(stdout).toContain('--omit=optional');
	});
	test('in a folder that was installed on another system names that system', async () => {
		const stdout = await load({ 'darwin-arm64': '' });
		expect(stdout).toContain('node_modules was made for darwin-arm64.');
		expect(stdout).toContain(`npm install --os=${process.platform} --cpu=${process.arch}`);
	});
	test('beside a package of another version says that versions are mixed', async () => {
		const stdout = await load({ [target]: 'exports.protocolVersion = () => 1;' });
		expect(stdout).toContain(`speaks protocol 1, this package needs ${protocolVersion}`);
		expect(stdout).toContain('have to be of one version');
	});
});

describe('the message', () => {
	const failure: LoadFailure = {
		target: 'linux-x64-gnu',
		runtime: 'linux x64, glibc 2.17, Node 22.18.0',
		failures: [],
		installed: ['linux-x64-gnu'],
		named: false,
	};
	const reason = (text: string) =>
		explainLoadFailure({
			...failure,
			failures: [{ name: '@wiretwin/core-native-linux-x64-gnu', reason: new Error(text) }],
		});

	test('names the oldest C library that is enough', () => {
		expect(reason("/lib64/libc.so.6: version `GLIBC_2.17' not found")).toContain('older than glibc 2.17');
	});
	test('knows a package of the other C library', () => {
		expect(reason('Error loading shared library libc.musl-x86_64.so.1')).toContain('for another C library');
		expect(reason('Error relocating wiretwin.node: __res_init: symbol not found')).toContain('for another C library');
	});
	test('knows an addon for musl under glibc, where libc.so is a text for linkers or nothing', () => {
		expect(reason('/lib/x86_64-linux-gnu/libc.so: invalid ELF header')).toContain('for another C library');
		expect(reason('libc.so: cannot open shared object file: No such file')).toContain('for another C library');
	});
	test('knows a file of another processor', () => {
		expect(reason('wiretwin.node: invalid ELF header')).toContain('for another platform');
		expect(reason("mach-o file, but is an incompatible architecture (have 'arm64', need 'x86_64')")).toContain(
			'for another platform',
		);
	});
	test('knows a bundle without require', () => {
		expect(reason('require is not defined')).toContain('keep wiretwin external');
	});
	test('says which platforms have no package', () => {
		const text = explainLoadFailure({ ...failure, target: 'freebsd-x64', failures: [] });
		expect(text).toContain('There is no package for freebsd-x64.');
		expect(text).toContain('Build it from source');
	});
});

test('the page that messages name is there', () => {
	const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
	expect(readme).toContain('## If the addon does not load');
});
