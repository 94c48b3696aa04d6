import { copyVersion } from '@wiretwin/adapter-conformance';
import ky2 from 'ky';
import lowest1 from 'ky-lowest-1';
import lowest2 from 'ky-lowest-2';
import ky1 from 'ky1';

/** Both supported versions, the newest of each, under the type of the newer one; tests use what they share. */
export const versions: readonly (readonly [name: string, ky: typeof ky2])[] = [
	['ky 1', ky1 as unknown as typeof ky2],
	['ky 2', ky2],
];

/** The first version of each that the adapter works with. */
export const lowestVersions: typeof versions = (
	[
		['ky-lowest-1', lowest1],
		['ky-lowest-2', lowest2],
	] as const
).map(([copy, ky]) => [`ky ${copyVersion(`${import.meta.dirname}/..`, copy)}`, ky as unknown as typeof ky2]);
