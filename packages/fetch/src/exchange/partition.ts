import type { Profile, RequestKind } from '@wiretwin/profiles';
import { isSameSite } from '../cookies/site.ts';
import { type Client, type Party, topSite } from '../initiator/client.ts';
import { isFrameNavigation, isTopLevelNavigation } from './kinds.ts';

/** What decides with which requests a request may share connections and TLS tickets. */
export type PartitionFacts = {
	url: URL;
	/** Who causes the request; `undefined` = an address typed by the user. */
	client: Client | undefined;
	kind: RequestKind;
	party: Party;
	/** Carries no credentials. */
	anonymous: boolean;
};

/**
 * Partition of the browser's connection pool (seen in both: docs/internals/truth.md). What stands behind `#` is for connections alone: what
 * is known of names does not depend on credentials (dns.md).
 */
export function partitionOf(facts: PartitionFacts, profile: Profile): string {
	const { separateSites, separateAnonymous, separateThirdParty, separateFrames } = profile.document.headers;
	const { url, client, kind, party, anonymous } = facts;
	const isTopLevel = isTopLevelNavigation(kind);
	let partition = separateSites ? topSite(client, url, isTopLevel) : '';
	if (separateFrames === 'foreign' && client !== undefined && !isTopLevel && isInForeignFrame(client, url, kind))
		partition += ' frame';
	if (separateFrames === 'apart' && party === 'apart') return `${partition} apart`;
	if (anonymous) return separateAnonymous ? `${partition}#anonymous` : partition;
	const isApart = separateThirdParty && profile.thirdPartyCookies === 'blocked' && party !== 'first';
	return isApart ? `${partition}#third-party` : partition;
}

/**
 * Of a document that is not of the page's site, or such a document itself: what lies between it and the page does not count,
 * nor who asks for the document.
 */
function isInForeignFrame({ top, origin }: Client, url: URL, kind: RequestKind): boolean {
	const site = isFrameNavigation(kind) ? url : origin;
	return !top || !site || !isSameSite(top, site);
}
