/**
 * Values of the fields a browser adds, from the profile's data and the request. The rules are those of the Fetch
 * standard and Fetch Metadata; where browsers differ, the profile has a knob.
 */
import type { HeadersSection, KindRecord, PriorityLevel } from '../types.ts';
import { typeOfBody } from './stated-charset.ts';
import type { LayoutRequest, SiteRelation } from './types.ts';

/** A request with everything decided that more than one field depends on. */
export type ResolvedRequest = {
	request: LayoutRequest;
	kind: KindRecord;
	method: string;
	/** Target is https. Plain text gets no hints and no `sec-*`. */
	secure: boolean;
	site: SiteRelation;
	mode: string | undefined;
	cacheFields: { readonly [name: string]: string } | undefined;
	priority: PriorityLevel;
	/** The caller asks for a range: the bytes of what is stored, not of a coding of it. */
	isRange: boolean;
};

/** Values that do not change within a session. */
export type SessionValues = {
	userAgent: string;
	acceptLanguage: string;
	/** Value of `sec-fetch-storage-access`. */
	storageAccess: string | undefined;
	/** Values of client hints by name. */
	hints: ReadonlyMap<string, string>;
};

function isBodyless(method: string): boolean {
	return method === 'GET' || method === 'HEAD';
}

/** Fetch standard, "append a request Origin header", with the initiator's origin given by the caller. */
function originValue({ request, kind, method, mode, site }: ResolvedRequest): string | undefined {
	if (request.origin === undefined) return undefined;
	if (!isBodyless(method)) return request.origin;
	const crossOrigin = site !== 'same-origin' && site !== 'none';
	if (mode === 'cors' && (crossOrigin || kind.originAlways === true)) return request.origin;
	return kind.originAlways === true && mode !== 'no-cors' && mode !== 'same-origin' ? request.origin : undefined;
}

/** A document in the address bar. */
export function isTopLevel({ request, kind, mode }: ResolvedRequest): boolean {
	return mode === 'navigate' && (request.dest ?? kind.dest) === 'document';
}

/** Credentials mode of a request: its own, else the kind's, else what its mode brings (HTML: CORS settings attributes). */
export function credentialsOf(
	kind: Pick<KindRecord, 'credentials' | 'credentialsFixed' | 'mode'> | undefined,
	request: { credentials?: LayoutRequest['credentials'] | undefined; mode?: LayoutRequest['mode'] | undefined },
): 'include' | 'same-origin' | 'omit' {
	const byMode = (request.mode ?? kind?.mode) === 'cors' ? 'same-origin' : 'include';
	return (kind?.credentialsFixed ? undefined : request.credentials) ?? kind?.credentials ?? byMode;
}

/** Only requests with credentials to another site tell the state of third-party storage. */
function storageAccessValue(
	resolved: ResolvedRequest,
	headers: HeadersSection,
	session: SessionValues,
): string | undefined {
	const { request, kind, site, mode } = resolved;
	const party = request.party ?? (site === 'cross-site' ? 'third' : 'first');
	if (session.storageAccess === undefined || party === 'first' || mode === undefined) return undefined;
	if (isTopLevel(resolved) || credentialsOf(kind, request) !== 'include') return undefined;
	if (kind.storageAccess === false || (kind.storageAccess === 'unless-keepalive' && request.keepalive))
		return undefined;
	if (request.originTainted && headers.thirdPartyCookies.endsWithTaint) return undefined;
	// The page's own site has leave to use its storage and has not made use of it.
	return party === 'apart' && session.storageAccess === 'none' ? 'inactive' : session.storageAccess;
}

/** Storage Access: who may have more cookies by asking for them is told where the request comes from. */
function mayHaveMore(resolved: ResolvedRequest, headers: HeadersSection, session: SessionValues): boolean {
	if (headers.thirdPartyCookies.originOverTls && !resolved.secure) return false;
	return storageAccessValue(resolved, headers, session) === 'inactive';
}

/** A redirect takes such an origin along wherever it leads, as long as it leaves the method, and adds none. */
function isCarried(resolved: ResolvedRequest, headers: HeadersSection, session: SessionValues): boolean {
	const { redirected, before, originAdded } = resolved.request;
	return redirected && before ? before.includes('origin') && !originAdded : mayHaveMore(resolved, headers, session);
}

/**
 * Whether a field that has several places in a template belongs elsewhere. `origin` has another place in Firefox where CORS
 * asks for it, in Chromium where a redirect added it: alone (`added`), or with or behind the state of storage access (`new`);
 * `content-type` in a request that Firefox redirects with a body.
 */
export function isElsewhere(
	slot: string,
	{ request, mode, site }: Pick<ResolvedRequest, 'request' | 'mode' | 'site'>,
): boolean {
	const { originAdded = false, before } = request;
	const isNew = originAdded && before !== undefined && !isAhead(before, 'origin', 'sec-fetch-storage-access');
	const isCors = mode === 'cors' && site !== 'same-origin' && site !== 'none';
	switch (slot) {
		case 'origin:cors':
			return !isCors;
		case 'origin:plain':
			return isCors;
		case 'origin:kept':
			return originAdded;
		case 'origin:added':
			return !originAdded || isNew;
		case 'origin:new':
			return !isNew;
		case 'content-type:carried':
			return !request.body;
		default:
			return false;
	}
}

/** A name comes before another one, or without it. */
function isAhead(names: readonly string[], name: string, other: string): boolean {
	const place = names.indexOf(name);
	const limit = names.indexOf(other);
	return place >= 0 && (limit < 0 || place < limit);
}

function acceptEncodingValue({ kind, secure }: ResolvedRequest, headers: HeadersSection): string | undefined {
	return headers.acceptEncoding[kind.acceptEncoding ?? (secure ? 'secure' : 'plain')];
}

function withDictionaries(
	codings: string | undefined,
	{ dictionary }: LayoutRequest,
	{ dictionaries = [] }: HeadersSection,
): string | undefined {
	return dictionary === undefined || codings === undefined ? codings : [codings, ...dictionaries].join(', ');
}

function lengthValue({ request, method }: ResolvedRequest, whenEmpty: boolean): string | undefined {
	const length = request.body ? request.body.contentLength : method === 'POST' || method === 'PUT' ? 0 : undefined;
	if (length === undefined) return undefined;
	const isEmpty = !request.body;
	return isEmpty === whenEmpty ? String(length) : undefined;
}

function websocketValue(name: string, request: LayoutRequest): string | undefined {
	if (name === 'sec-websocket-key') return request.websocket?.key;
	return name === 'sec-websocket-protocol' ? request.websocket?.protocols : undefined;
}

function fetchMetadataValue(name: string, resolved: ResolvedRequest): string | undefined {
	const { request, kind, secure } = resolved;
	const isTold = secure || (kind.modeInPlainText === true && name === 'sec-fetch-mode');
	if (!isTold || resolved.mode === undefined) return undefined;
	switch (name) {
		case 'sec-fetch-site':
			return resolved.site;
		case 'sec-fetch-mode':
			return resolved.mode;
		case 'sec-fetch-dest':
			return request.dest ?? kind.dest;
		default:
			return kind.user !== undefined && (request.userActivation ?? kind.user) ? '?1' : undefined;
	}
}

/** The browser's own value of the field `name` for this request; `undefined`: it does not send one. */
export function browserValue(
	name: string,
	resolved: ResolvedRequest,
	headers: HeadersSection,
	session: SessionValues,
): string | undefined {
	const { request, kind } = resolved;
	switch (name) {
		case 'user-agent':
			return session.userAgent;
		case 'accept':
			return kind.accept === undefined ? undefined : headers.accept[kind.accept];
		case 'accept-encoding':
			// fetch standard, HTTP-network-or-cache fetch: "if httpRequest's header list contains `Range`"; both browsers do.
			return withDictionaries(resolved.isRange ? 'identity' : acceptEncodingValue(resolved, headers), request, headers);
		case 'accept-language':
			return session.acceptLanguage;
		case 'cookie':
			return request.cookie || undefined;
		case 'referer':
			return request.referer;
		case 'origin':
			return originValue(resolved);
		case 'origin:cors':
		case 'origin:plain':
		case 'origin:kept':
		case 'origin:added':
		case 'origin:new':
			return originValue(resolved);
		case 'origin:storage':
			return originValue(resolved) === undefined && mayHaveMore(resolved, headers, session)
				? request.origin
				: undefined;
		case 'origin:carried':
			return originValue(resolved) === undefined && isCarried(resolved, headers, session) ? request.origin : undefined;
		case 'content-type':
		case 'content-type:carried':
			return typeOfBody(request.body?.contentType, kind);
		case 'content-length':
			return lengthValue(resolved, false);
		case 'content-length:empty':
			return lengthValue(resolved, true);
		case 'sec-fetch-site':
		case 'sec-fetch-mode':
		case 'sec-fetch-dest':
		case 'sec-fetch-user':
			return fetchMetadataValue(name, resolved);
		case 'sec-fetch-storage-access':
			return resolved.secure ? storageAccessValue(resolved, headers, session) : undefined;
		case 'priority':
			return resolved.priority.field;
		case 'pragma':
		case 'cache-control':
			return resolved.cacheFields?.[name];
		case 'if-none-match':
			return request.validators?.etag;
		case 'if-modified-since':
			return request.validators?.lastModified;
		case 'available-dictionary':
			return request.dictionary;
		case 'dictionary-id':
			return request.dictionary === undefined ? undefined : request.dictionaryId;
		case 'range':
			return request.range ?? kind.fixed?.range;
		case 'te':
			return headers.te ?? undefined;
		case 'connection':
			return kind.fixed?.connection ?? 'keep-alive';
		case 'access-control-request-method':
			return request.preflight?.method;
		case 'access-control-request-headers':
			return request.preflight?.headers;
		case 'sec-websocket-key':
		case 'sec-websocket-protocol':
			return websocketValue(name, request);
		default:
			return kind.fixed?.[name];
	}
}
