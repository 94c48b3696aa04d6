import { cookieHost, isLoopback, isSameOrigin } from '../cookies/site.ts';
import type { ReferrerPolicy } from '../types/fetch-terms.ts';

/** Longer referrers are cut to their origin (Referrer Policy 8.4). */
const maxReferrerLength = 4096;

const policies: ReadonlySet<string> = new Set([
	'no-referrer',
	'no-referrer-when-downgrade',
	'origin',
	'origin-when-cross-origin',
	'same-origin',
	'strict-origin',
	'strict-origin-when-cross-origin',
	'unsafe-url',
]);

/**
 * Value of `referer`, `undefined` = not sent (Referrer Policy 8.3, "determine request's referrer").
 * @param isOpaque the page's origin is nobody else's, so every target is another one's
 */
export function refererFor(page: URL, target: URL, policy: ReferrerPolicy, isOpaque = false): string | undefined {
	const full = stripReferrer(page);
	const origin = `${page.origin}/`;
	const whole = full.length > maxReferrerLength ? origin : full;
	const downgrade = isTrustworthy(page) && !isTrustworthy(target);
	const sameOrigin = !isOpaque && isSameOrigin(page, target);
	switch (policy) {
		case 'no-referrer':
			return undefined;
		case 'unsafe-url':
			return whole;
		case 'origin':
			return origin;
		case 'same-origin':
			return sameOrigin ? whole : undefined;
		case 'origin-when-cross-origin':
			return sameOrigin ? whole : origin;
		case 'strict-origin':
			return downgrade ? undefined : origin;
		case 'no-referrer-when-downgrade':
			return downgrade ? undefined : whole;
		default:
			if (sameOrigin) return whole;
			return downgrade ? undefined : origin;
	}
}

/**
 * Origin of who asks, as it is written into `origin` (fetch: "append a request Origin header"): `null` after a
 * redirect that crossed origins twice, for an origin that is nobody else's, and where the referrer policy hides the page from a request outside CORS.
 */
export function originFor(
	page: URL | undefined,
	target: URL,
	policy: ReferrerPolicy,
	cors: boolean,
	tainted: boolean,
): string {
	if (tainted || page === undefined) return 'null';
	if (cors) return page.origin;
	switch (policy) {
		case 'no-referrer':
			return 'null';
		case 'same-origin':
			return isSameOrigin(page, target) ? page.origin : 'null';
		case 'no-referrer-when-downgrade':
		case 'strict-origin':
		case 'strict-origin-when-cross-origin':
		case '':
			return page.protocol === 'https:' && target.protocol !== 'https:' ? 'null' : page.origin;
		default:
			return page.origin;
	}
}

/** The last known token of a Referrer-Policy field (Referrer Policy 8.1); `undefined` = keep the present one. */
export function parseReferrerPolicy(values: readonly string[]): ReferrerPolicy | undefined {
	let policy: ReferrerPolicy | undefined;
	for (const value of values) {
		for (const word of value.split(',')) {
			const token = word.trim().toLowerCase();
			if (policies.has(token)) policy = token as ReferrerPolicy;
		}
	}
	return policy;
}

/** Page URL without userinfo and fragment. */
function stripReferrer(page: URL): string {
	const stripped = new URL(page);
	stripped.username = '';
	stripped.password = '';
	stripped.hash = '';
	return stripped.href;
}

function isTrustworthy(url: URL): boolean {
	return url.protocol === 'https:' || isLoopback(cookieHost(url));
}
