// The table that every adapter passes, over both versions of ky.
import { describeConformance } from '@wiretwin/adapter-conformance';
import { kyDriver } from './support/ky-driver.ts';
import { versions } from './support/versions.ts';

for (const [name, ky] of versions) describeConformance(kyDriver(name, ky));
