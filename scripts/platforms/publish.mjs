// Publishes what `make dist` has packed. A release does it with provenance (scripts/publish.mjs, in the workflow), a dry run to
// a registry on this machine (scripts/release-dry.mjs).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './npm.mjs';
import { targets } from './targets.mjs';

/** Platforms whose package is not there. */
export function missingPlatforms(dist) {
	const files = readdirSync(dist);
	return Object.keys(targets).filter((name) => !files.some((file) => file.startsWith(`wiretwin-core-native-${name}-`)));
}

/** Publishes every tarball, dependencies first: nobody may find a package whose dependencies are not there yet. */
export function publishAll(dist, cwd, options) {
	const files = readdirSync(dist).filter((name) => name.endsWith('.tgz'));
	files.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
	for (const file of files) {
		const parameters = ['publish', join(dist, file), '--access=public', '--loglevel=error', ...options];
		runTool('npm', parameters, cwd);
		console.log(`      published ${file}`);
	}
	return files.length;
}

function rank(file) {
	if (/^wiretwin-core-native-(linux|darwin|win32)/.test(file)) return 0;
	if (/^wiretwin-(core-native|profiles|mirror)/.test(file)) return 1;
	return /^wiretwin-\d/.test(file) ? 2 : 3;
}
