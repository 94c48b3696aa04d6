import { describeConformance } from '@wiretwin/adapter-conformance';
import { gotDriver, versions } from './got-driver.ts';

for (const [name, version] of versions) describeConformance(gotDriver(name, version));
