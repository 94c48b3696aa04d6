export {
	closedPort,
	field,
	names,
	type SessionSite as Site,
	startSessionSite as startSite,
	www,
} from '@wiretwin/adapter-conformance';
