// Finds the addon of a platform among the installed packages. CommonJS with one literal name a platform, inside `try`, is
// what bundlers, file tracers and single-file compilers can follow: they take the package that is there along and leave the
// others be. docs/internals/packaging.md
'use strict';

const { readdirSync } = require('node:fs');
const { join } = require('node:path');

/** @returns {{ name: string, addon?: unknown, error?: unknown }[]} one attempt */
exports.loadAddon = (target) => {
	const name = `@wiretwin/core-native-${target}`;
	try {
		switch (target) {
			case 'linux-x64-gnu':
				return [{ name, addon: require('@wiretwin/core-native-linux-x64-gnu') }];
			case 'linux-arm64-gnu':
				return [{ name, addon: require('@wiretwin/core-native-linux-arm64-gnu') }];
			case 'linux-x64-musl':
				return [{ name, addon: require('@wiretwin/core-native-linux-x64-musl') }];
			case 'linux-arm64-musl':
				return [{ name, addon: require('@wiretwin/core-native-linux-arm64-musl') }];
			case 'darwin-arm64':
				return [{ name, addon: require('@wiretwin/core-native-darwin-arm64') }];
			case 'darwin-x64':
				return [{ name, addon: require('@wiretwin/core-native-darwin-x64') }];
			case 'win32-x64':
				return [{ name, addon: require('@wiretwin/core-native-win32-x64') }];
			case 'win32-arm64':
				return [{ name, addon: require('@wiretwin/core-native-win32-arm64') }];
			default:
				return [];
		}
	} catch (error) {
		return [{ name, error }];
	}
};

// In two steps: webpack takes `exports.version = require(...).version` for the re-export of a module and loses the value.
const { version } = require('../package.json');

/** Of this package; its addons have the same. */
exports.version = version;

/** What an installed addon was built from is not here to compare. */
exports.sourcesId = () => undefined;

/** Platforms whose package lies beside this one, for the message when the right one does not. */
exports.installedTargets = () => {
	try {
		return readdirSync(join(__dirname, '../..'))
			.filter((name) => name.startsWith('core-native-'))
			.map((name) => name.slice('core-native-'.length));
	} catch {
		return [];
	}
};
