import { cookieHost } from '../cookies/site.ts';
import { type CallerHeaders, readHeaders } from '../headers/caller-headers.ts';
import { type Client, clientOfPage } from '../initiator/client.ts';
import { initiatorOption } from '../initiator/initiator-option.ts';
import { spellAsBrowser } from '../options/browser-url.ts';
import { booleanOption, countOption, objectOption, refuse, textOf } from '../options/checks.ts';
import { refuseUnknown } from '../options/near-match.ts';
import { sessionKeys } from '../options/session-options.ts';
import { transportKeys } from '../options/transport-options.ts';
import { Session } from '../session.ts';
import type { Initiator } from '../types/initiator.ts';
import type { HeadersInput, SessionOptions } from '../types/options.ts';

/** Options of `new WebSocket(url, protocols, options)`. Without `session`, those of a session of its own as well. */
export type WebSocketOptions = {
	/** Its cookies are sent, its connection options and `defaultHeaders` apply; closing it ends the socket. */
	session?: Session | undefined;
	/** Sub-protocols, for the two-argument form. */
	protocols?: string | readonly string[] | undefined;
	/** URL of the page that opens the socket: `Origin`, `Sec-Fetch-Site`, SameSite cookies. @default the target's own origin */
	origin?: string | URL | undefined;
	/** Who opens it, where `origin` does not say it, as in `fetch`: frames, opaque origins, workers. */
	initiator?: string | URL | Initiator | undefined;
	/** Added to the handshake, placed by the browser's rules. */
	headers?: HeadersInput | undefined;
	/** Offer permessage-deflate as the browser does. @default true */
	perMessageDeflate?: boolean | undefined;
	/** Longest message accepted, bytes after decompression; a longer one ends the socket with 1009. @default 134_217_728 */
	maxMessageBytes?: number | undefined;
	/** Gives the handshake up. Has no effect on an open socket: use `close()`. */
	signal?: AbortSignal | undefined;
} & Omit<SessionOptions, 'redirect' | 'maxRedirects' | 'decompress' | 'maxResponseBytes' | 'har' | 'onRequestEvent'>;

/** Enough for any real message; a peer can make us hold twice as much. */
const defaultMaxMessageBytes = 128 * 1024 * 1024;
const ownKeys = [
	'session',
	'protocols',
	'origin',
	'initiator',
	'headers',
	'perMessageDeflate',
	'maxMessageBytes',
	'signal',
] as const;
const unused: ReadonlySet<string> = new Set([
	'redirect',
	'maxRedirects',
	'decompress',
	'maxResponseBytes',
	'har',
	'onRequestEvent',
]);
const forSession: readonly string[] = [...transportKeys, ...sessionKeys].filter((key) => !unused.has(key));
const known: ReadonlySet<string> = new Set([...ownKeys, ...forSession]);

/** Checked arguments. */
export type NormalizedSocket = {
	/** As `WebSocket.url` shows it. */
	url: URL;
	/** With http or https, without user info. */
	target: URL;
	/** User info of the URL, for a server that asks for it. */
	credentials: string | undefined;
	client: Client;
	protocols: string[];
	headers: CallerHeaders;
	compression: boolean;
	maxMessageBytes: number;
	signal: AbortSignal | undefined;
	session: Session;
	/** The session lives and dies with the socket. */
	ownsSession: boolean;
};

/**
 * Checks the arguments of `new WebSocket`. The WHATWG's own checks throw its `SyntaxError`, all others
 * `InvalidArgumentError`.
 */
export function normalizeSocket(input: unknown, second: unknown, third: unknown): NormalizedSocket {
	const twoArguments = typeof second === 'object' && second !== null && !Array.isArray(second);
	const given = objectOption((twoArguments ? second : third) ?? {}, 'options');
	refuseUnknown(given, known, 'the options of WebSocket');
	const url = socketUrl(input);
	const target = new URL(url);
	target.protocol = url.protocol === 'ws:' ? 'http:' : 'https:';
	target.username = '';
	target.password = '';
	const protocols = protocolList(twoArguments ? given.protocols : (second ?? given.protocols));
	const headers = readHeaders(given.headers);
	for (let index = 0; index < headers.list.length; index += 2) {
		const name = headers.list[index] as string;
		if (/^sec-websocket-/i.test(name)) refuse('headers', `without "${name}", which the handshake writes`);
	}
	const { signal } = given;
	if (signal !== undefined && !(signal instanceof AbortSignal)) refuse('signal', 'an AbortSignal');
	const socket = {
		url,
		target,
		credentials: basicCredentials(url),
		client: clientOf(given, target),
		protocols,
		headers,
		compression: booleanOption(given.perMessageDeflate, 'perMessageDeflate', true),
		maxMessageBytes: countOption(given.maxMessageBytes, 'maxMessageBytes', 1) ?? defaultMaxMessageBytes,
		signal: signal as AbortSignal | undefined,
		...sessionOf(given),
	};
	const { urls } = socket.session.transport.profile.document.headers;
	spellAsBrowser(url, urls);
	spellAsBrowser(target, urls);
	return socket;
}

function sessionOf(given: Record<string, unknown>): { session: Session; ownsSession: boolean } {
	const { session } = given;
	if (session === undefined) {
		const options = Object.fromEntries(Object.entries(given).filter(([key]) => forSession.includes(key)));
		return { session: new Session(options as SessionOptions), ownsSession: true };
	}
	if (!(session instanceof Session)) return refuse('session', 'made by createSession()');
	for (const key of forSession) if (given[key] !== undefined) refuse(key, 'given to createSession()');
	return { session, ownsSession: false };
}

/** The URL as `WebSocket.url` shows it (WHATWG WebSockets 3.1, "new WebSocket(url, protocols)", steps 1 to 6). */
export function socketUrl(input: unknown): URL {
	let url: URL;
	try {
		url = new URL(input instanceof URL ? input.href : String(input));
	} catch {
		throw new DOMException('The URL of a WebSocket is not valid.', 'SyntaxError');
	}
	if (url.protocol === 'http:') url.protocol = 'ws:';
	else if (url.protocol === 'https:') url.protocol = 'wss:';
	if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
		throw new DOMException(`Scheme "${url.protocol}" is not one of a WebSocket.`, 'SyntaxError');
	}
	if (url.hash !== '' || url.href.endsWith('#')) {
		throw new DOMException('The URL of a WebSocket has no fragment.', 'SyntaxError');
	}
	return url;
}

/** Value of `authorization` (RFC 7617), UTF-8 as both browsers write it; `undefined` = the URL has none. */
function basicCredentials({ username, password }: URL): string | undefined {
	if (username === '' && password === '') return undefined;
	const text = `${decoded(username)}:${decoded(password)}`;
	return `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text; // a lone percent sign is meant literally
	}
}

/** Tokens of RFC 9110, each once (WHATWG WebSockets 3.1, step 8). */
export function protocolList(value: unknown): string[] {
	const given: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
	const list = given.map((item) => textOf(item, 'A sub-protocol'));
	for (const protocol of list) {
		if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(protocol))
			throw new DOMException('A sub-protocol is not valid.', 'SyntaxError');
	}
	if (new Set(list).size !== list.length) throw new DOMException('A sub-protocol is given twice.', 'SyntaxError');
	return list;
}

function clientOf({ origin, initiator }: WebSocketOptions, target: URL): Client {
	if (initiator === undefined) return clientOfPage(pageOf(origin, target));
	if (origin !== undefined) refuse('origin', 'absent beside "initiator"');
	return initiatorOption(initiator) as Client;
}

function pageOf(origin: unknown, target: URL): URL {
	if (origin === undefined) return new URL('/', target);
	const text = origin instanceof URL ? origin.href : textOf(origin, 'Option "origin"');
	const page = URL.canParse(text) ? new URL(text) : undefined;
	if (page && (page.protocol === 'http:' || page.protocol === 'https:') && cookieHost(page) !== '') return page;
	return refuse('origin', 'an http or https URL');
}
