// Makes the package of each platform whose addon is here: packages/core-native/wiretwin.<target>.node becomes
// packages/core-native/npm/<target>/, which `@wiretwin/core-native` names as an optional dependency when it is packed.
// Releases put the addons of all platforms there first. Nothing in npm/ is committed.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const core = join(root, 'packages/core-native');
const output = join(core, 'npm');
const { version, license, engines } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8'));

rmSync(output, { recursive: true, force: true });
const addons = readdirSync(core).filter((file) => /^wiretwin\..+\.node$/.test(file));
if (addons.length === 0) {
	console.error('platform-packages: no addon here; run node scripts/build-native.mjs first');
	process.exit(1);
}
for (const file of addons) {
	const [os, cpu, libc] = file.slice('wiretwin.'.length, -'.node'.length).split('-');
	const target = packageTarget(os, cpu, libc);
	const folder = join(output, target);
	mkdirSync(folder, { recursive: true });
	const manifest = {
		name: `@wiretwin/core-native-${target}`,
		version,
		description: `Native part of wiretwin for ${target}`,
		license,
		os: [os],
		cpu: [cpu],
		...(os === 'linux' ? { libc: [libc === 'musl' ? 'musl' : 'glibc'] } : {}),
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
	copyFileSync(join(core, file), join(folder, 'wiretwin.node'));
	console.log(join('packages/core-native/npm', target));
}

/** The same rule as `bindingTarget` in packages/core-native/src/load-binding.ts. */
function packageTarget(os, cpu, libc) {
	if (os === 'linux') return `${os}-${cpu}-${libc === 'musl' ? 'musl' : 'gnu'}`;
	return os === 'win32' ? `${os}-${cpu}-msvc` : `${os}-${cpu}`;
}
