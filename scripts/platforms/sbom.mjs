// What is inside the addons, as a CycloneDX document: every crate that is linked in, BoringSSL as boring-sys brings it, and our
// patches to it. The npm packages say their own dependencies in their manifests.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The crate whose source tree is the BoringSSL that is built. */
const boringssl = 'boring-sys';

export function softwareBill(root, version) {
	const metadata = JSON.parse(
		execFileSync('cargo', ['metadata', '--locked', '--format-version', '1'], {
			cwd: root,
			encoding: 'utf8',
			maxBuffer: 64 << 20,
		}),
	);
	const crates = linkedCrates(metadata).map(({ name, version: release, license }) => ({
		type: 'library',
		name,
		version: release,
		...(license ? { licenses: [{ expression: license }] } : {}),
		purl: `pkg:cargo/${name}@${release}`,
		...(name === boringssl ? { components: [patchedBoringssl(root, release)] } : {}),
	}));
	return {
		bomFormat: 'CycloneDX',
		specVersion: '1.6',
		version: 1,
		metadata: {
			component: {
				type: 'library',
				name: '@wiretwin/core-native',
				version,
				purl: `pkg:npm/%40wiretwin/core-native@${version}`,
			},
		},
		components: crates,
	};
}

/** Crates of the registry that the addon is made of on any platform; what only tests it or runs in build scripts is left out. */
function linkedCrates({ packages, resolve, workspace_members: own }) {
	const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
	const found = new Set();
	const queue = own.filter((id) => packages.find((item) => item.id === id)?.name === 'wiretwin-binding');
	for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
		if (found.has(id)) continue;
		found.add(id);
		for (const { pkg, dep_kinds: kinds } of nodes.get(id)?.deps ?? []) {
			if (kinds.some(({ kind }) => kind === null)) queue.push(pkg);
		}
	}
	return packages
		.filter(({ id, source }) => found.has(id) && source !== null)
		.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function patchedBoringssl(root, release) {
	const folder = join(root, 'packages/core-native/boringssl/patches');
	const patches = readdirSync(folder)
		.filter((name) => name.endsWith('.patch'))
		.sort();
	return {
		type: 'library',
		name: 'boringssl',
		version: `as in ${boringssl} ${release}`,
		pedigree: {
			patches: patches.map((name) => ({
				type: 'unofficial',
				diff: {
					text: {
						content: `${name} sha256:${createHash('sha256')
							.update(readFileSync(join(folder, name)))
							.digest('hex')}`,
					},
				},
			})),
		},
	};
}
