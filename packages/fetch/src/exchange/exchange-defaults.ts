import {
	type CallerHeaders,
	chooseHeaders,
	headerValue,
	mergeHeaders,
	noHeaders,
	withoutNames,
} from '../headers/caller-headers.ts';
import type { NormalizedTimeouts } from '../options/timeouts.ts';
import type { ExchangeRequest } from '../types/exchange.ts';

/** What a session says of all its requests; what a request says itself goes before it. */
export type ExchangeDefaults = {
	readonly defaultHeaders: CallerHeaders;
	readonly browserHeaders: boolean;
	readonly timeouts: NormalizedTimeouts;
	readonly decompress: boolean;
	readonly maxResponseBytes: number | undefined;
};

/** Those of a bare transport. */
export const noDefaults: ExchangeDefaults = {
	defaultHeaders: noHeaders,
	browserHeaders: true,
	timeouts: {},
	decompress: true,
	maxResponseBytes: undefined,
};

const cookieField: ReadonlySet<string> = new Set(['cookie']);
const typeField: ReadonlySet<string> = new Set(['content-type']);

/** Each limit for itself; 0 takes the session's away. */
export function mergeTimeouts(session: NormalizedTimeouts, request: ExchangeRequest): NormalizedTimeouts {
	const defaults = request.upgrade ? untilUpgraded(session) : session;
	const own = request.timeouts;
	if (!own) return defaults;
	const merged = { ...defaults };
	for (const part of Object.keys(own) as Array<keyof NormalizedTimeouts>) {
		const limit = own[part];
		if (limit === 0) delete merged[part];
		else if (limit !== undefined) merged[part] = limit;
	}
	return merged;
}

/** What becomes another protocol's may last and be silent; `total` bounds the answer that makes it so. */
function untilUpgraded({ total, idle: _, ...rest }: NormalizedTimeouts): NormalizedTimeouts {
	return total === undefined ? rest : { ...rest, head: Math.min(total, rest.head ?? total) };
}

/** Fields and cookies. What an adapter names apart, cookies and content type, stands for the session's field as well. */
export function mergeFields(
	{ defaultHeaders }: ExchangeDefaults,
	request: ExchangeRequest,
): { headers: CallerHeaders; cookie: string } {
	const own = chooseHeaders(request.headers, request.exactHeaders);
	const cookie = request.cookie ?? '';
	if (defaultHeaders === noHeaders) return { headers: own, cookie };
	const base = request.contentType === undefined ? defaultHeaders : withoutNames(defaultHeaders, typeField);
	const headers = mergeHeaders(base, own);
	const field = headerValue(headers.list, 'cookie');
	if (field === undefined || headers.verbatim) return { headers, cookie };
	return { headers: withoutNames(headers, cookieField), cookie: cookie === '' ? field : cookie };
}
