import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The copies of a peer dependency that the tests of a package run with. */
export type PeerMatrix = {
	/** Name in `peerDependencies`. */
	peer: string;
	/** The package that is installed, if it is not the peer but one that brings it in the same version. @default peer */
	installed?: string;
	/** Names under which the copies are installed. Of an older one no test can forget to import it: knip tells. */
	copies: readonly string[];
};

type Manifest = { version: string; devDependencies: Record<string, string>; peerDependencies: Record<string, string> };

/**
 * What a package declares of a peer is what its tests run: of each part of the range the lowest version and the newest.
 * `directory` is the test's, one below the package.
 */
export function describePeer(directory: string, { peer, installed = peer, copies }: PeerMatrix): void {
	const folder = resolve(directory, '..');
	const { devDependencies, peerDependencies } = manifestIn(folder);
	const versions = new Map(copies.map((copy) => [copy, copyVersion(directory, copy)]));

	describe(`the declared range of ${peer}`, () => {
		test('every installed copy is among those that are run', () => {
			const aliases = Object.entries(devDependencies).filter(
				([name, specifier]) => name === installed || specifier.startsWith(`npm:${installed}@`),
			);
			expect(aliases.map(([name]) => name).sort()).toEqual([...copies].sort());
		});

		const lowest = (peerDependencies[peer] ?? '').split('||').map((part) => part.trim());
		test.each(lowest)('%s: its lowest and its newest version are run', (part) => {
			const [, version = '', major = ''] = /^\^((\d+)\.\d+\.\d+)$/.exec(part) ?? [];
			expect([...versions.values()]).toContain(version);
			const newest = [...versions].filter(([, each]) => each.startsWith(`${major}.`) && each !== version);
			// A caret lets an update of the lock file bring the newest.
			expect(newest.map(([copy]) => devDependencies[copy])).toEqual([expect.stringContaining('^')]);
		});

		test('no copy that is run lies outside of it', () => {
			const declared = new Set(lowest.map((part) => part.slice(1).split('.')[0]));
			expect(new Set([...versions.values()].map((version) => version.split('.')[0]))).toEqual(declared);
		});
	});
}

/** Version of an installed copy; `directory` is the test's. */
export function copyVersion(directory: string, copy: string): string {
	return manifestIn(resolve(directory, '../node_modules', copy)).version;
}

function manifestIn(folder: string): Manifest {
	return JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8')) as Manifest;
}
