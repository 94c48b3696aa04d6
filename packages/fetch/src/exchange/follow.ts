import type { Profile } from '@wiretwin/profiles';
import { extractBody, type RequestBody } from '../body/request-body.ts';
import type { BrowserCookies } from '../cookies/browser-cookies.ts';
import { type CookieContext, cookieContext } from '../cookies/context.ts';
import { cookieFields } from '../cookies/response-fields.ts';
import { tooLarge } from '../errors/from-native.ts';
import { type RequestSummary, summarize } from '../errors/wiretwin-error.ts';
import { mergeHeaders, withoutNames } from '../headers/caller-headers.ts';
import type { StoredAnswer } from '../memory/http-cache/stored-answer.ts';
import type { Turn } from '../memory/http-cache/turns.ts';
import type { Asker, SessionMemory } from '../memory/session-memory.ts';
import { readToldFields } from '../memory/told-fields.ts';
import { refuse } from '../options/checks.ts';
import type { NormalizedCall } from '../options/fetch-init.ts';
import { type RequestLike, takeRequestBody } from '../options/request-input.ts';
import type { NormalizedSession } from '../options/session-options.ts';
import type { NormalizedTimeouts } from '../options/timeouts.ts';
import { nextHop } from '../redirect/next-hop.ts';
import { redirectTarget, refusal } from '../redirect/redirect-target.ts';
import { type BodySource, BytesSource } from '../response/body-source.ts';
import { matchesIntegrity, wrongIntegrity } from '../response/integrity.ts';
import { StoringSource } from '../response/storing-source.ts';
import { type ResponseFacts, WiretwinResponse } from '../response/wiretwin-response.ts';
import type { Transport } from '../transport.ts';
import type { ResponseHead } from '../types/exchange.ts';
import type { RedirectRecord } from '../types/response.ts';
import {
	askCache,
	type CacheOutcome,
	notCached,
	settleCache,
	takesPart,
	takeTurn,
	waitForOther,
	whoAsks,
} from './cached.ts';
import { askDictionaries } from './dictionaries.ts';
import type { Exchange } from './exchange.ts';
import { firstHop } from './first-hop.ts';
import { hintsFor } from './hints-for.ts';
import type { Hop } from './hop.ts';
import { answeredByBrowser, asksAgain, type UpgradeReason, upgrade } from './internal-redirect.ts';
import { chooseKind, isNavigation, isTopLevelNavigation } from './kinds.ts';
import { noConnection } from './local.ts';
import type { CallObserver, HopObserver } from './observer.ts';
import { renew } from './renew.ts';
import { type HopOptions, prepare, runHop, sentHop, usesCookies, wantsHttps } from './run-hop.ts';
import type { RunningExchanges } from './running.ts';
import type { SendOrder } from './send-order.ts';

/**
 * Bytes of a redirect's body that are read to keep an HTTP/1 connection; a longer one costs the connection. On HTTP/2 the
 * stream is reset instead, as both browsers do (truth: redirect with an unfinished body).
 */
const redirectDiscardBytes = 64 * 1024;

const typeField: ReadonlySet<string> = new Set(['content-type']);

/** What a call of `fetch` works with. */
export type FollowContext = {
	session: NormalizedSession;
	transport: Transport;
	cookies: Pick<BrowserCookies, 'headerFor' | 'storeFromResponse'>;
	memory: SessionMemory;
	observer: CallObserver | undefined;
	order: SendOrder;
	/** Knows each exchange, so that closing the session can stop it. */
	running: RunningExchanges;
};

/** Sends a call and follows its redirects (fetch: HTTP fetch). */
export function follow(call: NormalizedCall, context: FollowContext): Promise<WiretwinResponse> {
	return call.request?.body ? followWithBody(call, call.request, context) : followHops(call, context, undefined);
}

async function followWithBody(
	call: NormalizedCall,
	request: RequestLike,
	context: FollowContext,
): Promise<WiretwinResponse> {
	const before = context.order.before;
	const letGo = context.order.keepBack();
	try {
		const body = await takeRequestBody(request, context.transport.profile);
		if (before) await before;
		return await followHops(call, context, { body, letGo });
	} finally {
		letGo();
	}
}

/** @param read the body that had to be read first, and what lets those go that were called since */
async function followHops(
	call: NormalizedCall,
	context: FollowContext,
	read: { body: RequestBody | null; letGo: () => void } | undefined,
): Promise<WiretwinResponse> {
	const { session, order } = context;
	const { profile } = context.transport;
	const isForm = isNavigation(chooseKind(call.init, call.method, call.body));
	const body = read ? read.body : call.body === null ? null : extractBody(call.body, profile, isForm);
	call.taken = body;
	const timeouts = call.timeouts ?? session.timeouts;
	const started = timeouts.total === undefined ? 0 : performance.now();
	const redirects: RedirectRecord[] = [];
	const mode = call.redirect ?? session.redirect;
	const headers = body !== null && call.nodeForm ? withoutNames(call.headers, typeField) : call.headers;
	let hop = firstHop(call, mergeHeaders(session.defaultHeaders, headers), body, profile);
	call.signal?.throwIfAborted();
	if (!read && order.before) await order.before;
	/** `sec-fetch-site` of the hop before. */
	let siteBefore: Hop['site'] | undefined;
	for (;;) {
		let answer: HopAnswer | UpgradeReason = 'HSTS';
		if (context.memory.hsts.size === 0 || !context.memory.upgrades(askerOf(hop))) {
			const sending = sendHop(hop, call, context, timeouts, started);
			read?.letGo();
			try {
				answer = await sending;
			} catch (error) {
				if (!wantsHttps(error)) throw error;
				answer = 'DNS';
			}
		}
		if (typeof answer === 'string') {
			const upgraded = upgrade(hop, siteBefore, redirects, call, context, answer);
			if (!('index' in upgraded)) return answeredByBrowser(upgraded, redirects, call.signal);
			hop = upgraded;
			continue;
		}
		const { exchange, stored, keep } = answer;
		const { status, rawHeaders } = answer.shown;
		const summary = summarize(hop.method, hop.url);
		let target: URL | undefined;
		try {
			if (answer.isCritical) {
				letGo(answer);
				redirects.push({ url: summary.url, status: 307, location: summary.url, reason: 'Critical-CH' });
				hop = { ...hop, internal: 'repeated', index: hop.index + 1 };
				continue;
			}
			target =
				mode === 'manual'
					? undefined
					: redirectTarget(status, rawHeaders, hop.url, summary, profile.document.headers.urls);
			if (target === undefined) {
				const facts = responseFacts(summary.url, answer, redirects, call.signal);
				const isEmpty = hop.method === 'HEAD' || [101, 204, 205, 304].includes(status);
				if (isEmpty && !stored) {
					exchange?.discard(); // its end may come in a frame of its own
					keep?.(new Uint8Array(0));
				}
				const most = call.maxResponseBytes ?? session.maxResponseBytes;
				if (!isEmpty && stored && most !== undefined && stored.body.byteLength > most) throw tooLarge(summary);
				const body = isEmpty ? null : bodyOf(answer, context);
				const { integrity } = call.init;
				const source = integrity ? await verified(body, integrity, summary) : body;
				return new WiretwinResponse(facts, source);
			}
			if (mode === 'error') throw refusal('ERR_REDIRECT_FORBIDDEN', 'is not allowed by redirect: "error"', summary);
			if (redirects.length >= (call.maxRedirects ?? session.maxRedirects)) {
				throw refusal('ERR_REDIRECT_TOO_MANY', `is one more than the ${redirects.length} allowed`, summary);
			}
			const sent = sentHop(hop, exchange?.requestHeaders ?? [], profile);
			const next = nextHop(hop, status, rawHeaders, target, summary, sent, call.keepMethod, call.keepPost);
			redirects.push({ url: summary.url, status, location: target.href });
			keep?.(new Uint8Array(0));
			letGo(answer);
			siteBefore = hop.site;
			hop = next;
		} catch (error) {
			exchange?.abort(error);
			throw error;
		} finally {
			answer.turn?.overWithoutBody();
		}
	}
}

/** Gives up the body of an answer that nobody is shown. */
function letGo({ head, exchange }: HopAnswer): void {
	exchange?.discard(head?.httpVersion === '2' ? 0 : redirectDiscardBytes);
}

function bodyOf({ exchange, stored, keep, coming, turn }: HopAnswer, { memory }: FollowContext): BodySource | null {
	if (stored) return new BytesSource(new Uint8Array(stored.body)); // a copy: the reader may change or transfer it
	const { cache } = memory;
	if (!exchange || !cache || !(keep || (turn && cache.waitsForBody))) return exchange ?? null;
	const source = new StoringSource(exchange, cache.largest, { store: keep, over: turn && (() => turn.over()) });
	turn?.reads(source, coming);
	return source;
}

/** The whole body, once it is known to be the one that was asked for; an answer without one never is. */
async function verified(source: BodySource | null, integrity: string, request: RequestSummary): Promise<BytesSource> {
	const bytes = await source?.readAll();
	if (bytes === undefined || !matchesIntegrity(bytes, integrity)) throw wrongIntegrity(request);
	return new BytesSource(bytes);
}

/** How a hop was answered: by the server, by the cache (then without an exchange), or by both. */
type HopAnswer = {
	/** What is shown. */
	shown: Pick<ResponseHead, 'status' | 'reason' | 'httpVersion'> & { readonly rawHeaders: readonly string[] };
	head?: ResponseHead;
	exchange?: Exchange;
	stored?: StoredAnswer | undefined;
	/** Takes the whole body. */
	keep?: ((body: Uint8Array) => void) | undefined;
	/** What will be kept of it, without its body. */
	coming?: (() => StoredAnswer) | undefined;
	/** Others wait for it. */
	turn?: Turn | undefined;
	isCritical: boolean;
};

/** One hop with jar and cache on both sides of it. */
async function sendHop(
	hop: Hop,
	call: NormalizedCall,
	context: FollowContext,
	all: NormalizedTimeouts,
	started: number,
): Promise<HopAnswer> {
	const { transport, cookies, memory, observer, running } = context;
	const kind = transport.profile.document.headers.kinds[hop.kind];
	const jar = usesCookies(hop, kind) ? cookieContextOf(hop, transport.profile) : undefined;
	const found = jar ? cookies.headerFor(hop.url, jar) : '';
	const cookie = typeof found === 'string' ? found : await running.until(found, call.signal);
	const hinted = hintsFor(hop, memory.hints);
	const watch = observer?.hop(hop, transport.profile);
	const how = { cookie, anonymous: jar === undefined, hints: hinted, timeouts: remaining(all, started) };
	const options = hopOptions(call, context, how, watch);
	const dictionaries =
		memory.dictionaries && options.decompress ? askDictionaries(memory, hop, kind, transport) : undefined;
	options.dictionary = options.browserHeaders ? dictionaries?.found : undefined;
	if (hop.cache === 'only-if-cached' && !memory.cache)
		refuse('cache', 'another: this session has no cache (createSession({ cache: true }))');
	// What is kept is decoded.
	const cache = memory.cache && options.decompress && takesPart(memory.cache, hop) ? memory.cache : undefined;
	const ask =
		cache &&
		(() =>
			askCache(cache, hop, kind, mayBeStale(hop, transport), options.anonymous, transport.trust, () =>
				transport.fieldsOf(prepare(hop, options)),
			));
	const asking = ask?.();
	let cached = asking instanceof Promise ? await asking : asking;
	if (asking instanceof Promise) call.signal?.throwIfAborted();
	if (ask && cached && whoAsks(cached)) {
		cached = await waitForOther(hop, cached, ask, call.signal, how.timeouts.total);
		how.timeouts = options.timeouts = remaining(all, started);
	}
	const plan = cached?.plan;
	// Also where the cache has no part.
	if (plan?.type === 'missing' || (hop.cache === 'only-if-cached' && plan?.type !== 'stored')) throw notCached(hop);
	if (plan?.type === 'stored') {
		running.assertOpen(hop.method, hop.url);
		dictionaries?.renew(plan.answer.rawHeaders);
		watch?.cached(plan.answer, transport.fieldsOf(prepare(hop, options)));
		if (plan.again !== undefined && cached) {
			const behind = observer?.behind().hop(hop, transport.profile);
			const learn = (head: ResponseHead) => {
				const { rawHeaders } = head;
				remember(context, hop, head, rawHeaders);
				return storeCookies(context, hop, jar, rawHeaders);
			};
			const { dictionary } = options;
			// What is left of this call's time is not its own.
			const whole = { ...how, timeouts: call.timeouts ?? context.session.timeouts };
			const own = { ...hopOptions(call, context, whole, behind), dictionary };
			renew(cached, plan.again, hop, own, learn);
		}
		return { shown: plan.answer, stored: plan.answer, isCritical: false };
	}
	const turn = cached && takeTurn(cached);
	let exchange: Exchange | undefined;
	let head: ResponseHead;
	let rawHeaders: readonly string[];
	try {
		const asked = transport.lookUp(hop.url, hop.method, options.timeouts, call.signal, running.waits, call.proxy);
		options.addresses = asked && (await asked);
		call.signal?.throwIfAborted();
		running.assertOpen(hop.method, hop.url);
		const validated = plan?.validators ? { ...hop, validators: plan.validators } : hop;
		({ head, exchange } = await runHop(validated, options));
		// Split at each call: once is enough.
		({ rawHeaders } = head);
		const stored = storeCookies(context, hop, jar, rawHeaders);
		if (stored) await running.until(stored, call.signal);
	} catch (error) {
		turn?.over();
		exchange?.abort(error); // a store of the caller's failed: nobody will read this body
		throw error;
	}
	const told = remember(context, hop, head, rawHeaders);
	// What has arrived whole needs nothing of the session any more, whether or not somebody reads it.
	if (exchange.complete) running.delete(exchange);
	const isCritical =
		told?.acceptCh !== undefined && kind?.repeated !== undefined && asksAgain(hop, rawHeaders, hinted, memory.hints);
	let outcome = cached && !isCritical ? settleCache(cached, hop, head, exchange) : undefined;
	if (outcome?.stored) dictionaries?.renew(outcome.stored.rawHeaders);
	else if (dictionaries && !isCritical) outcome = withDictionary(outcome, dictionaries.keepOf(head));
	const shown = outcome?.stored ?? {
		status: head.status,
		reason: head.reason,
		httpVersion: head.httpVersion,
		rawHeaders,
	};
	const { stored, keep, coming } = outcome ?? {};
	if (coming === undefined && !cached?.cache.waitsForBody) turn?.over();
	return { shown, head, exchange, stored, keep, coming, turn, isCritical };
}

/** Puts the cookies of an answer into the jar; a promise where its store is asynchronous. */
function storeCookies(
	{ cookies }: FollowContext,
	{ url }: Hop,
	jar: ReturnType<typeof cookieContextOf> | undefined,
	rawHeaders: readonly string[],
) {
	const fields = jar && cookieFields(rawHeaders);
	return fields && cookies.storeFromResponse(fields, url, jar);
}

/** Takes what an answer asks the session to remember. */
function remember(
	{ memory }: FollowContext,
	hop: Hop,
	head: ResponseHead,
	rawHeaders: readonly string[],
): ReturnType<typeof readToldFields> {
	const told = readToldFields(rawHeaders);
	if (told) memory.learn(told, askerOf(hop), head);
	return told;
}

/** How a hop of this call is sent, and who is told of it. */
function hopOptions(
	call: NormalizedCall,
	{ session, transport, running }: FollowContext,
	{ cookie, anonymous, hints, timeouts }: Pick<HopOptions, 'cookie' | 'anonymous' | 'hints' | 'timeouts'>,
	watch: HopObserver | undefined,
): HopOptions {
	return {
		transport,
		running,
		cookie,
		anonymous,
		hints,
		dictionary: undefined,
		addresses: undefined,
		signal: call.signal,
		timeouts,
		browserHeaders: call.browserHeaders ?? session.browserHeaders,
		decompress: call.decompress ?? session.decompress,
		maxResponseBytes: call.maxResponseBytes ?? session.maxResponseBytes,
		newConnection: call.newConnection,
		proxy: call.proxy,
		watch,
	};
}

/** Documents are waited for. */
function mayBeStale({ kind }: Hop, { profile }: Transport): boolean {
	return profile.document.headers.background !== undefined && !isNavigation(kind);
}

/** The whole body is for the cache, for the dictionaries, or for both. */
function withDictionary(
	outcome: CacheOutcome | undefined,
	learn: ((body: Uint8Array) => void) | undefined,
): CacheOutcome | undefined {
	if (learn === undefined) return outcome;
	const store = outcome?.keep;
	const keep = (body: Uint8Array) => {
		store?.(body);
		learn(body);
	};
	return { ...outcome, keep };
}

/** Whose request it is, for what is remembered. */
function askerOf({ url, client, kind }: Hop): Asker {
	return { url, client, isTopLevel: isTopLevelNavigation(kind) };
}

function cookieContextOf(hop: Hop, profile: Profile): CookieContext {
	return cookieContext({
		url: hop.url,
		method: hop.method,
		topLevelNavigation: isTopLevelNavigation(hop.kind),
		initiator: hop.client,
		through: hop.through,
		schemeless: profile.document.headers.schemelessSites,
	});
}

function responseFacts(
	url: string,
	{ shown, head, exchange, stored }: HopAnswer,
	redirects: readonly RedirectRecord[],
	signal: AbortSignal | undefined,
): ResponseFacts {
	const { status, reason, rawHeaders, httpVersion } = shown;
	return {
		status,
		statusText: reason,
		url,
		rawHeaders,
		connection: head ?? { ...noConnection, httpVersion },
		redirects,
		timings: () => (exchange?.settled ? exchange.timings : (head?.timings ?? {})),
		trailers: () => exchange?.trailers ?? [],
		signal,
		fromCache: stored && (head ? 'revalidated' : 'fresh'),
	};
}

/** `total` runs over all hops; each exchange gets what is left of it. */
function remaining(timeouts: NormalizedTimeouts, started: number): NormalizedTimeouts {
	if (timeouts.total === undefined) return timeouts;
	return { ...timeouts, total: Math.max(1, Math.ceil(timeouts.total - (performance.now() - started))) };
}
