// A release without its end: publishes what `make dist` has packed to a registry on this machine (verdaccio), in the order of a
// real release, and installs it from there by name into an empty folder, as a user will, for every platform that runs here.
// Then the profiles alone, in their next version. usage: node scripts/release-dry.mjs
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './platforms/build.mjs';
import { runTool } from './platforms/npm.mjs';
import { everyProfileProgram } from './platforms/profiles-alone.mjs';
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
	await releaseProfilesAlone();
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

/** Everything else is there already; who installs `wiretwin` anew gets them, and its engine takes every one. */
async function releaseProfilesAlone() {
	const again = join(folder, 'again');
	cpSync(dist, again, { recursive: true });
	const version = nextProfiles(again);
	const published = publishAll(again, join(folder, 'publish'), ['--provenance=false']);
	if (published !== 1) throw new Error(`${published} packages published, not only the profiles`);
	const place = inFolder('profiles');
	install(place, ownTarget());
	const { version: installed } = readJson(join(place, 'node_modules/@wiretwin/profiles/package.json'));
	if (installed !== version) throw new Error(`npm installed profiles ${installed}, not ${version}`);
	writeFileSync(join(place, 'every.mjs'), everyProfileProgram);
	const said = await runProgram(place, { command: [process.execPath] }, ['every.mjs'], process.env);
	console.log(`      profiles ${version}, released alone: ${said.trim()}`);
}

/** Puts the tarball of the next patch version of the profiles in place of the one in a folder. */
function nextProfiles(packed) {
	const file = readdirSync(packed).find((name) => name.startsWith('wiretwin-profiles-'));
	const work = join(folder, 'next');
	mkdirSync(work);
	execFileSync('tar', ['-xzf', join(packed, file), '-C', work]);
	const path = join(work, 'package/package.json');
	const manifest = readJson(path);
	const version = manifest.version.replace(/\d+$/, (patch) => Number(patch) + 1);
	writeFileSync(path, JSON.stringify({ ...manifest, version }));
	rmSync(join(packed, file));
	runTool('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed], join(work, 'package'));
	return version;
}

function readJson(path) {
	return JSON.parse(readFileSync(path, 'utf8'));
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
