import type { Profile } from '@wiretwin/profiles';
import { isSameSite, siteOf } from '../cookies/site.ts';

/** What decides with which requests a request may share connections and TLS tickets. */
export type PartitionFacts = {
	url: URL;
	/** The page that causes the request; `undefined` = an address typed by the user. */
	page: URL | undefined;
	/** A document in the address bar: it becomes the page itself. */
	topLevelNavigation: boolean;
	/** A document in a frame of the page. */
	frame: boolean;
	/** Carries no credentials. */
	anonymous: boolean;
};

/** Partition of the browser's connection pool, opaque (seen in both: docs/internals/truth.md). */
export function partitionOf(facts: PartitionFacts, profile: Profile): string {
	const { separateSites, separateAnonymous, separateThirdParty } = profile.document.headers;
	const { url, page, topLevelNavigation, frame, anonymous } = facts;
	const top = topLevelNavigation || page === undefined ? url : page;
	const site = separateSites ? siteOf(top) : '';
	if (anonymous) return separateAnonymous ? `${site} anonymous` : site;
	if (!separateThirdParty || top === url || isSameSite(top, url)) return site;
	// What a frame of another site asks for is apart from what the page itself asks other sites for.
	return frame ? `${site} cross-site frame` : `${site} third-party`;
}
