// What a package's manifest loses and gains on its way into a tarball (`pnpm pack`, `pnpm publish`).
import { readdirSync, readFileSync } from 'node:fs';

const platforms = new URL('packages/core-native/npm/', import.meta.url);

/** Name and version of each platform package that scripts/platform-packages.mjs has made. */
function platformPackages() {
	return Object.fromEntries(
		readdirSync(platforms).map((folder) => {
			const { name, version } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, platforms), 'utf8'));
			return [name, version];
		}),
	);
}

export const hooks = {
	beforePacking(manifest) {
		delete manifest.devDependencies;
		delete manifest.scripts;
		// The condition leads to TypeScript sources, which only this repository has.
		for (const target of Object.values({ ...manifest.exports, ...manifest.imports })) delete target['wiretwin-source'];
		if (manifest.name === '@wiretwin/core-native') manifest.optionalDependencies = platformPackages();
		return manifest;
	},
};
