// In this repository (condition `wiretwin-source`): the addon that `pnpm build:native` has put beside package.json, else
// what is installed.
'use strict';

const { join } = require('node:path');
const installed = require('./installed.cjs');

exports.loadAddon = (target) => {
	const name = join(__dirname, '..', `wiretwin.${target.replace(/-gnu$/, '')}.node`);
	try {
		return [{ name, addon: require(name) }];
	} catch (error) {
		return [{ name, error }, ...installed.loadAddon(target)];
	}
};

exports.installedTargets = () => installed.installedTargets();
