// Publishes what `make dist` has packed. A release does it with provenance (scripts/publish.mjs, in the workflow), a dry run to
// a registry on this machine (scripts/release-dry.mjs).
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './npm.mjs';
import { targets } from './targets.mjs';

/** Platforms whose package is not there. */
export function missingPlatforms(dist) {
	const files = readdirSync(dist);
	return Object.keys(targets).filter((name) => !files.some((file) => file.startsWith(`wiretwin-core-native-${name}-`)));
}

/**
 * Publishes every tarball whose version is not there yet, dependencies first: nobody may find a package whose dependencies
 * are missing. A release that was interrupted can be run again, and profiles can be released alone.
 *
 * @returns how many were published
 */
export function publishAll(dist, cwd, options) {
	const files = readdirSync(dist).filter((name) => name.endsWith('.tgz'));
	files.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
	const fresh = files.filter((file) => !isPublished(join(dist, file), cwd));
	for (const file of fresh) {
		const parameters = ['publish', join(dist, file), '--access=public', '--loglevel=error', ...options];
		runTool('npm', parameters, cwd);
		console.log(`      published ${file}`);
	}
	return fresh.length;
}

function isPublished(tarball, cwd) {
	const manifest = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' });
	const { name, version } = JSON.parse(manifest);
	try {
		return runTool('npm', ['view', `${name}@${version}`, 'version', '--loglevel=silent'], cwd).trim() === version;
	} catch {
		return false; // no package of that name; a registry that cannot be reached is found when publishing
	}
}

function rank(file) {
	if (/^wiretwin-core-native-(linux|darwin|win32)/.test(file)) return 0;
	if (/^wiretwin-(core-native|profiles|mirror)/.test(file)) return 1;
	return /^wiretwin-\d/.test(file) ? 2 : 3;
}
