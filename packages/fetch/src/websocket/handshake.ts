import type { Profile, SiteRelation } from '@wiretwin/profiles';
import { cookieContext } from '../cookies/context.ts';
import { cookieFields } from '../cookies/response-fields.ts';
import { ProtocolError } from '../errors/classes.ts';
import { timedOut } from '../errors/timed-out.ts';
import { summarize } from '../errors/wiretwin-error.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { FollowContext } from '../exchange/follow.ts';
import { askedThrough, overTls } from '../exchange/upgraded-exchange.ts';
import {
	type CallerHeaders,
	headerValue,
	headerValues,
	mergeHeaders,
	readHeaders,
	withoutNames,
} from '../headers/caller-headers.ts';
import type { Client } from '../initiator/client.ts';
import { readToldFields } from '../memory/told-fields.ts';
import { refuseBadPort } from '../options/bad-ports.ts';
import type { ResponseHead } from '../types/exchange.ts';
import { SocketFailure } from './failure.ts';
import { type DeflateTerms, readDeflateTerms } from './message-deflate.ts';

/** Checked arguments of a handshake. */
export type Handshake = {
	/** With http or https for ws or wss. */
	url: URL;
	protocols: readonly string[];
	/** Whose script opens the socket. */
	client: Client;
	headers: CallerHeaders;
	compression: boolean;
	/** Value of `authorization`, sent only when the server asks (as both browsers do: docs/internals/websocket.md). */
	credentials: string | undefined;
	signal: AbortSignal;
};

/** An open connection and what was agreed on it. */
export type OpenSocket = {
	exchange: Exchange;
	/** A stream of an HTTP/2 connection that others use as well (RFC 8441). */
	isStream: boolean;
	protocol: string;
	extensions: string;
	deflate: DeflateTerms | undefined;
};

/** Called when the connection has ended, with `undefined` for an orderly end. */
type Ended = (error: unknown) => void;

/** RFC 6455 1.3. */
const acceptGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const cookieField: ReadonlySet<string> = new Set(['cookie']);

/**
 * Opens a WebSocket with the browser's handshake and the session's cookies (fetch standard: establish a WebSocket
 * connection), over the connection that the browser would use (docs/internals/websocket.md). Redirects are not followed
 * and every answer but 101, or 200 over HTTP/2, is a failure, as in a browser.
 */
export async function openSocket(handshake: Handshake, context: FollowContext, onEnded: Ended): Promise<OpenSocket> {
	const { client, signal } = handshake;
	refuseBadPort(handshake.url);
	const { transport, cookies, session, memory } = context;
	const isUpgraded = memory.upgrades({ url: handshake.url, client, isTopLevel: false });
	const url = isUpgraded ? overTls(handshake.url) : handshake.url;
	const { schemelessSites: schemeless } = transport.profile.document.headers;
	const jar = cookieContext({ url, method: 'GET', topLevelNavigation: false, initiator: client, schemeless });
	const found = cookies.headerFor(url, jar);
	const cookie = await (typeof found === 'string' ? found : context.running.until(found, signal));
	// `idle` and `total` are limits of a response; a socket may be silent for hours. `total` bounds the handshake.
	const { total, idle: _, ...timeouts } = session.timeouts;
	const addresses = await transport.lookUp(url, 'GET', timeouts, signal, context.running.waits);
	signal.throwIfAborted();
	context.running.assertOpen('GET', url);
	const { randomBytes } = process.getBuiltinModule('node:crypto');
	const key = randomBytes(16).toString('base64');
	const asked = { isOver: false };
	const ended: Ended = (error) => {
		if (!asked.isOver) onEnded(error);
	};
	const { head, exchange } = await send(
		handshake,
		context,
		{ url, ...askedFrom(handshake, url, transport.profile), key, cookie, addresses, timeouts, total },
		ended,
	);
	const { credentials } = handshake;
	if (credentials !== undefined && head.status === 401 && asksForBasic(head)) {
		asked.isOver = true;
		exchange.discard();
		const headers = mergeHeaders(handshake.headers, readHeaders({ authorization: credentials }));
		return openSocket({ ...handshake, headers, credentials: undefined }, context, onEnded);
	}
	try {
		const told = readToldFields(head.rawHeaders);
		if (told) memory.learn(told, { url, client, isTopLevel: false }, head);
		const set = cookieFields(head.rawHeaders);
		const stored = set && cookies.storeFromResponse(set, url, jar);
		if (stored) await context.running.until(stored, signal);
		return accept(handshake, head, exchange, key);
	} catch (error) {
		// What is left of a refusal is read, not reset: its end may come a moment after its head.
		if (head.httpVersion === '2') {
			asked.isOver = true;
			exchange.discard();
		} else exchange.abort(error);
		throw error;
	}
}

type Facts = {
	/** Where it goes. */
	url: URL;
	site: SiteRelation;
	origin: string;
	key: string;
	cookie: string;
	addresses: readonly string[] | undefined;
	timeouts: FollowContext['session']['timeouts'];
	total: number | undefined;
};

function send(handshake: Handshake, context: FollowContext, facts: Facts, onEnded: Ended) {
	return new Promise<{ head: ResponseHead; exchange: Exchange }>((resolve, reject) => {
		const { client, protocols } = handshake;
		const { url, site, origin } = facts;
		const headers = { ...mergeHeaders(context.session.defaultHeaders, handshake.headers) };
		if (!handshake.compression) headers.removed = new Set([...headers.removed, 'sec-websocket-extensions']);
		let timer: NodeJS.Timeout | undefined;
		const exchange = context.transport.run(
			{
				url,
				method: 'GET',
				headers: withoutNames(headers, cookieField),
				kind: 'websocket',
				layout: {
					site,
					origin,
					websocket: { key: facts.key, ...(protocols.length > 0 ? { protocols: protocols.join(', ') } : {}) },
				},
				cookie: headerValue(headers.list, 'cookie') ?? facts.cookie,
				anonymous: false,
				client,
				browserHeaders: true,
				body: null,
				contentType: undefined,
				contentLength: undefined,
				timeouts: facts.timeouts,
				decompress: false,
				dictionary: undefined,
				maxResponseBytes: undefined,
				newConnection: false,
				upgrade: true,
				webSocket: true,
				protocols: undefined,
				phases: false,
				checkServerIdentity: undefined,
			},
			handshake.signal,
			{
				onHead: (head) => {
					clearTimeout(timer);
					resolve({ head, exchange });
				},
				onError: (error) => {
					clearTimeout(timer);
					context.running.delete(exchange);
					reject(error);
					onEnded(error);
				},
				onEnd: () => {
					context.running.delete(exchange);
					onEnded(undefined);
				},
			},
			facts.addresses,
		);
		context.running.add(exchange);
		const { total } = facts;
		if (total !== undefined)
			timer = setTimeout(() => exchange.abort(timedOut('total', total, summarize('GET', url))), total).unref();
	});
}

/** Where the host wants TLS (RFC 6797), whose handshake it is: to some browsers it has been redirected (profile: `hsts.shows`). */
function askedFrom({ url, client }: Handshake, target: URL, profile: Profile): Pick<Facts, 'site' | 'origin'> {
	const shows = url !== target && profile.document.headers.hsts?.shows === true;
	const { site, isTainted } = askedThrough(client, url, target, shows);
	return { site, origin: isTainted ? 'null' : (client.origin?.origin ?? 'null') };
}

function asksForBasic({ rawHeaders }: ResponseHead): boolean {
	return headerValues(rawHeaders, 'www-authenticate').some((value) => /(^|,)\s*basic(\s|,|$)/i.test(value));
}

function accept(handshake: Handshake, head: ResponseHead, exchange: Exchange, key: string): OpenSocket {
	const { url, protocols } = handshake;
	const value = (name: string) => {
		const values = headerValues(head.rawHeaders, name);
		return values.length === 0 ? undefined : values.join(', ');
	};
	const refuse = (what: string): never => {
		throw new ProtocolError(`The WebSocket handshake failed, ${what} (ERR_WS_HANDSHAKE): ${url.host}${url.pathname}`, {
			code: 'ERR_WS_HANDSHAKE',
			phase: 'head',
			request: summarize('GET', url),
		});
	};
	const isStream = head.httpVersion === '2';
	if (head.status !== (isStream ? 200 : 101)) return refuse(`the answer was ${head.status}`);
	const flaw = isStream ? undefined : upgradeFlaw(value, key);
	if (flaw) return refuse(flaw);
	const protocol = value('sec-websocket-protocol');
	if (protocol === undefined ? protocols.length > 0 : !protocols.includes(protocol)) {
		return refuse('the server chose no protocol of the list');
	}
	const extensions = value('sec-websocket-extensions');
	try {
		const offered = headerValue(exchange.requestHeaders, 'sec-websocket-extensions');
		const deflate = readDeflateTerms(extensions, offered);
		return { exchange, isStream, protocol: protocol ?? '', extensions: deflate ? (extensions ?? '') : '', deflate };
	} catch (error) {
		if (error instanceof SocketFailure) return refuse(error.message);
		throw error;
	}
}

/** What is wrong with a 101 (RFC 6455 4.1); an answer over HTTP/2 has none of these fields (RFC 8441 5). */
function upgradeFlaw(value: (name: string) => string | undefined, key: string): string | undefined {
	if (value('upgrade')?.toLowerCase() !== 'websocket') return 'the answer does not switch to websocket';
	if (!/(^|,)\s*upgrade\s*(,|$)/i.test(value('connection') ?? '')) return '"Connection: Upgrade" is missing';
	const { createHash } = process.getBuiltinModule('node:crypto');
	const expected = createHash('sha1').update(`${key}${acceptGuid}`).digest('base64');
	return value('sec-websocket-accept') === expected ? undefined : '"Sec-WebSocket-Accept" is wrong';
}
