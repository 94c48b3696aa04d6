/** What a page did to cause a request: known because the page is ours, not read off the request. */
import type { RequestRecord } from '../capture/records.ts';
import type { subresourceKinds } from './typical-requests.ts';

/** Kinds of request that a visit makes, as profiles name them. */
export type VisitKind =
	| (typeof subresourceKinds)[number]
	| 'navigate'
	| 'reload'
	| 'form'
	| 'fetch'
	| 'xhr'
	| 'beacon'
	| 'eventsource'
	| 'preflight'
	| 'websocket'
	| 'websocket-h2';

/** The part of a request's context that the page decides; absent members are the browser's defaults. */
export type VisitContext = {
	kind: VisitKind;
	method?: string;
	scheme?: 'https' | 'http';
	site?: 'none' | 'same-origin' | 'same-site' | 'cross-site';
	userActivation?: boolean;
	mode?: 'cors' | 'no-cors';
	redirected?: boolean;
	credentials?: 'include' | 'same-origin' | 'omit';
	cache?: 'no-store' | 'reload';
	fetchPriority?: 'high' | 'low';
	/** Fields that the page's script sets, name and value in turn, as typed. */
	headers?: readonly string[];
	/** Client hints that the server asked for before. */
	hints?: readonly string[];
	/** For a preflight: what is asked for. */
	preflight?: { method: string; headers?: string };
};

/** Context with the free text that only the request shows (cookie, referrer, sizes, keys). */
export type SeenContext = VisitContext & {
	origin: string;
	cookie?: string;
	referer?: string;
	body: { contentType?: string; contentLength?: number } | null;
	websocket?: { key?: string; protocols?: string };
};

/** One request of the visit with its cause. */
export type SeenRequest = { context: SeenContext; record: RequestRecord };

/** Fills the context of `record` up with its free text. */
export function seenContext(context: VisitContext, origin: string, record: RequestRecord): SeenContext {
	const fields = new Map<string, string>();
	for (const [name, value] of record.headers) {
		const key = name.toLowerCase();
		const earlier = fields.get(key);
		fields.set(key, earlier === undefined ? value : `${earlier}${key === 'cookie' ? '; ' : ', '}${value}`);
	}
	const optional = (key: string, name: string) => {
		const value = fields.get(name);
		return value === undefined ? {} : { [key]: value };
	};
	const isSocket = context.kind === 'websocket' || context.kind === 'websocket-h2';
	return {
		...context,
		origin,
		...optional('cookie', 'cookie'),
		...optional('referer', 'referer'),
		body: bodyOf(context, fields),
		...(isSocket
			? { websocket: { ...optional('key', 'sec-websocket-key'), ...optional('protocols', 'sec-websocket-protocol') } }
			: {}),
	};
}

function bodyOf({ headers = [] }: VisitContext, fields: ReadonlyMap<string, string>): SeenContext['body'] {
	const length = Number(fields.get('content-length') ?? 0);
	const contentType = fields.get('content-type');
	if (!Number.isSafeInteger(length) || length <= 0) return null;
	const isPageSet = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
	return { ...(contentType === undefined || isPageSet ? {} : { contentType }), contentLength: length };
}
