import { isSameOrigin } from '../cookies/site.ts';
import type { RequestSummary } from '../errors/wiretwin-error.ts';
import type { Hop } from '../exchange/hop.ts';
import { type CallerHeaders, headerValue, headerValues, withoutNames } from '../headers/caller-headers.ts';
import type { ReferrerPolicy } from '../types/fetch-terms.ts';
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

/** How the hop before a redirect was sent. */
export type SentHop = {
	readonly headers: readonly string[];
	readonly referer: string | undefined;
	/** The referrer policy that the browser went by. @default the hop's */
	readonly policy?: ReferrerPolicy;
	/** Hosts after it see no more than a policy that is not the hop's had shown. @default false */
	readonly keepsTightened?: boolean;
	/** What is said of a body and comes back (profile: `bodyFieldsReturn`). @default nothing */
	readonly returns?: 'stated' | 'all' | undefined;
};

/** The request that follows a redirect (fetch: HTTP-redirect fetch). */
export function nextHop(
	hop: Hop,
	status: number,
	rawHeaders: readonly string[],
	target: URL,
	request: RequestSummary,
	sent: SentHop,
	keepMethod = false,
	keepPost: ReadonlySet<number> = none,
): Hop {
	let { method, body, headers, aside } = hop;
	if ((status !== 303 || keepPost.has(status)) && body !== null && body.kind === 'stream' && !body.replayable) {
		throw refusal('ERR_REDIRECT_BODY', 'asks for the body again, but its stream was already sent', request);
	}
	const toGet = !(method === 'POST' && keepPost.has(status)) && becomesGet(method, status);
	if (toGet) {
		if (sent.returns) aside ??= { method, headers: sent.returns === 'all' ? withTypeOf(hop) : headers };
		if (!keepMethod) method = 'GET';
		body = null;
		headers = withoutNames(headers, bodyFields);
	} else if (aside) {
		headers = becomesGet(aside.method, status)
			? withoutNames(headers, bodyFields)
			: takenBack(aside.headers, hop.leftOrigin);
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
		aside,
		index: hop.index + 1,
		through: hop.through ? [...hop.through, hop.url] : [hop.url],
		internal: undefined,
		validators: undefined,
		...referrerOf(hop, sent),
		before: sent.headers.length === 0 ? undefined : namesLeft(sent.headers, toGet),
		originAdded: hop.originAdded || toGet || headerValue(sent.headers, 'origin') === undefined,
		...statedPolicy(rawHeaders),
		site: siteRelation(hop.site, client, target),
		leftOrigin: hop.leftOrigin || !sameOrigin,
		// fetch "redirect-tainted origin": the hop left an origin that was already not the asker's.
		originTainted:
			hop.originTainted ||
			(client !== undefined && !sameOrigin && !(client.site && isSameOrigin(client.site, hop.url))),
	};
}

function becomesGet(method: string, status: number): boolean {
	if (status === 303) return method !== 'GET' && method !== 'HEAD';
	return (status === 301 || status === 302) && method === 'POST';
}

/** What was shown of the page to the hop before is all that is known of it from there on (fetch: main fetch). */
export function referrerOf(
	hop: Pick<Hop, 'referrerPolicy' | 'client'>,
	{ referer, policy = hop.referrerPolicy, keepsTightened }: Omit<SentHop, 'headers'>,
): Pick<Hop, 'referrer' | 'referrerPolicy'> {
	const referrer = referer === undefined ? undefined : new URL(referer);
	if (policy === hop.referrerPolicy) return { referrer, referrerPolicy: policy };
	return keepsTightened
		? { referrer, referrerPolicy: policy }
		: { referrer: hop.client?.referrer, referrerPolicy: hop.referrerPolicy };
}

function statedPolicy(rawHeaders: readonly string[]): Partial<Pick<Hop, 'referrerPolicy'>> {
	const referrerPolicy = parseReferrerPolicy(headerValues(rawHeaders, 'referrer-policy'));
	return referrerPolicy === undefined ? {} : { referrerPolicy };
}

/** The fields with what the body's type is, which a script's request has behind them. */
function withTypeOf({ headers, body }: Hop): CallerHeaders {
	if (!body?.contentType || headerValue(headers.list, 'content-type') !== undefined) return headers;
	return { ...headers, list: [...headers.list, 'Content-Type', body.contentType] };
}

function takenBack(headers: CallerHeaders, hasLeft: boolean): CallerHeaders {
	return hasLeft ? withoutNames(headers, credentialFields) : headers;
}

/** Lower-case names that the hop before was sent with, but for the origin, which a change to GET takes out. */
export function namesLeft(list: readonly string[], toGet: boolean): string[] {
	const names = list.filter((_text, index) => index % 2 === 0).map((name) => name.toLowerCase());
	return toGet ? names.filter((name) => name !== 'origin') : names;
}
