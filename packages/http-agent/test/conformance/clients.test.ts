import { describeConformance } from '@wiretwin/adapter-conformance';
import { axiosDriver, needleDriver, nodeFetchDriver, smithyDriver, superagentDriver } from './client-drivers.ts';
import { octokitDriver } from './octokit-driver.ts';

for (const driver of [axiosDriver, nodeFetchDriver, superagentDriver, needleDriver, smithyDriver, octokitDriver]) {
	describeConformance(driver);
}
