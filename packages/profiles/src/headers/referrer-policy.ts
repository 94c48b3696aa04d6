import type { HeadersSection } from '../types.ts';

/** Policies that would show another site more of a page than its origin. */
const relaxed: ReadonlySet<string> = new Set(['unsafe-url', 'no-referrer-when-downgrade', 'origin-when-cross-origin']);

/** What decides whether a browser takes a page's word for how much of it may be shown. */
export type PolicyFacts = {
	/** What the request or its page states; empty: nothing. */
	policy: string;
	/** The target belongs to another site than the page. */
	isThirdParty: boolean;
	/** A document in the address bar. */
	isTopLevel: boolean;
};

/** The browser does not follow a relaxed policy to another site (`tightensReferrer`). */
export function isTightened(headers: HeadersSection, { policy, isThirdParty, isTopLevel }: PolicyFacts): boolean {
	return headers.tightensReferrer === true && isThirdParty && !isTopLevel && relaxed.has(policy);
}

/** The referrer policy that the browser goes by. */
export function policyInForce<Policy extends string>(
	headers: HeadersSection,
	facts: PolicyFacts & { policy: Policy },
): Policy | 'strict-origin-when-cross-origin' {
	return isTightened(headers, facts) ? 'strict-origin-when-cross-origin' : facts.policy;
}
