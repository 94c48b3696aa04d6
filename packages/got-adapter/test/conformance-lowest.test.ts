// The oldest versions that package.json admits: the whole table.
import { describeConformance, describePeer } from '@wiretwin/adapter-conformance';
import { gotDriver, lowestVersions } from './got-driver.ts';

/** Faults of a version that Node's own agent shows too. */
const faults: Readonly<Record<string, Record<string, string>>> = {
	'got 14.0.0': { 'R02 POST becomes GET without a body after 303': 'its stream waits for ever, on any agent' },
};

for (const [name, version] of lowestVersions) describeConformance(gotDriver(name, version, faults[name]));

describePeer(import.meta.dirname, {
	peer: 'got',
	copies: ['got', 'got14', 'got15', 'got-lowest-14', 'got-lowest-15', 'got-lowest-16'],
});
