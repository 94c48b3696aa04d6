// Brings what is needed to run addons of other platforms here: other builds of Node, other C libraries. Everything comes from
// the npm, PyPI and Debian registries and stays in the cache.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const cacheFolder = join(process.env.WIRETWIN_CACHE || join(homedir(), '.cache', 'wiretwin'), 'foreign');

/** Fills a folder of the cache once; `fill` gets a folder that is renamed at the end. */
function once(name, fill) {
	const folder = join(cacheFolder, name);
	if (existsSync(folder)) return folder;
	console.log(`      fetching ${name}`);
	const work = `${folder}.tmp-${process.pid}`;
	rmSync(work, { recursive: true, force: true });
	mkdirSync(work, { recursive: true });
	fill(work);
	rmSync(folder, { recursive: true, force: true });
	renameSync(work, folder);
	return folder;
}

/** A package of npm, unpacked whatever platform it is for. */
export function npmPackage(name, version) {
	return once(`${name}-${version}`, (folder) => {
		const packed = run('npm', ['pack', '--silent', `${name}@${version}`], folder).trim();
		run('tar', ['-xzf', packed, '--strip-components=1'], folder);
		rmSync(join(folder, packed));
	});
}

/** A wheel of PyPI, unpacked whatever platform it is for. */
export function wheel(name, version, platform) {
	return once(`${name}-${version}-${platform}`, (folder) => {
		const wanted = [
			'--no-deps',
			'--only-binary=:all:',
			'--platform',
			platform,
			'--dest',
			folder,
			`${name}==${version}`,
		];
		run('python3', ['-m', 'pip', 'download', '--quiet', ...wanted], folder);
		const [file] = readdirSync(folder);
		run('python3', ['-m', 'zipfile', '-e', file, folder], folder);
		rmSync(join(folder, file));
	});
}

/** Debian packages of any release and architecture, unpacked side by side; nothing of it is installed. */
export function debianPackages(release, architecture, names) {
	return once(`debian-${release}-${architecture}-${names.join('+')}`, (folder) => {
		const state = join(folder, 'apt');
		for (const part of ['lists/partial', 'archives/partial']) mkdirSync(join(state, part), { recursive: true });
		// Wherever this machine has its own packages from.
		const [mirror] = run('apt-get', ['indextargets', '--format', '$(REPO_URI)'], folder).split('\n');
		const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
		writeFileSync(join(state, 'sources.list'), `deb [signed-by=${keys}] ${mirror} ${release} main\n`);
		writeFileSync(join(state, 'status'), '');
		const options = {
			'Dir::Etc::sourcelist': join(state, 'sources.list'),
			'Dir::Etc::sourceparts': '/dev/null',
			'Dir::State::lists': join(state, 'lists'),
			'Dir::State::status': join(state, 'status'),
			'Dir::Cache::archives': join(state, 'archives'),
			'Dir::Cache::pkgcache': '',
			'Dir::Cache::srcpkgcache': '',
			'APT::Architecture': architecture,
			'APT::Architectures': architecture,
			'APT::Sandbox::User': 'root',
		};
		const set = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
		run('apt-get', [...set, '-qq', 'update'], folder);
		run('apt-get', [...set, '-qq', 'download', ...names], folder);
		for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
			run('dpkg', ['-x', file, folder], folder);
			rmSync(join(folder, file));
		}
		rmSync(state, { recursive: true });
	});
}

function run(command, parameters, cwd) {
	return execFileSync(command, parameters, {
		cwd,
		encoding: 'utf8',
		maxBuffer: 64 << 20,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
}
