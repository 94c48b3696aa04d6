import { describeConformance } from '@wiretwin/adapter-conformance';
import { nodeDriver } from './node-driver.ts';

describeConformance(nodeDriver);
