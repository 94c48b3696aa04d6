// In this repository (condition `wiretwin-source`): the addon that `pnpm build:native` has put beside package.json, else
// what is installed.
'use strict';

const { readdirSync, readFileSync } = require('node:fs');
const { join, relative } = require('node:path');
const installed = require('./installed.cjs');

exports.loadAddon = (target) => {
	const name = join(__dirname, '..', `wiretwin.${target.replace(/-gnu$/, '')}.node`);
	try {
		return [{ name, addon: require(name) }];
	} catch (error) {
		return [{ name, error }, ...installed.loadAddon(target)];
	}
};

exports.version = installed.version;

/** As binding/build.rs computes it; 2 MB are read, so only who has an error to explain asks. */
exports.sourcesId = () => {
	const root = join(__dirname, '..');
	let hash = 0x811c9dc5;
	for (const folder of ['binding/src', 'boringssl/patches', 'engine/src', 'wire/src']) {
		const names = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
			.sort();
		for (const name of names) {
			for (const bytes of [Buffer.from(name), readFileSync(join(root, name))]) {
				for (const byte of bytes) if (byte !== 0x0d) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
			}
		}
	}
	return hash.toString(16).padStart(8, '0');
};

exports.installedTargets = () => installed.installedTargets();
