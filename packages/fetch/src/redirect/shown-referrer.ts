import { type HeadersSection, policyInForce, type RequestKind } from '@wiretwin/profiles';
import { isSameSite } from '../cookies/site.ts';
import { isTopLevelNavigation } from '../exchange/kinds.ts';
import type { Client } from '../initiator/client.ts';
import type { ReferrerPolicy } from '../types/fetch-terms.ts';
import { refererFor } from './referrer.ts';

/** What decides how much of a referrer a target sees. */
export type ShownReferrer = {
	client: Client;
	/** What it is made of. */
	referrer: URL;
	url: URL;
	kind: RequestKind;
	/** As the request or its page states it. */
	policy: ReferrerPolicy;
};

/** Value of `referer`. `headers`: the browser's, for what browsers make of it each in its way. */
export function shownReferrer(facts: ShownReferrer, headers: HeadersSection | undefined): string | undefined {
	const { client, referrer, url, kind, policy } = facts;
	// Where the browser shows nothing of such a client, what is named instead of it is measured by its own origin.
	const isOpaque = client.origin === undefined && headers?.kinds[kind]?.opaqueReferrer === true;
	return refererFor(referrer, url, headers ? inForce(facts, headers) : policy, isOpaque);
}

/** The policy that the browser goes by. */
export function inForce(
	{ client, url, kind, policy }: Omit<ShownReferrer, 'referrer'>,
	headers: HeadersSection,
): ReferrerPolicy {
	if (policy === '') return policy;
	const isThirdParty = isForeign(client, url, headers);
	return policyInForce(headers, { policy, isThirdParty, isTopLevel: isTopLevelNavigation(kind) });
}

/** The target is of another site than what asks. */
export function isForeign({ site }: Client, url: URL, headers: HeadersSection | undefined): boolean {
	return site === undefined || !isSameSite(site, url, headers?.schemelessSites);
}
