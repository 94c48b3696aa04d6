// A release without its end: publishes what `make dist` has packed to a registry on this machine (verdaccio), in the order of a
// real release, and installs it from there by name into an empty folder, as a user will. usage: node scripts/release-dry.mjs
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './platforms/build.mjs';
import { missingPlatforms, publishAll } from './platforms/publish.mjs';

const verdaccioVersion = '6.10.4';
const dist = join(root, 'dist');
const folder = mkdtempSync(join(tmpdir(), 'wiretwin-release-'));
const missing = missingPlatforms(dist);
if (missing.length > 0)
	console.log(`release-dry: without ${missing.join(', ')}, which dist/ lacks; a release has them all`);

const registry = await startRegistry();
try {
	writeFileSync(
		join(folder, '.npmrc'),
		`registry=${registry.url}\n${registry.url.replace('http:', '')}:_authToken=nobody\n`,
	);
	const published = publishAll(dist, folder, ['--provenance=false']);
	writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
	npm([
		'install',
		'wiretwin',
		'got',
		'@wiretwin/got-adapter',
		'@wiretwin/mirror',
		'--no-audit',
		'--no-fund',
		'--loglevel=error',
	]);
	const addons = readdirSync(join(folder, 'node_modules/@wiretwin')).filter((name) => name.startsWith('core-native-'));
	if (addons.length !== 1) throw new Error(`npm installed ${addons.join(' and ') || 'no addon'}`);
	cpSync(join(root, 'e2e/platforms'), folder, { recursive: true });
	await use();
	console.log(`release-dry: ${published} packages published; installed by name with ${addons[0]}, and it works`);
} finally {
	registry.stop();
	rmSync(folder, { recursive: true, force: true });
}

async function startRegistry() {
	const home = join(
		process.env.WIRETWIN_CACHE || join(homedir(), '.cache', 'wiretwin'),
		`verdaccio-${verdaccioVersion}`,
	);
	const program = join(home, 'node_modules/verdaccio/bin/verdaccio');
	if (!existsSync(program)) {
		console.log(`      installing verdaccio ${verdaccioVersion}`);
		mkdirSync(home, { recursive: true });
		// node-fetch 2.6 of one of its dependencies asks for a package that registries may lack.
		const manifest = {
			private: true,
			dependencies: { verdaccio: verdaccioVersion },
			overrides: { 'node-fetch': '2.7.0' },
		};
		writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
		execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
			cwd: home,
			stdio: ['ignore', 'ignore', 'inherit'],
		});
	}
	const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
	const url = `http://127.0.0.1:${await freePort()}/`;
	const settings = {
		storage: join(folder, 'storage'),
		uplinks: { upstream: { url: upstream } },
		packages: {
			// Ours are never asked for anywhere else.
			'@wiretwin/*': { access: '$all', publish: '$all' },
			wiretwin: { access: '$all', publish: '$all' },
			'**': { access: '$all', proxy: 'upstream' },
		},
		max_body_size: '100mb',
		log: { type: 'stdout', level: 'warn' },
	};
	// JSON is YAML.
	writeFileSync(join(folder, 'verdaccio.yaml'), JSON.stringify(settings));
	const child = spawn(process.execPath, [program, '--config', join(folder, 'verdaccio.yaml'), '--listen', url], {
		stdio: ['ignore', 'ignore', 'inherit'],
	});
	const ended = once(child, 'exit').then(() => Promise.reject(new Error('verdaccio ended')));
	ended.catch(() => {});
	await Promise.race([answers(`${url}-/ping`), ended]);
	return { url, stop: () => child.kill() };
}

async function answers(url) {
	for (let attempt = 0; attempt < 600; attempt++) {
		if (
			await fetch(url).then(
				(response) => response.ok,
				() => false,
			)
		)
			return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`nothing answers at ${url}`);
}

async function freePort() {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address();
	server.close();
	await once(server, 'close');
	return port;
}

function npm(parameters) {
	execFileSync('npm', parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The smoke program, then got over it. */
async function use() {
	const server = spawn(process.execPath, ['server.mjs'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
	try {
		const [said] = await once(server.stdout, 'data');
		const env = { ...process.env, SMOKE: said.toString(), WIRETWIN_BINDING_PATH: '' };
		execFileSync(process.execPath, ['smoke.mjs'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
		const got = `
			import { createGot } from '@wiretwin/got-adapter';
			import { createSession } from 'wiretwin';
			const { ca, h2 } = JSON.parse(process.env.SMOKE);
			await using session = createSession({ ca });
			if ((await createGot(session)(h2 + '/echo').json()).protocol !== 'h2') throw new Error('not h2');`;
		execFileSync(process.execPath, ['--input-type=module', '-e', got], {
			cwd: folder,
			env,
			stdio: ['ignore', 'ignore', 'inherit'],
		});
	} finally {
		server.stdin.end();
	}
}
