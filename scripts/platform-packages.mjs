// Makes the package of each platform whose addon is there: wiretwin.<target>.node becomes packages/core-native/npm/<target>/,
// which `@wiretwin/core-native` names as an optional dependency when it is packed. Nothing in npm/ is committed.
// usage: node scripts/platform-packages.mjs [folder of the addons; default: the development build in packages/core-native]
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { targets } from './platforms/targets.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const core = join(root, 'packages/core-native');
const output = join(core, 'npm');
const { version, license, engines } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8'));

rmSync(output, { recursive: true, force: true });
const source = process.argv[2] ?? core;
const addons = readdirSync(source).filter((file) => /^wiretwin\..+\.node$/.test(file));
if (addons.length === 0) {
	console.error('platform-packages: no addon here; run node scripts/build-native.mjs first');
	process.exit(1);
}
for (const file of addons) {
	const target = packageTarget(file.slice('wiretwin.'.length, -'.node'.length));
	const { os, cpu, libc } = targets[target];
	const folder = join(output, target);
	mkdirSync(folder, { recursive: true });
	const manifest = {
		name: `@wiretwin/core-native-${target}`,
		version,
		description: `Native part of wiretwin for ${target}`,
		license,
		os: [os],
		cpu: [cpu],
		...(libc === undefined ? {} : { libc: [libc] }),
		engines,
		type: 'commonjs',
		main: 'wiretwin.node',
		files: ['wiretwin.node'],
	};
	writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, '\t')}\n`);
	writeFileSync(
		join(folder, 'README.md'),
		`Native part of wiretwin for ${target}. Installed by \`@wiretwin/core-native\`.\n`,
	);
	copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
	copyFileSync(join(source, file), join(folder, 'wiretwin.node'));
	console.log(join('packages/core-native/npm', target));
}

/** Development builds for glibc are called `linux-x64`. */
function packageTarget(name) {
	const target = name in targets ? name : `${name}-gnu`;
	if (target in targets) return target;
	console.error(`platform-packages: no platform is called ${name}`);
	return process.exit(1);
}
