import { type SessionSite, startSessionSite } from '@wiretwin/adapter-conformance';
import { type WiretwinDispatcher, type WiretwinDispatcherOptions, wiretwinDispatcher } from '../../src/index.ts';

export { closedPort, field, names, www } from '@wiretwin/adapter-conformance';

/** A mirror, a session that trusts it and a dispatcher over the session. */
export type Site = SessionSite & {
	dispatcher: WiretwinDispatcher;
	/** Another dispatcher over the same session. */
	dispatcherWith(options: WiretwinDispatcherOptions): WiretwinDispatcher;
};

export async function startSite(...options: Parameters<typeof startSessionSite>): Promise<Site> {
	const site = await startSessionSite(...options);
	return {
		...site,
		dispatcher: wiretwinDispatcher(site.session),
		dispatcherWith: (given) => wiretwinDispatcher(site.session, given),
	};
}
