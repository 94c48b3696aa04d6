// A release without its end: publishes what `make dist` has packed to a registry on this machine (verdaccio), in the order of a
// real release, and installs it from there by name into an empty folder, as a user will. usage: node scripts/release-dry.mjs
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './platforms/build.mjs';
import { runTool } from './platforms/npm.mjs';
import { missingPlatforms, publishAll } from './platforms/publish.mjs';
import { startRegistry } from './platforms/registry.mjs';

const dist = join(root, 'dist');
const folder = mkdtempSync(join(tmpdir(), 'wiretwin-release-'));
const missing = missingPlatforms(dist);
if (missing.length > 0)
	console.log(`release-dry: without ${missing.join(', ')}, which dist/ lacks; a release has them all`);

const registry = await startRegistry(folder);
try {
	writeFileSync(join(folder, '.npmrc'), registry.npmrc);
	const published = publishAll(dist, folder, ['--provenance=false']);
	writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
	const wanted = ['wiretwin', 'got', '@wiretwin/got-adapter', '@wiretwin/mirror'];
	runTool('npm', ['install', ...wanted, '--no-audit', '--no-fund', '--loglevel=error'], folder);
	const addons = readdirSync(join(folder, 'node_modules/@wiretwin')).filter((name) => name.startsWith('core-native-'));
	if (addons.length !== 1) throw new Error(`npm installed ${addons.join(' and ') || 'no addon'}`);
	cpSync(join(root, 'e2e/platforms'), folder, { recursive: true });
	await use();
	console.log(`release-dry: ${published} packages published; installed by name with ${addons[0]}, and it works`);
} finally {
	registry.stop();
	rmSync(folder, { recursive: true, force: true });
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
