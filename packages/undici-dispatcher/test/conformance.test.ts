// The table that every adapter passes, for each way to use the dispatcher.
import { describeConformance } from '@wiretwin/adapter-conformance';
import { fetches, versions } from './support/clients.ts';
import { fetchDriver, requestDriver } from './support/drivers.ts';

for (const [name, bind] of fetches) describeConformance(fetchDriver(name, bind));
for (const [name, undici] of versions) describeConformance(requestDriver(name, undici));
