import { Readable } from 'node:stream';
import {
	createSession,
	type ExchangeRequest,
	InvalidArgumentError,
	isWiretwinError,
	type SessionOptions,
	type TransportOptions,
} from 'wiretwin';
import { StreamCounts, streamingResponse } from './body-stream.ts';
import type { CookieJarLike, HttpRequest, RedirectHandler, ResponseData, StreamingResponse } from './contract.ts';
import { type Followed, follow } from './follow.ts';
import type { Hop } from './hop.ts';
import { toRecord } from './response-data.ts';
import { Visitors } from './visitors.ts';

/** What holds for all requests; `timeout` for parts that a request does not limit itself. */
type RequestDefaults = Pick<SessionOptions, 'defaultHeaders' | 'maxResponseBytes' | 'onRequestEvent' | 'timeout'>;

/** Connection options for all requests, `proxy` excepted: Crawlee names the proxy of each request. */
export type WiretwinHttpClientOptions = Omit<TransportOptions, 'proxy'> &
	RequestDefaults & {
		/**
		 * Each Crawlee session has connections and TLS tickets of its own, as each visitor would. `false` shares them among
		 * all sessions with the same proxy: faster, but a server can tell that they belong together. @default true
		 */
		isolateSessions?: boolean | undefined;
		/** Sessions and proxies whose connections are kept; the longest unused go first. @default 200 */
		maxTransports?: number | undefined;
	};

type Body = { text: string; json: unknown; buffer: Buffer };

/**
 * Crawlee's HTTP client over wiretwin. Pages are fetched as a browser navigates to them; header generation by Crawlee is
 * not used. Close it after the crawl.
 * @example new CheerioCrawler({ httpClient: new WiretwinHttpClient({ browser: 'firefox' }) });
 */
export class WiretwinHttpClient {
	readonly #visitors: Visitors;
	readonly #isolates: boolean;

	/** @throws InvalidArgumentError for options that are wrong or unknown */
	constructor(options: WiretwinHttpClientOptions = {}) {
		checkOptions(options);
		const { isolateSessions = true, maxTransports = 200, ...connection } = options;
		this.#isolates = isolateSessions;
		this.#visitors = new Visitors(connection, maxTransports);
	}

	/** Sends a request and reads the whole response. Statuses of 400 and more are not errors, unless `throwHttpErrors`. */
	async sendRequest<Type extends keyof Body = 'text', Request extends HttpRequest = HttpRequest>(
		request: Request & { responseType?: Type },
	): Promise<ResponseData & { request: Request; body: Body[Type] }> {
		const { data, exchange } = await this.#send(request, undefined, jarOf(request), () => undefined);
		const bytes = Buffer.from(await exchange.readAll().catch(rethrow));
		data.complete = true;
		data.rawTrailers = [...exchange.trailers];
		data.trailers = toRecord(data.rawTrailers);
		if (request.throwHttpErrors === true && data.statusCode >= 400) {
			throw Object.assign(new Error(`Response code ${data.statusCode} (${data.statusMessage ?? ''})`), {
				response: data,
			});
		}
		return { ...data, request, body: bodyOf(bytes, request) as Body[Type] };
	}

	/** Sends a request and resolves with the head; the body is a stream. Cookies are Crawlee's business here. */
	async stream<Request extends HttpRequest = HttpRequest>(
		request: Request,
		onRedirect?: RedirectHandler,
	): Promise<StreamingResponse & { request: Request }> {
		const counts = new StreamCounts();
		const { data, exchange } = await this.#send(request, onRedirect, undefined, counts.onUploaded, counts.onTrailers);
		return streamingResponse(request, data, exchange, counts);
	}

	/** Visitors and proxies with connections of their own, their open sockets, and requests under way. */
	stats(): { transports: number; connections: number; exchanges: number } {
		return this.#visitors.stats();
	}

	/** Aborts what runs and closes all connections. */
	async close(): Promise<void> {
		await this.#visitors.close();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	async #send(
		request: HttpRequest,
		onRedirect: RedirectHandler | undefined,
		cookieJar: CookieJarLike | undefined,
		onUploaded: (bytes: number) => void,
		onTrailers: (trailers: readonly string[]) => void = () => undefined,
	): Promise<Followed> {
		const hop = firstHop(request);
		const { session, release } = this.#visitors.acquire({
			visitor: this.#isolates ? request.sessionToken : undefined,
			proxyUrl: request.proxyUrl,
			insecure: (request.https as { rejectUnauthorized?: boolean } | undefined)?.rejectUnauthorized === false,
		});
		try {
			const events = { onUploaded, onTrailers, onSettled: release };
			return await follow(hop, request, { session, cookieJar, onRedirect, events });
		} catch (error) {
			release();
			return rethrow(error);
		}
	}
}

/** What each session is made of is wrong here already, not in the first request. */
function checkOptions(options: unknown): void {
	if (typeof options !== 'object' || options === null) {
		throw new InvalidArgumentError(
			`The options of WiretwinHttpClient are an object, as { browser: 'chrome' }.`,
			'ERR_INVALID_OPTION',
		);
	}
	const { isolateSessions, maxTransports, ...connection } = options as WiretwinHttpClientOptions;
	if (isolateSessions !== undefined && typeof isolateSessions !== 'boolean') {
		throw new InvalidArgumentError('Option "isolateSessions" must be true or false.', 'ERR_INVALID_OPTION');
	}
	if (maxTransports !== undefined && !(Number.isSafeInteger(maxTransports) && maxTransports > 0)) {
		throw new InvalidArgumentError('Option "maxTransports" must be a whole number above 0.', 'ERR_INVALID_OPTION');
	}
	void createSession(connection).close();
}

function firstHop(request: HttpRequest): Hop {
	const method = (request.method ?? 'GET').toUpperCase();
	const headers = { ...request.headers };
	const field = (name: string) => {
		const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
		return String(found?.[1] ?? '');
	};
	const body = method === 'GET' || method === 'HEAD' ? null : readBody(request.body);
	return {
		url: new URL(request.url),
		method,
		headers,
		body,
		kind: kindOf(method, field('accept'), field('content-type')),
		redirectedFrom: undefined,
		timeouts: timeoutsOf(request.timeout),
		signal: request.signal,
	};
}

/** A page is navigated to and a form is submitted; what asks for JSON, or sends something else, is a script's request. */
function kindOf(method: string, accept: string, contentType: string): NonNullable<ExchangeRequest['kind']> {
	if (method === 'POST' && /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(contentType))
		return 'form';
	return (method === 'GET' || method === 'HEAD') && !accept.includes('json') ? 'navigate' : 'fetch';
}

function readBody(body: unknown): Hop['body'] {
	if (body === undefined || body === null || body === '') return null;
	if (typeof body === 'string') return Buffer.from(body);
	if (body instanceof Uint8Array) return body;
	if (typeof body === 'object' && Symbol.asyncIterator in body) return body as AsyncIterable<unknown>;
	if (typeof body === 'object' && Symbol.iterator in body && !('append' in body))
		return Readable.from(body as Iterable<unknown>);
	throw new TypeError('The body must be text, bytes, a stream or a generator; encode a form with `form` or by hand.');
}

/** got's limits as ours. */
function timeoutsOf(given: HttpRequest['timeout']): Hop['timeouts'] {
	const names = [
		['request', 'total'],
		['lookup', 'resolve'],
		['connect', 'connect'],
		['secureConnect', 'tls'],
		['socket', 'idle'],
		['send', 'send'],
		['response', 'head'],
	] as const;
	const timeouts: Hop['timeouts'] = {};
	for (const [theirs, ours] of names) {
		const limit = given?.[theirs];
		if (limit !== undefined && Number.isFinite(limit) && limit > 0) timeouts[ours] = Math.ceil(limit);
	}
	// got's limit for a silent socket knows no head; ours for silence begins with the body.
	if (timeouts.idle !== undefined) timeouts.head = Math.min(timeouts.head ?? timeouts.idle, timeouts.idle);
	return timeouts;
}

function jarOf({ cookieJar }: HttpRequest): CookieJarLike | undefined {
	return typeof (cookieJar as CookieJarLike | undefined)?.getCookieString === 'function'
		? (cookieJar as CookieJarLike)
		: undefined;
}

function bodyOf(bytes: Buffer, { responseType = 'text', encoding = 'utf8' }: HttpRequest): unknown {
	if (responseType === 'buffer') return bytes;
	const text = bytes.toString(encoding);
	return responseType === 'json' ? (text === '' ? '' : JSON.parse(text)) : text;
}

/** Crawlee retires the session of a broken proxy when the message has this word. */
function rethrow(error: unknown): never {
	if (isWiretwinError(error) && error.code.startsWith('ERR_PROXY_')) {
		throw Object.assign(new Error(`ERR_PROXY_CONNECTION_FAILED: ${error.message}`, { cause: error }), {
			code: error.code,
		});
	}
	throw error;
}
