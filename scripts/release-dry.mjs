// A release without its end: publishes what `make dist` has packed to a registry on this machine (verdaccio), in the order of a
// real release, and installs it from there by name into an empty folder, as a user will, for every platform that runs here.
// usage: node scripts/release-dry.mjs
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './platforms/build.mjs';
import { runTool } from './platforms/npm.mjs';
import { missingPlatforms, publishAll } from './platforms/publish.mjs';
import { startRegistry } from './platforms/registry.mjs';
import { ownTarget, platformsHere, runProgram, startServer } from './platforms/run.mjs';
import { targets } from './platforms/targets.mjs';

const dist = join(root, 'dist');
const wanted = ['wiretwin', 'got', '@wiretwin/got-adapter', '@wiretwin/mirror'];
const got = `
	import { createGot } from '@wiretwin/got-adapter';
	import { createSession } from 'wiretwin';
	const { ca, h2 } = JSON.parse(process.env.SMOKE);
	const session = createSession({ ca });
	console.log((await createGot(session)(h2 + '/echo').json()).protocol);
	await session.close();
`;

const folder = mkdtempSync(join(tmpdir(), 'wiretwin-release-'));
const missing = missingPlatforms(dist);
if (missing.length > 0)
	console.log(`release-dry: without ${missing.join(', ')}, which dist/ lacks; a release has them all`);
const registry = await startRegistry(folder);
try {
	const published = publishAll(dist, inFolder('publish'), ['--provenance=false']);
	for (const [target, ways] of Object.entries(platformsHere())) {
		if (missing.includes(target)) continue;
		const place = inFolder(target);
		install(place, target);
		for (const [how, prepare] of Object.entries(ways)) {
			await use(place, prepare(), target === ownTarget());
			console.log(`      ${target} (${how}): installed by name, and it works`);
		}
	}
	console.log(`release-dry: ${published} packages published`);
} finally {
	registry.stop();
	rmSync(folder, { recursive: true, force: true });
}

/** A new folder that installs from the registry, and publishes to it. */
function inFolder(name) {
	const path = join(folder, name);
	mkdirSync(path);
	writeFileSync(join(path, '.npmrc'), registry.npmrc);
	return path;
}

function install(place, target) {
	const { os, cpu, libc } = targets[target];
	writeFileSync(join(place, 'package.json'), '{ "private": true, "type": "module" }');
	const platform = target === ownTarget() ? [] : [`--os=${os}`, `--cpu=${cpu}`, ...(libc ? [`--libc=${libc}`] : [])];
	runTool('npm', ['install', ...wanted, ...platform, '--no-audit', '--no-fund', '--loglevel=error'], place);
	const addons = readdirSync(join(place, 'node_modules/@wiretwin')).filter((name) => name.startsWith('core-native-'));
	if (String(addons) !== `core-native-${target}`) throw new Error(`npm installed ${addons} for ${target}`);
	cpSync(join(root, 'e2e/platforms'), place, { recursive: true });
	writeFileSync(join(place, 'got.mjs'), got);
}

/** got over us; the whole smoke program only here, as test-platforms.mjs runs it everywhere. */
async function use(place, environment, whole) {
	const server = await startServer(place);
	try {
		const answer = await runProgram(place, environment, ['got.mjs'], server.env);
		if (answer.trim() !== 'h2') throw new Error(`got answers ${answer}`);
		if (whole) await runProgram(place, environment, ['smoke.mjs'], server.env);
	} finally {
		server.stop();
	}
}
