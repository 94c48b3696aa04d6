import { credentialsOf, kindRecord, type LayoutRequest, type Profile } from '@wiretwin/profiles';
import type { BodyFeed } from '../body/body-feed.ts';
import { pumpBody } from '../body/pump.ts';
import { bodyLength, type RequestBody } from '../body/request-body.ts';
import { isSameOrigin } from '../cookies/site.ts';
import { summarize } from '../errors/wiretwin-error.ts';
import { headerValue, withoutNames } from '../headers/caller-headers.ts';
import { readLength } from '../headers/check.ts';
import { isNoCorsSafelisted } from '../headers/no-cors.ts';
import type { Dictionary } from '../memory/dictionaries/dictionary-memory.ts';
import type { NormalizedProxy } from '../options/proxy.ts';
import type { NormalizedTimeouts } from '../options/timeouts.ts';
import type { SentHop } from '../redirect/next-hop.ts';
import { originFor } from '../redirect/referrer.ts';
import { inForce, isForeign, shownReferrer } from '../redirect/shown-referrer.ts';
import type { Transport } from '../transport.ts';
import type { ExchangeHandler, ResponseHead } from '../types/exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Hop } from './hop.ts';
import { isNavigation } from './kinds.ts';
import type { PreparedRequest } from './native-request.ts';
import type { HopObserver } from './observer.ts';
import type { RunningExchanges } from './running.ts';

/** How a hop is sent, beyond what it says. */
export type HopOptions = {
	transport: Transport;
	/** The session that it is of. */
	running: RunningExchanges;
	/** Cookie string of the jar. */
	cookie: string;
	/** The jar has no part in it: the request carries no credentials. */
	anonymous: boolean;
	/** Client hints that the origin asked for. */
	hints: readonly string[] | undefined;
	/** Somebody is shown a kept answer meanwhile. */
	background?: boolean;
	/** Of an earlier answer, for this one to be coded with. */
	dictionary: Dictionary | undefined;
	/** Answer of the caller's `lookup`. */
	addresses: readonly string[] | undefined;
	signal: AbortSignal | undefined;
	timeouts: NormalizedTimeouts;
	browserHeaders: boolean;
	decompress: boolean;
	maxResponseBytes: number | undefined;
	newConnection: boolean;
	/** Instead of the transport's. */
	proxy: NormalizedProxy | undefined;
	/** Who is told of it. */
	watch: HopObserver | undefined;
};

const cookieField: ReadonlySet<string> = new Set(['cookie']);

/** Sends one request and resolves with the head of its response; the body stays in the exchange. */
export function runHop(hop: Hop, options: HopOptions): Promise<{ head: ResponseHead; exchange: Exchange }> {
	return new Promise((resolve, reject) => {
		const handler = new HopHandler(options, resolve, reject);
		const { transport, signal, addresses, proxy, running, watch } = options;
		const exchange = transport.run(prepare(hop, options), signal, handler, addresses, proxy);
		handler.exchange = exchange;
		running.add(exchange);
		watch?.started(exchange);
		const { body } = hop;
		if (body?.kind === 'stream') handler.feed(body, exchange, hop);
	});
}

/** Whether an exchange ended, before a byte of it, because an HTTPS record says that the host is to be asked over TLS. */
export function wantsHttps(error: unknown): boolean {
	return (error as { code?: unknown } | null | undefined)?.code === 'ERR_HTTPS_RECORD';
}

/** What becomes of one hop. Methods, not closures: each request in flight has one, and collections of young memory copy it. */
class HopHandler implements ExchangeHandler {
	declare onPhase?: HopObserver['phase'];
	declare onProgress?: HopObserver['progress'];
	/** Set before anything is told. */
	exchange!: Exchange;
	readonly #running: RunningExchanges;
	readonly #watch: HopObserver | undefined;
	readonly #resolve: (answer: { head: ResponseHead; exchange: Exchange }) => void;
	readonly #reject: (error: unknown) => void;
	/** The body that is being sent. */
	#feed: BodyFeed | undefined;

	constructor(
		{ running, watch }: HopOptions,
		resolve: (answer: { head: ResponseHead; exchange: Exchange }) => void,
		reject: (error: unknown) => void,
	) {
		if (watch) {
			this.onPhase = watch.phase;
			this.onProgress = watch.progress;
		}
		this.#running = running;
		this.#watch = watch;
		this.#resolve = resolve;
		this.#reject = reject;
	}

	onHead(head: ResponseHead): void {
		const { exchange } = this;
		this.#watch?.head(head); // at once, while the promise takes a turn
		this.#resolve({ head, exchange });
	}

	onError(error: unknown): void {
		this.#settled(error);
		this.#reject(error);
	}

	onDone(): void {
		this.#settled(undefined);
	}

	/** The head leaves in the order of the calls; a stream is taken no earlier than a microtask after its call. */
	feed(body: Extract<RequestBody, { kind: 'stream' }>, exchange: Exchange, { method, url }: Hop): void {
		queueMicrotask(() => {
			if (exchange.settled) return;
			let feed: BodyFeed;
			try {
				feed = body.open();
			} catch (error) {
				exchange.abort(error); // locked by somebody since the call
				return;
			}
			this.#feed = feed;
			void pumpBody(feed.chunks, exchange, body.length, summarize(method, url)).then((failure) => {
				this.#feed = undefined;
				if (failure !== undefined) exchange.abort(failure);
			});
		});
	}

	#settled(error: unknown): void {
		this.#feed?.stop(error);
		this.#running.delete(this.exchange);
		if (!wantsHttps(error)) this.#watch?.settled(this.exchange, error);
	}
}

/** What the transport is to send. */
export function prepare(hop: Hop, options: HopOptions): PreparedRequest {
	const { body } = hop;
	// A Cookie header of the caller's stands for the whole field; it goes where the browser puts cookies.
	const ownCookie = hop.headers.verbatim ? undefined : headerValue(hop.headers.list, 'cookie');
	return {
		url: hop.url,
		method: hop.method,
		headers: ownCookie === undefined ? hop.headers : withoutNames(hop.headers, cookieField),
		kind: hop.kind,
		layout: layoutFacts(hop, options, options.transport.profile),
		cookie: ownCookie ?? (headerValue(hop.headers.list, 'cookie') === undefined ? options.cookie : ''),
		anonymous: options.anonymous,
		client: hop.client,
		browserHeaders: options.browserHeaders,
		body: body === null ? null : body.kind === 'bytes' ? body.bytes : 'stream',
		contentType: typeOf(hop, body?.contentType),
		contentLength: body === null ? undefined : (bodyLength(body) ?? announcedLength(hop)),
		repeatable: body?.kind === 'stream' && body.replayable,
		timeouts: options.timeouts,
		decompress: options.decompress,
		dictionary: options.dictionary?.native,
		maxResponseBytes: options.maxResponseBytes,
		newConnection: options.newConnection,
		upgrade: false,
		protocols: undefined,
		phases: options.watch !== undefined,
		checkServerIdentity: undefined,
		// What a stream has given cannot be sent again.
		upgradable: hop.url.protocol === 'http:' && body?.kind !== 'stream',
	};
}

/** A length that the caller announces for a stream of his; the pump holds him to it. */
function announcedLength(hop: Hop): number | undefined {
	const text = headerValue(hop.headers.list, 'content-length');
	return text === undefined ? undefined : readLength(text);
}

function layoutFacts(
	hop: Hop,
	{ hints, dictionary, background }: HopOptions,
	profile: Profile,
): Omit<LayoutRequest, 'kind'> {
	const facts: Omit<LayoutRequest, 'kind'> = { site: hop.site, redirected: hop.index > 0 };
	if (hop.internal !== undefined) facts.internal = hop.internal;
	if (hop.mode !== undefined) facts.mode = hop.mode;
	if (hop.destination !== undefined) facts.dest = hop.destination;
	if (hop.userActivation !== undefined) facts.userActivation = hop.userActivation;
	if (hop.cache !== undefined) facts.cache = hop.cache;
	if (hop.credentials !== undefined) facts.credentials = hop.credentials;
	if (hop.fetchPriority !== undefined) facts.fetchPriority = hop.fetchPriority;
	if (hop.sync) facts.sync = true;
	if (hop.preflightFor !== undefined) facts.preflightFor = hop.preflightFor;
	if (hints !== undefined) facts.hints = hints;
	if (background) facts.background = true;
	if (dictionary !== undefined) {
		facts.dictionary = dictionary.hash;
		if (dictionary.id !== '') facts.dictionaryId = `"${dictionary.id.replace(/["\\]/g, '\\$&')}"`;
	}
	if (hop.validators !== undefined) facts.validators = hop.validators;
	if (hop.keepalive) facts.keepalive = true;
	if (hop.before !== undefined) facts.before = hop.before;
	if (hop.originAdded) facts.originAdded = true;
	const { client } = hop;
	if (client) {
		const { origin } = client;
		if (hop.referrerPolicy !== '') {
			facts.referrerPolicy = hop.referrerPolicy;
			facts.foreign = isForeign(client, hop.url, profile.document.headers);
		}
		if (hop.originTainted) facts.originTainted = true;
		const referer = sentReferer(hop, profile);
		if (referer !== undefined) facts.referer = referer;
		const { kinds, policyHidesOrigin } = profile.document.headers;
		const mode = hop.mode ?? kinds[hop.kind]?.mode;
		const isHideable = (mode === 'no-cors' || mode === 'same-origin') && policyHidesOrigin === undefined;
		const cors = !isNavigation(hop.kind) && mode !== 'navigate' && !isHideable;
		const isHidden = hop.originTainted || (hop.leftOrigin && hidesOrigin(hop, profile));
		facts.origin = originFor(origin, hop.url, hop.referrerPolicy, cors, isHidden);
	}
	return facts;
}

/** Whether the browser shows no origin behind a redirect to another one: CORS has a say of its own in it. */
function hidesOrigin({ kind, mode }: Hop, { document: { headers } }: Profile): boolean {
	return headers.redirectHidesOrigin === true && (mode ?? headers.kinds[kind]?.mode) !== 'cors';
}

/** What a redirect has to know of how a hop was sent. */
export function sentHop(hop: Hop, headers: readonly string[], profile: Profile): SentHop {
	const { client, url, kind, referrerPolicy: policy } = hop;
	const section = profile.document.headers;
	const record = kindRecord(section, kind, client?.type);
	return {
		headers,
		referer: sentReferer(hop, profile),
		policy: client ? inForce({ client, url, kind, policy }, section) : policy,
		keepsTightened: record?.keepsTightened === true || (hop.keepalive && record?.keepalive !== undefined),
		returns: record?.bodyFieldsReturn,
	};
}

/** Value of `referer` of a hop. */
export function sentReferer(hop: Hop, { document }: Profile): string | undefined {
	const { client, referrer, url, kind, referrerPolicy: policy } = hop;
	if (!hop.sendReferrer || !client || !referrer) return undefined;
	return shownReferrer({ client, referrer, url, kind, policy }, document.headers);
}

/** Without CORS a page cannot send what only CORS may ask for, not even as the type of its body. */
function typeOf({ mode }: Hop, contentType: string | undefined): string | undefined {
	if (mode !== 'no-cors' || contentType === undefined) return contentType;
	return isNoCorsSafelisted('content-type', contentType) ? contentType : undefined;
}

/** Whether the jar takes part in a hop (fetch: credentials mode). */
export function usesCookies(hop: Hop, kind: Parameters<typeof credentialsOf>[0]): boolean {
	// The mode of a question is that of what it is asked for (fetch: CORS-preflight fetch).
	if (hop.kind === 'preflight') return false;
	const credentials = credentialsOf(kind, hop);
	if (credentials !== 'same-origin') return credentials === 'include';
	const { client, url, originTainted } = hop;
	return client === undefined || (client.origin !== undefined && isSameOrigin(client.origin, url) && !originTainted);
}
