import { describeConformance } from '@wiretwin/adapter-conformance';
import { axiosDriver, needleDriver, nodeFetchDriver, smithyDriver, superagentDriver } from './client-drivers.ts';

for (const driver of [axiosDriver, nodeFetchDriver, superagentDriver, needleDriver, smithyDriver]) {
	describeConformance(driver);
}
