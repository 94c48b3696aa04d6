import type { NativeDictionary, NativeRequest } from '@wiretwin/core-native';
import type { HeaderEngine, LayoutRequest, Profile, RequestKind } from '@wiretwin/profiles';
import { cookieHost, isLoopback } from '../cookies/site.ts';
import { type CallerHeaders, headerValue, headerValues, withoutNames } from '../headers/caller-headers.ts';
import { checkFieldValue } from '../headers/check.ts';
import { type Client, type Party, partyOf } from '../initiator/client.ts';
import type { NormalizedTimeouts } from '../options/timeouts.ts';
import type { CheckServerIdentity } from '../tls/peer-certificate.ts';
import { isTopLevelNavigation } from './kinds.ts';
import { partitionOf } from './partition.ts';
import { isOfNobody, isStorable } from './storable.ts';

/** One hop, checked, ready to be laid out. */
export type PreparedRequest = {
	url: URL;
	method: string;
	headers: CallerHeaders;
	kind: RequestKind;
	layout: Omit<
		LayoutRequest,
		('kind' | 'method' | 'scheme' | 'headers' | 'verbatim') | ('body' | 'cookie' | 'trustworthy' | 'client' | 'party')
	>;
	cookie: string;
	/** Sent without credentials: cookies, client certificate, authorization of the browser's. */
	anonymous: boolean;
	/** Who causes the request; `undefined` = an address typed by the user. */
	client: Client | undefined;
	browserHeaders: boolean;
	body: Uint8Array | 'stream' | null;
	contentType: string | undefined;
	contentLength: number | undefined;
	/** A body that is read while it is sent can be read once more. */
	repeatable?: boolean;
	timeouts: NormalizedTimeouts;
	decompress: boolean;
	/** What the request says it has. */
	dictionary: NativeDictionary | undefined;
	maxResponseBytes: number | undefined;
	newConnection: boolean;
	/** The sender goes on to https if the host has an HTTPS record and the browser does (`ERR_HTTPS_RECORD`). */
	upgradable?: boolean;
	/** Nothing is to be sent. */
	connectOnly?: boolean;
	/** Text: the value of `Upgrade`. */
	upgrade: boolean | string;
	/** The handshake of a WebSocket, which finds its connection by rules of its own. */
	webSocket?: boolean;
	protocols: 'auto' | 'http1' | 'http2' | undefined;
	phases: boolean;
	checkServerIdentity: CheckServerIdentity | undefined;
};

/** Written by the protocol layer from other facts of the request. */
const protocolFields: ReadonlySet<string> = new Set(['host', 'content-length']);

/** Lays a request out as the browser would and gives it the native transport's shape. */
export function toNativeRequest(engine: HeaderEngine, prepared: PreparedRequest, profile: Profile): NativeRequest {
	const { url } = prepared;
	const { scheme, host, isLocal, port, target, authority: ownAuthority } = placeOf(url);
	const authority = headerValue(prepared.headers.list, 'host') ?? ownAuthority;
	const { method, kind, client, anonymous } = prepared;
	const party = partyOf(client, url, isTopLevelNavigation(kind), profile.document.headers.schemelessSites);
	const { headers, priority } = layOut(engine, prepared, scheme, isLocal, party);
	const protocols = prepared.protocols ?? (typeof prepared.upgrade === 'string' ? 'http1' : undefined);
	const { cache, validators } = prepared.layout;
	const { kinds } = profile.document.headers;
	const askedByPage = validators !== undefined && kinds[kind]?.pageKeeps === true;
	const storable =
		!askedByPage &&
		!isOfNobody(client, kind) &&
		isStorable({ method, kind, cache: cache ?? kinds[kind]?.cache, fields: prepared.headers.list });
	// Written out, not spread: each `...{}` of absent parts copies an empty object.
	const request: NativeRequest = {
		method,
		scheme,
		host,
		port,
		authority,
		target,
		headers: typeof prepared.upgrade === 'string' ? withUpgrade(headers, prepared.upgrade) : headers,
		priority: { weight: priority.weight, exclusive: priority.exclusive, rank: priority.rank },
		body: prepared.body,
		timeouts: prepared.timeouts,
		decompress: prepared.decompress,
		partition: partitionOf({ url, client, kind, party, anonymous }, profile),
		anonymous,
	};
	if (prepared.contentLength !== undefined) request.contentLength = prepared.contentLength;
	if (prepared.maxResponseBytes !== undefined) request.maxResponseBytes = prepared.maxResponseBytes;
	if (prepared.dictionary !== undefined) request.dictionary = prepared.dictionary;
	if (prepared.newConnection) request.newConnection = true;
	if (storable) request.storable = true;
	if (prepared.upgradable) request.upgradable = true;
	if (prepared.repeatable) request.repeatable = true;
	if (namesDropped(prepared.headers.list, profile)) request.undropped = true;
	if (prepared.upgrade !== false) request.upgrade = true;
	if (prepared.webSocket) request.webSocket = true;
	if (prepared.phases) request.phases = true;
	if ((prepared.checkServerIdentity && scheme === 'https') || prepared.connectOnly) request.hold = true;
	if (protocols !== undefined) request.protocols = protocols;
	return request;
}

/** Whether the caller has named what the browser itself has over HTTP/2 only: his is sent over HTTP/1.1, too. */
function namesDropped(list: readonly string[], profile: Profile): boolean {
	return list.length > 0 && droppedOverHttp1(profile).some((name) => headerValue(list, name) !== undefined);
}

const none: readonly string[] = [];

/** Fields that the engine leaves out over HTTP/1.1 unless the caller has named one of them, in lower case. */
export function droppedOverHttp1({ document }: Profile): readonly string[] {
	const { drop = none } = document.http1 as { drop?: readonly string[] };
	return drop;
}

/** What the URL of a request says of where it goes. */
type Place = {
	readonly href: string;
	readonly scheme: 'http' | 'https';
	readonly host: string;
	/** It is this machine. */
	readonly isLocal: boolean;
	readonly port: number;
	readonly authority: string;
	readonly target: string;
};

/** Of the last request: most go to where the one before went, and each part of a URL is a text of its own. */
let lastPlace: Place | undefined;
/** Longer URLs are not kept. */
const keptMax = 2048;

function placeOf(url: URL): Place {
	const { href } = url;
	if (lastPlace !== undefined && lastPlace.href === href) return lastPlace;
	const scheme = url.protocol === 'http:' ? 'http' : 'https';
	const host = cookieHost(url);
	const place: Place = {
		href,
		scheme,
		host,
		isLocal: isLoopback(host),
		port: url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port),
		authority: url.host,
		target: url.search === '' ? url.pathname + emptyQuery(url) : url.pathname + url.search,
	};
	if (href.length <= keptMax) lastPlace = place;
	return place;
}

/** `search` is empty for an empty query too, and a signature of a URL counts its `?` (URL standard: URL serializer). */
function emptyQuery({ href }: URL): '' | '?' {
	const query = href.indexOf('?');
	if (query < 0) return '';
	const fragment = href.indexOf('#');
	return fragment < 0 || query < fragment ? '?' : '';
}

function layOut(
	engine: HeaderEngine,
	prepared: PreparedRequest,
	scheme: 'http' | 'https',
	trustworthy: boolean,
	party: Party,
) {
	const caller = withoutNames(prepared.headers, protocolFields);
	const verbatim = caller.verbatim || !prepared.browserHeaders;
	const request: LayoutRequest = {
		...prepared.layout,
		kind: prepared.kind,
		method: prepared.method,
		scheme,
		trustworthy,
		body: bodyFacts(prepared),
	};
	const { client } = prepared;
	if (client) {
		request.party = party;
		if (client.type !== 'document') request.client = client.type;
		// What is imported at the head of a worker's script is for that worker (HTML: fetch a worklet/module worker script graph).
		if (prepared.kind === 'worker-import' && client.type !== 'document') request.dest ??= client.type.replace('-', '');
	}
	if (prepared.cookie !== '') request.cookie = prepared.cookie;
	if (caller.list.length > 0) {
		request.headers = caller.list;
		if (verbatim) request.verbatim = true;
	}
	const layout = engine.layout(request);
	if (verbatim && caller.list.length === 0) {
		return { headers: indispensable(layout.headers), priority: layout.priority };
	}
	const { priority } = layout;
	const headers = caller.separate && !verbatim ? separated(layout.headers, caller.list) : layout.headers;
	if (caller.removed.size === 0) return { headers, priority };
	return { headers: withoutNames({ ...caller, list: headers }, caller.removed).list, priority };
}

/** Fields that the caller gave several times, which the layout has joined, as lines of their own in its place. */
function separated(headers: readonly string[], given: readonly string[]): string[] {
	const lines: string[] = [];
	for (let index = 0; index < headers.length; index += 2) {
		const name = headers[index] as string;
		const values = headerValues(given, name.toLowerCase());
		for (const value of values.length > 1 ? values : [headers[index + 1] as string]) lines.push(name, value);
	}
	return lines;
}

/** A place for `Connection` in the layout keeps it, with the value that RFC 9110 7.8 asks for. */
function withUpgrade(headers: readonly string[], protocol: string): string[] {
	const fields = [...headers, 'Upgrade', checkFieldValue('Upgrade', protocol)];
	for (let index = 0; index < fields.length; index += 2) {
		if (fields[index]?.toLowerCase() === 'connection') fields[index + 1] = 'Upgrade';
	}
	return fields;
}

function bodyFacts(prepared: PreparedRequest): NonNullable<LayoutRequest['body']> | null {
	if (prepared.body === null) return null;
	const length = prepared.body === 'stream' ? prepared.contentLength : prepared.body.byteLength;
	return {
		...(prepared.contentType === undefined ? {} : { contentType: prepared.contentType }),
		...(length === undefined ? {} : { contentLength: length }),
	};
}

/** What a request cannot do without when the caller wants no default headers and names none. */
function indispensable(headers: readonly string[]): string[] {
	const kept: string[] = [];
	for (let index = 0; index < headers.length; index += 2) {
		const name = headers[index] as string;
		if (['content-type', 'content-length', 'cookie'].includes(name.toLowerCase()))
			kept.push(name, headers[index + 1] as string);
	}
	return kept;
}
