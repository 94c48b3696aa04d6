// What has to hold before profiles are released without the engine: the engine that users have takes every one of them. A profile
// with a field that it does not know is refused, and has to wait for the next release of everything.
// usage: node scripts/platforms/profiles-alone.mjs <tarball>     (with `wiretwin` as the registry has it)
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runTool } from './npm.mjs';
import { runProgram } from './run.mjs';

/** One request as each of them, to a port where nobody listens. */
export const everyProfileProgram = `
	import { once } from 'node:events';
	import { createServer } from 'node:net';
	import { getProfiles } from '@wiretwin/profiles';
	import { fetch } from 'wiretwin';
	const closing = createServer().listen(0, '127.0.0.1');
	await once(closing, 'listening');
	const { port } = closing.address();
	closing.close();
	const profiles = getProfiles();
	for (const { name } of profiles) {
		const error = await fetch('https://127.0.0.1:' + port + '/', { browser: name }).catch((reason) => reason);
		if (error.code !== 'ERR_CONNECTION_REFUSED') throw new Error(name + ': ' + error.message);
	}
	console.log('the engine takes ' + profiles.length + ' profiles');
`;

if (process.argv[1] === import.meta.filename) {
	const folder = mkdtempSync(join(tmpdir(), 'wiretwin-profiles-'));
	writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
	const wanted = ['wiretwin', resolve(String(process.argv[2]))];
	runTool('npm', ['install', ...wanted, '--no-audit', '--no-fund', '--loglevel=error'], folder);
	writeFileSync(join(folder, 'every.mjs'), everyProfileProgram);
	console.log(await runProgram(folder, { command: [process.execPath] }, ['every.mjs'], process.env));
	rmSync(folder, { recursive: true, force: true });
}
