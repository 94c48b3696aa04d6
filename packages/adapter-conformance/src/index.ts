export {
	bytesOf,
	type ConformanceDriver,
	type DriverClient,
	type DriverRequest,
	type DriverResponse,
	errorCodes,
	type Lack,
	type RequestBody,
	textOf,
} from './driver.ts';
export { describeExamples } from './examples.ts';
export { describeImports } from './imports.ts';
export { copyVersion, describePeer, type PeerMatrix } from './peers.ts';
export { field, names, type SessionSite, startSessionSite, www } from './session-site.ts';
export { closedPort, type Site, type SiteOptions, startScript, startSilence, startSite, trusting } from './site.ts';
export { describeConformance } from './table.ts';
