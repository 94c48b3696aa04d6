import type { HeadersSection } from '../types.ts';
import { kindRecord } from './kind-record.ts';
import type { LayoutRequest } from './types.ts';

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

/** The policy that what a worker asks for states. `own`: of its script; `page`: of the page that started it. */
export function workerPolicy<Policy extends string>(
	headers: HeadersSection,
	kind: string,
	client: LayoutRequest['client'],
	{ own, page }: { own: Policy | undefined; page: Policy | undefined },
): Policy | undefined {
	switch (kindRecord(headers, kind, client)?.workerPolicy) {
		case 'own-else-page':
			return own ?? (client === 'service-worker' ? undefined : page);
		case 'page':
			return client === 'worker' ? page : undefined;
		case 'none':
			return undefined;
		default:
			return own;
	}
}
