// The oldest versions that package.json admits: the whole table.
import { describeConformance, describePeer } from '@wiretwin/adapter-conformance';
import { bindFetch, lowestVersions } from './support/clients.ts';
import { fetchDriver, requestDriver } from './support/drivers.ts';

for (const [name, undici] of lowestVersions) {
	describeConformance(fetchDriver(`${name} fetch`, bindFetch(undici.fetch)));
	describeConformance(requestDriver(name, undici));
}

describePeer(import.meta.dirname, {
	peer: 'undici',
	copies: ['undici', 'undici6', 'undici7', 'undici-lowest-6', 'undici-lowest-7', 'undici-lowest-8'],
});
