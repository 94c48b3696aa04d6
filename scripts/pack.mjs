// Builds every public package and packs it, the package of this platform's addon too.
// usage: node scripts/pack.mjs <folder for the tarballs> [folder of the addons, as platform-packages.mjs takes it]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [folder, ...addons] = process.argv.slice(2);
if (!folder) fail('usage: node scripts/pack.mjs <folder>');
const output = resolve(folder);
mkdirSync(output, { recursive: true });

const packages = readdirSync(join(root, 'packages'))
	.map((name) => join(root, 'packages', name))
	.filter((path) => !manifestOf(path).private);
run(root, 'pnpm', ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']);
run(root, process.execPath, ['scripts/platform-packages.mjs', ...addons]);
const platforms = join(root, 'packages/core-native/npm');
for (const path of [...packages, ...readdirSync(platforms).map((name) => join(platforms, name))]) {
	run(path, 'pnpm', ['pack', '--pack-destination', output]);
}

function manifestOf(path) {
	return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
}

function run(cwd, command, parameters) {
	const { status, error } = spawnSync(command, parameters, {
		cwd,
		stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
	});
	if (error || status !== 0) fail(`${command} ${parameters.join(' ')} failed in ${cwd}: ${error?.message ?? status}`);
}

function fail(text) {
	console.error(`pack: ${text}`);
	process.exit(1);
}
