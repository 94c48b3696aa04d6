import { isSameOrigin } from '../cookies/site.ts';
import type { RequestSummary } from '../errors/wiretwin-error.ts';
import type { Hop } from '../exchange/hop.ts';
import { headerValue, headerValues, withoutNames } from '../headers/caller-headers.ts';
import { refusal } from './redirect-target.ts';
import { parseReferrerPolicy } from './referrer.ts';
import { siteRelation } from './site-relation.ts';

const bodyFields: ReadonlySet<string> = new Set([
	'content-encoding',
	'content-language',
	'content-location',
	'content-type',
	'content-length',
]);
/** Never sent to an origin that the caller did not name; not restored when a later hop comes back. */
const credentialFields: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'host']);

const none: ReadonlySet<number> = new Set();

/** The request that follows a redirect (fetch: HTTP-redirect fetch). */
export function nextHop(
	hop: Hop,
	status: number,
	rawHeaders: readonly string[],
	target: URL,
	request: RequestSummary,
	sent: { readonly headers: readonly string[]; readonly referer: string | undefined },
	keepMethod = false,
	keepPost: ReadonlySet<number> = none,
): Hop {
	let { method, body, headers } = hop;
	if ((status !== 303 || keepPost.has(status)) && body !== null && body.kind === 'stream' && !body.replayable) {
		throw refusal('ERR_REDIRECT_BODY', 'asks for the body again, but its stream was already sent', request);
	}
	const toGet =
		!(method === 'POST' && keepPost.has(status)) &&
		(((status === 301 || status === 302) && method === 'POST') ||
			(status === 303 && method !== 'GET' && method !== 'HEAD'));
	if (toGet) {
		if (!keepMethod) method = 'GET';
		body = null;
		headers = withoutNames(headers, bodyFields);
	}
	const sameOrigin = isSameOrigin(hop.url, target);
	if (!sameOrigin) headers = withoutNames(headers, credentialFields);
	const { client } = hop;
	return {
		...hop,
		url: target,
		method,
		body,
		headers,
		index: hop.index + 1,
		internal: undefined,
		validators: undefined,
		referrer: sent.referer === undefined ? undefined : new URL(sent.referer),
		originAdded: hop.originAdded || toGet || headerValue(sent.headers, 'origin') === undefined,
		referrerPolicy: parseReferrerPolicy(headerValues(rawHeaders, 'referrer-policy')) ?? hop.referrerPolicy,
		site: siteRelation(hop.site, client, target),
		leftOrigin: hop.leftOrigin || !sameOrigin,
		// fetch "redirect-tainted origin": the hop left an origin that was already not the initiator's.
		originTainted:
			hop.originTainted || (client?.origin !== undefined && !sameOrigin && !isSameOrigin(client.origin, hop.url)),
	};
}
