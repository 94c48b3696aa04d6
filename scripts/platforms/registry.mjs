// A registry of this machine's own (verdaccio): what `make dist` has packed is published there as in a release, and installed
// from there by name. Everything else it asks the registry that npm is set to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './npm.mjs';

const verdaccioVersion = '6.10.4';

/** Starts it with its storage in `folder`; `npmrc` is what a folder needs to install from it and to publish to it. */
export async function startRegistry(folder) {
	const program = installed();
	const upstream = runTool('npm', ['config', 'get', 'registry']).trim();
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
	const npmrc = `registry=${url}\n${url.replace('http:', '')}:_authToken=nobody\n`;
	return { url, npmrc, stop: () => child.kill() };
}

function installed() {
	const cache = process.env.WIRETWIN_CACHE || join(homedir(), '.cache', 'wiretwin');
	const home = join(cache, `verdaccio-${verdaccioVersion}`);
	const program = join(home, 'node_modules/verdaccio/bin/verdaccio');
	if (existsSync(program)) return program;
	console.log(`      installing verdaccio ${verdaccioVersion}`);
	mkdirSync(home, { recursive: true });
	// node-fetch 2.6 of one of its dependencies asks for a package that registries may lack.
	const manifest = {
		private: true,
		dependencies: { verdaccio: verdaccioVersion },
		overrides: { 'node-fetch': '2.7.0' },
	};
	writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
	runTool('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], home);
	return program;
}

async function answers(url) {
	for (let attempt = 0; attempt < 600; attempt++) {
		const ok = await fetch(url).then(
			(response) => response.ok,
			() => false,
		);
		if (ok) return;
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
