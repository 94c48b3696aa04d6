import { isIPv6 } from 'node:net';
import { type ExchangeRequest, type PageFacts, type PageFactsInput, pageFacts } from 'wiretwin';
import type { DispatchOptions } from './contract.ts';
import { undiciError } from './errors.ts';
import { lengthMismatch, type RequestBody, readRequestBody } from './request-body.ts';
import { readTarget } from './request-facts.ts';
import { type RequestHeaders, readRequestHeaders } from './request-headers.ts';

type Kind = NonNullable<ExchangeRequest['kind']>;
type Timeouts = NonNullable<ExchangeRequest['timeouts']>;

/** A dispatch, checked and put into the terms of an exchange. */
export type PreparedDispatch = {
	request: ExchangeRequest;
	body: RequestBody;
	/** URL for the jar; differs from the request's behind undici's DNS interceptor. */
	cookieUrl: URL;
	/** How the request stands to the page that causes it. */
	cookies: PageFacts['cookies'];
};

/** Checks what undici handed over. Throws errors with undici's codes. */
export function prepare(
	options: DispatchOptions,
	kind: Kind,
	timeouts: Timeouts,
	asker?: Pick<PageFactsInput, 'initiator' | 'referrerPolicy' | 'profile'>,
): PreparedDispatch {
	if (typeof options.method !== 'string') throw undiciError('UND_ERR_INVALID_ARG', 'method must be a string');
	if (options.method === 'CONNECT') {
		throw undiciError('UND_ERR_NOT_SUPPORTED', 'CONNECT is not supported; use the proxy option of the transport');
	}
	const headers = readRequestHeaders(options.headers);
	const { url, cookieUrl, host, address, servername } = readTarget(options, headers.host);
	if (host !== undefined) setHost(headers, host);
	const upgrade = upgradeOf(options.upgrade);
	const isWebSocket = upgrade?.toLowerCase() === 'websocket';
	const body: RequestBody = upgrade === undefined ? readRequestBody(options.body) : { bytes: null };
	const contentType = headers.contentType ?? body.contentType;
	const { method } = options;
	const { layout, cookies } = pageFacts({
		url: cookieUrl,
		method,
		kind: isWebSocket ? 'websocket' : kind,
		referer: headers.referer,
		...asker,
	});
	const request: ExchangeRequest = {
		url,
		method,
		headers: headers.fields,
		kind,
		layout,
		body: 'pieces' in body ? 'stream' : body.bytes,
		decompress: !headers.wantsRawBody,
		timeouts: timeoutsOf(options, timeouts),
	};
	const length = lengthOf(body, headers);
	if (length !== undefined) request.contentLength = length;
	if (contentType !== undefined) request.contentType = contentType;
	if (servername !== undefined) request.tls = { servername };
	if (asker) request.initiator = asker.initiator;
	if (options.reset) request.newConnection = true;
	if (upgrade !== undefined) makeUpgrade(request, headers, isWebSocket ? true : upgrade);
	if (headers.cookie !== undefined) request.cookie = headers.cookie;
	if (address !== undefined) {
		request.lookup = (_host, _options, found) => found(null, [{ address, family: isIPv6(address) ? 6 : 4 }]);
	}
	return { request, body, cookieUrl, cookies };
}

function setHost({ fields }: RequestHeaders, host: string): void {
	for (const name of Object.keys(fields)) if (name.toLowerCase() === 'host') delete fields[name];
	fields.host = host;
}

/** The protocol that is asked for; undici's own default is `Websocket`. */
function upgradeOf(upgrade: DispatchOptions['upgrade']): string | undefined {
	if (!upgrade) return undefined;
	if (typeof upgrade === 'string') return upgrade;
	throw undiciError('UND_ERR_INVALID_ARG', 'upgrade must be the name of a protocol');
}

/** Browsers ask for a WebSocket over HTTP/1.1, and write its fields themselves. */
function makeUpgrade(request: ExchangeRequest, { fields, websocket }: RequestHeaders, upgrade: true | string): void {
	request.upgrade = upgrade;
	// An open connection may be silent for as long as it likes.
	request.timeouts = { ...request.timeouts, idle: 0 };
	if (upgrade !== true) return;
	// What undici's WebSocket writes, in its spelling; the profile has the browser's.
	for (const name of ['sec-websocket-version', 'sec-websocket-extensions', 'pragma', 'cache-control'])
		delete fields[name];
	request.kind = 'websocket';
	request.layout = { ...request.layout, websocket };
	request.protocols = 'http1';
}

/** The announced length; it must be true where the body's own is known. */
function lengthOf(body: RequestBody, headers: RequestHeaders): number | undefined {
	const announced = headers.contentLength;
	const known = 'pieces' in body ? body.length : (body.bytes?.byteLength ?? 0);
	if (announced !== undefined && known !== undefined && announced !== known) throw lengthMismatch();
	return 'pieces' in body ? (known ?? announced) : undefined;
}

/** undici's limits as ours; 0 means none in both. */
function timeoutsOf({ headersTimeout, bodyTimeout }: DispatchOptions, defaults: Timeouts): Timeouts {
	if ((headersTimeout ?? undefined) === undefined && (bodyTimeout ?? undefined) === undefined) return defaults;
	return {
		...defaults,
		head: limitOf(headersTimeout, defaults.head, 'headersTimeout'),
		idle: limitOf(bodyTimeout, defaults.idle, 'bodyTimeout'),
	};
}

function limitOf(value: number | null | undefined, fallback: number | undefined, name: string): number {
	if (value === null || value === undefined) return fallback ?? 0;
	if (!Number.isFinite(value) || value < 0) throw undiciError('UND_ERR_INVALID_ARG', `invalid ${name}`);
	return value;
}
