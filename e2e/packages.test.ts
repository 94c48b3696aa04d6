import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Mirror, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlers, bundleTests } from './bundles.ts';

/**
 * The packages as users get them: built, packed, installed by npm into an empty folder outside this repository. Nothing
 * there can see a source file or a workspace link.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const execute = promisify(execFile);
/** Its users bring Crawlee with them, some hundred packages; it is packed here, not installed. */
const notInstalled = new Set(['@wiretwin/crawlee-client']);

type Manifest = { name: string; version: string; dependencies?: Record<string, string> };

let folder: string;
/** Where nothing is installed. */
let elsewhere: string;
let mirror: Mirror;
let tarballs: Map<string, string>;

/** Runs a program in the consumer's folder, without anything of this repository in its environment. */
const run = (command: string, ...rest: Array<string | NodeJS.ProcessEnv>) => runIn(folder, command, ...rest);

async function runIn(cwd: string, command: string, ...rest: Array<string | NodeJS.ProcessEnv>) {
	const parameters = rest.filter((value) => typeof value === 'string');
	const more = Object.assign({}, ...rest.filter((value) => typeof value === 'object'));
	const { MIRROR: _, NODE_OPTIONS: __, NODE_PATH: ___, WIRETWIN_BINDING_PATH: ____, ...env } = process.env;
	const { stdout, stderr } = await execute(command, parameters, {
		cwd,
		env: { ...env, ...more, MIRROR: JSON.stringify({ url: mirror.urlFor('localhost'), ca: mirror.caPem }) },
	});
	return { stdout: stdout.trim(), stderr };
}

/** Other runtimes, and the oldest Node that we are for, from packages of the registry. Their own commands are made by install scripts, which do not run here. */
const runtimes: { [name: string]: string[] } = {
	Bun: [
		binary('bun', `@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`, 'bin/bun'),
	],
	'Node 22.18': [createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`)],
	Deno: [binary('deno', `@deno/${process.platform}-${process.arch}-glibc`, 'deno'), 'run', '--allow-all'],
};

function binary(runtime: string, platform: string, path: string): string {
	const base = createRequire(import.meta.url).resolve(`${runtime}/package.json`);
	return join(dirname(createRequire(base).resolve(`${platform}/package.json`)), path);
}

/** Runs the smoke program against servers of its own, in a Node of their own. */
async function runSmoke(command: string, ...parameters: string[]) {
	const server = spawn(process.execPath, ['server.mjs'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
	try {
		const [said] = (await once(server.stdout, 'data')) as [Buffer];
		return await run(command, ...parameters, { SMOKE: said.toString() });
	} finally {
		server.stdin.end();
	}
}

/** What the server saw of each browser. */
const hellos = (stdout: string) => stdout.split('\n').filter((line) => line.startsWith('hello '));

const bin = (name: string) => join(folder, 'node_modules/.bin', name);

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'wiretwin-e2e-'));
	elsewhere = await mkdtemp(join(tmpdir(), 'wiretwin-e2e-elsewhere-'));
	const packed = join(folder, 'tarballs');
	await execute(process.execPath, [join(root, 'scripts/pack.mjs'), packed], { cwd: root });
	tarballs = new Map();
	for (const file of await readdir(packed)) {
		const { stdout } = await execute('tar', ['-xzOf', join(packed, file), 'package/package.json']);
		tarballs.set((JSON.parse(stdout) as Manifest).name, join(packed, file));
	}
	for (const programs of ['consumer', 'platforms']) await cp(join(root, 'e2e', programs), folder, { recursive: true });
	const wanted = [...tarballs].filter(([name]) => !notInstalled.has(name));
	const development = JSON.parse(await readFile(join(root, 'packages/got-adapter/package.json'), 'utf8'));
	const versions = await Promise.all(
		['ky-adapter', 'undici-dispatcher'].map(async (name) =>
			JSON.parse(await readFile(join(root, 'packages', name, 'package.json'), 'utf8')),
		),
	);
	const hosts = Object.assign({}, ...[development, ...versions].map((manifest) => manifest.devDependencies));
	await writeFile(
		join(folder, 'package.json'),
		JSON.stringify({
			private: true,
			type: 'module',
			dependencies: {
				...Object.fromEntries(wanted.map(([name, file]) => [name, `file:${file}`])),
				...bundlers,
				...Object.fromEntries(['got', 'ky', 'undici'].map((name) => [name, hosts[name]])),
				'@types/node': JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).devDependencies['@types/node'],
			},
		}),
	);
	mirror = await startMirror();
	await run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error');
}, 240_000);

afterAll(async () => {
	await mirror?.close();
	for (const path of [folder, elsewhere]) await rm(path, { recursive: true, force: true });
});

describe('the installed packages', () => {
	it('are made of built files only, and ask for nothing of this repository', async () => {
		expect(tarballs.size).toBeGreaterThanOrEqual(9);
		for (const [name, file] of tarballs) {
			const { stdout: list } = await execute('tar', ['-tzf', file]);
			const files = list.split('\n');
			expect(files, name).toContain('package/LICENSE');
			expect(files, name).toContain('package/README.md');
			expect(
				files.filter((path) => /(?<!\.d)\.ts$|\.test\.|tsconfig|\/src\//.test(path)),
				name,
			).toEqual([]);
			const { stdout } = await execute('tar', ['-xzOf', file, 'package/package.json']);
			expect(stdout, name).not.toMatch(/workspace:|catalog:|wiretwin-source|devDependencies/);
		}
	});
	it('are what publint expects of a package', async () => {
		for (const file of tarballs.values()) {
			const { stdout } = await execute(join(root, 'node_modules/.bin/publint'), ['run', file, '--strict']).catch(
				(error: { stdout: string }) => error,
			);
			expect(stdout).toContain('All good!');
		}
	});
	it('are written in a JavaScript that Node 22 knows', async () => {
		const scope = join(folder, 'node_modules/@wiretwin');
		const packages = [
			join(folder, 'node_modules/wiretwin'),
			...(await readdir(scope)).map((name) => join(scope, name)),
		];
		for (const path of packages) {
			for (const file of (await readdir(join(path, 'dist')).catch(() => [])).filter((name) => name.endsWith('.js'))) {
				// What Node 24 added to the language; --check reads a file without running it.
				await run(process.execPath, '--no-js-explicit-resource-management', '--check', join(path, 'dist', file));
			}
		}
	});
	it('find the addon in the package of the platform', async () => {
		const installed = await readdir(join(folder, 'node_modules/@wiretwin'));
		expect(installed).toContain('core-native');
		expect(installed.filter((name) => name.startsWith('core-native-'))).toHaveLength(1);
		expect(await readdir(join(folder, 'node_modules/@wiretwin/core-native'))).not.toContain('src');
	});
	it('say what is missing where optional dependencies were left out', async () => {
		const place = join(elsewhere, 'omitted');
		await mkdir(place);
		const names = ['wiretwin', '@wiretwin/core-native', '@wiretwin/profiles'];
		const dependencies = Object.fromEntries(names.map((name) => [name, `file:${tarballs.get(name)}`]));
		await writeFile(join(place, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
		const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
		await runIn(place, 'npm', 'install', '--omit=optional', ...quiet);
		const program = `import { fetch } from 'wiretwin'; fetch('https://localhost').catch((error) => console.log(error.code, error.message))`;
		const { stdout } = await runIn(place, process.execPath, '--input-type=module', '-e', program);
		const system = `${process.platform} ${process.arch}, glibc [\\d.]+, Node ${process.versions.node}`;
		expect(stdout).toMatch(new RegExp(`^ERR_BINDING_LOAD no native addon for \\S+ \\(${system}\\)`));
		expect(stdout).toContain('without --omit=optional');
		expect(stdout).toContain('README of @wiretwin/core-native');
	});
	it('fetch, keep sessions, open sockets, work in worker threads', async () => {
		expect((await run(process.execPath, 'esm.mjs')).stdout).toBe('ok');
	});
	// Each costs 0.4 ms of every start; what a first request does not need is in none of them.
	it('read one file of each kind at a start', async () => {
		const program = `
			import { registerHooks } from 'node:module';
			const read = [];
			registerHooks({
				load(url, context, next) {
					if (/\\.c?js$/.test(url)) read.push(url.split('/node_modules/').at(-1).replace(/-[\\w-]{8}\\.js$/, '.js'));
					return next(url, context);
				},
			});
			const { createSession } = await import('wiretwin');
			await createSession().fetch('https://localhost:2/').catch(() => undefined);
			console.log(JSON.stringify(read.sort()));
		`;
		const { stdout } = await run(process.execPath, '--input-type=module', '-e', program);
		expect(JSON.parse(stdout)).toEqual([
			'@wiretwin/core-native/addons/installed.cjs',
			'@wiretwin/core-native/dist/index.js',
			'@wiretwin/profiles/data/files.cjs',
			'@wiretwin/profiles/dist/index.js',
			'@wiretwin/profiles/dist/main.js',
			'wiretwin/dist/index.js',
			'wiretwin/dist/main.js',
			'wiretwin/literal.cjs',
		]);
	});
	it('can be required from CommonJS', async () => {
		expect((await run(process.execPath, 'require.cjs')).stdout).toBe('ok');
	});
	it('can be used in tests of jest', async () => {
		const { stderr } = await run(process.execPath, 'node_modules/jest/bin/jest.js', '--testMatch', '**/jest.test.mjs', {
			NODE_OPTIONS: '--experimental-vm-modules',
		});
		expect(stderr).toContain('1 passed, 1 total');
	});
	it('serve got, ky, undici and node:https', async () => {
		expect((await run(process.execPath, 'adapters.mjs')).stdout).toBe('ok');
	});
	// The same program runs on every platform that is released (scripts/test-platforms.mjs).
	describe.each(Object.keys(runtimes))('in %s', (runtime) => {
		it('do what they do in Node, send the same hello, and let the process end', async () => {
			const [command = '', ...parameters] = runtimes[runtime] ?? [];
			const { stdout } = await runSmoke(command, ...parameters, 'smoke.mjs');
			expect(stdout).toContain('all ok');
			expect(hellos(stdout)).toEqual(hellos((await runSmoke(process.execPath, 'smoke.mjs')).stdout));
		});
		it.each(['esm.mjs', 'require.cjs', 'adapters.mjs'])('run %s', async (program) => {
			const [command = '', ...parameters] = runtimes[runtime] ?? [];
			expect((await run(command, ...parameters, program)).stdout).toBe('ok');
		});
		it('have a command', async () => {
			const [command = '', ...parameters] = runtimes[runtime] ?? [];
			const cli = ['node_modules/wiretwin/dist/cli.js', '-s', '--insecure', `${mirror.urlFor('localhost')}/echo`];
			expect(JSON.parse((await run(command, ...parameters, ...cli)).stdout)).toMatchObject({ protocol: 'h2' });
		});
	});
	describe('in a bundle', () => {
		bundleTests({
			folder: () => folder,
			elsewhere: () => elsewhere,
			run,
			runElsewhere: (...command) => runIn(elsewhere, ...command),
			bun: String(runtimes.Bun?.[0]),
		});
	});
	it('have commands', async () => {
		const { version } = JSON.parse(await readFile(join(root, 'packages/fetch/package.json'), 'utf8')) as Manifest;
		expect((await run(bin('wiretwin'), '--version')).stdout).toContain(version);
		await writeFile(join(folder, 'ca.pem'), mirror.caPem);
		const { stdout } = await run(bin('wiretwin'), '-s', '--cacert', 'ca.pem', `${mirror.urlFor('localhost')}/echo`);
		expect(JSON.parse(stdout)).toMatchObject({ protocol: 'h2' });
		expect((await run(bin('wiretwin'), 'fingerprint', 'chrome')).stdout).toMatch(/t13d/);
		expect((await run(bin('wiretwin-mirror'), '--help')).stdout).toMatch(/wiretwin-mirror/);
	});
	it('have types that a strict project compiles, library checks included', async () => {
		const options = {
			compilerOptions: {
				module: 'nodenext',
				target: 'es2024',
				lib: ['es2024', 'esnext.disposable'],
				strict: true,
				exactOptionalPropertyTypes: true,
				skipLibCheck: false,
				noEmit: true,
				types: ['node'],
			},
			files: ['typed.ts'],
		};
		await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options));
		const compiler = join(root, 'node_modules/.bin/tsc');
		const outcome = await run(compiler, '-p', 'tsconfig.json').catch((error: { stdout: string }) => error);
		expect(outcome.stdout).toBe('');
	});
});
