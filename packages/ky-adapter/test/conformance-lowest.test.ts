// The oldest versions that package.json admits: the whole table. ky 1.14.0 is the first with `context`.
import { describeConformance, describePeer } from '@wiretwin/adapter-conformance';
import { kyDriver } from './support/ky-driver.ts';
import { lowestVersions } from './support/versions.ts';

/** Faults of a version that any fetch shows. */
const faults: Readonly<Record<string, Record<string, string>>> = {
	'ky 1.14.0': {
		'B06 an answer that comes before the upload has ended is delivered': 'it waits for the source of the upload first',
	},
};

for (const [name, ky] of lowestVersions) describeConformance(kyDriver(name, ky, faults[name]));

describePeer(import.meta.dirname, { peer: 'ky', copies: ['ky', 'ky1', 'ky-lowest-1', 'ky-lowest-2'] });
