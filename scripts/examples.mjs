// Runs examples/deploy from the packages that `make dist` has packed, installed by name from a registry on this machine, against
// a mirror. usage: node scripts/examples.mjs [<example> ...]     (`make examples`)
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './platforms/build.mjs';
import { runContainer } from './platforms/container.mjs';
import { environments } from './platforms/environments.mjs';
import { runTool } from './platforms/npm.mjs';
import { publishAll } from './platforms/publish.mjs';
import { startRegistry } from './platforms/registry.mjs';

const dist = join(root, 'dist');
const expected = 'the shop saw h2';
/** electron and deno bring programs from elsewhere than a registry: where they are wanted, they are named. */
const examples = { 'ts-node': tsNode, lambda, docker, nextjs, electron, deno };
const ordinary = ['ts-node', 'lambda', 'docker', 'nextjs'];

const folder = mkdtempSync(join(tmpdir(), 'wiretwin-examples-'));
const registry = await startRegistry(folder);
const stops = [registry.stop];
let failed = false;
try {
	publishAll(dist, inFolder('publish'), ['--provenance=false']);
	const shop = await startShop();
	stops.push(shop.stop);
	const names = process.argv.length > 2 ? process.argv.slice(2) : ordinary;
	for (const name of names) {
		const started = Date.now();
		try {
			const cwd = inFolder(name);
			cpSync(join(root, 'examples/deploy', name), cwd, { recursive: true });
			const said = await examples[name](cwd, shop.environment);
			const wrong = said.filter(([, text]) => !text.includes(expected));
			if (wrong.length > 0) throw new Error(wrong.map(([how, text]) => `${how}: ${text}`).join('\n'));
			const seconds = Math.round((Date.now() - started) / 1000);
			console.log(`${name}: ok (${said.map(([how]) => how).join(', ')}), ${seconds} s`);
		} catch (error) {
			failed = true;
			console.error(`${name}: FAILED: ${error.message}`);
		}
	}
} finally {
	for (const stop of stops) stop();
	rmSync(folder, { recursive: true, force: true });
}
if (failed) process.exitCode = 1;

/** A new folder that installs from the registry. */
function inFolder(name) {
	const path = join(folder, name);
	mkdirSync(path, { recursive: true });
	writeFileSync(join(path, '.npmrc'), registry.npmrc);
	return path;
}

/** What the examples talk to, in a process of its own. */
async function startShop() {
	const cwd = inFolder('shop');
	writeFileSync(join(cwd, 'package.json'), '{ "private": true, "type": "module" }');
	npm(cwd, 'install', '@wiretwin/mirror');
	cpSync(join(root, 'e2e/platforms/server.mjs'), join(cwd, 'server.mjs'));
	const server = spawn(process.execPath, ['server.mjs'], { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
	const [said] = await once(server.stdout, 'data');
	const { h2, ca } = JSON.parse(said);
	return {
		environment: { SHOP_URL: `${h2}/echo`, SHOP_CA: ca },
		stop: () => server.stdin.end(),
	};
}

function tsNode(cwd, environment) {
	npm(cwd, 'install');
	return [['CommonJS', run(cwd, process.execPath, ['node_modules/ts-node/dist/bin.js', 'main.ts'], environment)]];
}

/** The zip, unpacked where nothing else is; for arm64 under the emulator, where it and the package are there. */
function lambda(cwd, environment) {
	const said = [];
	const hosts = { x64: () => ({ command: [process.execPath] }), arm64: environments['linux-arm64-gnu'].qemu };
	for (const [cpu, prepare] of Object.entries(hosts)) {
		if (!readdirSync(dist).some((name) => name.startsWith(`wiretwin-core-native-linux-${cpu}-gnu-`))) continue;
		rmSync(join(cwd, 'node_modules'), { recursive: true, force: true });
		run(cwd, 'sh', ['pack.sh', cpu]);
		const task = join(cwd, `task-${cpu}`);
		mkdirSync(task);
		run(task, 'unzip', ['-q', join(cwd, 'handler.zip')]);
		const program = `const { handler } = await import('./handler.mjs'); console.log((await handler({})).body); process.exit();`;
		const { command, env } = prepare();
		const parameters = [...command.slice(1), '--input-type=module', '-e', program];
		said.push([`zip for ${cpu}`, run(task, command[0], parameters, { ...environment, ...env })]);
	}
	return said;
}

function docker(cwd, environment) {
	npm(cwd, 'install', '--package-lock-only');
	const files = readdirSync(cwd).filter((name) => name.startsWith('Dockerfile.'));
	return files.map((file) => [file, runContainer(cwd, file, environment, join(folder, `docker-${file}`))]);
}

/** The `standalone` folder alone, elsewhere: what was not traced is not there. */
async function nextjs(cwd, environment) {
	npm(cwd, 'install');
	const env = { ...environment, NEXT_TELEMETRY_DISABLED: '1' };
	run(cwd, process.execPath, ['node_modules/next/dist/bin/next', 'build'], env);
	const alone = join(folder, 'standalone');
	cpSync(join(cwd, '.next/standalone'), alone, { recursive: true, verbatimSymlinks: true });
	rmSync(cwd, { recursive: true });
	return [['standalone', await pageOf(alone, ['server.js'], { ...env, PORT: '0', HOSTNAME: '127.0.0.1' })]];
}

/** Starts a server of Next.js, which says where it listens, and fetches its page. */
async function pageOf(cwd, parameters, env) {
	const server = spawn(process.execPath, parameters, {
		cwd,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	try {
		let said = '';
		for await (const text of server.stdout) {
			said += text;
			const port = /http:\/\/(?:localhost|127\.0\.0\.1):(\d+)/.exec(said)?.[1];
			if (port !== undefined) return await (await fetch(`http://127.0.0.1:${port}/`)).text();
		}
		throw new Error(`next does not listen: ${said}`);
	} finally {
		server.kill();
	}
}

/** The executable alone, elsewhere. What it is made of, `denort`, `deno compile` fetches itself. */
function deno(cwd, environment) {
	npm(cwd, 'install');
	npm(cwd, 'run', 'build');
	const alone = join(folder, 'compiled');
	mkdirSync(alone);
	const file = process.platform === 'win32' ? 'shop.exe' : 'shop';
	renameSync(join(cwd, file), join(alone, file));
	rmSync(cwd, { recursive: true });
	return [['deno compile', run(alone, join(alone, file), [], environment)]];
}

function electron(cwd, environment) {
	npm(cwd, 'install');
	const said = run(cwd, createRequire(join(cwd, 'main.mjs'))('electron'), ['--no-sandbox', '.'], environment);
	return ['utility', 'window'].map((how) => [how, said.split('\n').find((line) => line.startsWith(how)) ?? said]);
}

function npm(cwd, ...parameters) {
	runTool('npm', [...parameters, '--no-audit', '--no-fund', '--loglevel=error'], cwd);
}

function run(cwd, command, parameters, environment = {}) {
	return execFileSync(command, parameters, {
		cwd,
		encoding: 'utf8',
		env: { ...process.env, WIRETWIN_BINDING_PATH: '', ...environment },
		stdio: ['ignore', 'pipe', 'inherit'],
		maxBuffer: 64 << 20,
	});
}
