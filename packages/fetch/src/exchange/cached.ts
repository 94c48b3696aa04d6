import type { KindRecord } from '@wiretwin/profiles';
import { StateError } from '../errors/classes.ts';
import { timedOut } from '../errors/timed-out.ts';
import { summarize } from '../errors/wiretwin-error.ts';
import { isWithinForeign, topSite } from '../initiator/client.ts';
import type { CachePlan, CacheRequest, HttpCache } from '../memory/http-cache/http-cache.ts';
import { partOf } from '../memory/http-cache/kept-range.ts';
import type { StoredAnswer } from '../memory/http-cache/stored-answer.ts';
import { longestWaitMs, type Turn } from '../memory/http-cache/turns.ts';
import type { ResponseHead } from '../types/exchange.ts';
import { onAbort } from './abort-listeners.ts';
import type { Exchange } from './exchange.ts';
import type { Hop } from './hop.ts';
import { isTopLevelNavigation } from './kinds.ts';
import { isOfNobody } from './storable.ts';

/** The cache's part in one request. */
export type CachedHop = {
	cache: HttpCache;
	key: string;
	plan: CachePlan | undefined;
	/** `HttpCache.forgotten` when it was asked. */
	forgotten: number;
	request?: CacheRequest;
	/** Others wait for it. */
	turn?: Turn;
};

/** What has become of a request that was sent. */
export type CacheOutcome = {
	/** Asked for again, and still good. */
	stored?: StoredAnswer;
	/** To be called with the whole body. */
	keep?: (body: Uint8Array) => void;
	/** What will be kept, without its body. */
	coming?: () => StoredAnswer;
};

/**
 * Asks the cache about a hop; a promise where answers are kept elsewhere.
 * @param mayBeStale the browser shows what it asks for again meanwhile
 * @param anonymous it is sent without credentials
 * @param trust whom the transport believes
 * @param sent all fields as they would be sent
 */
export function askCache(
	cache: HttpCache,
	hop: Hop,
	kind: KindRecord | undefined,
	mayBeStale: boolean,
	anonymous: boolean,
	trust: string,
	sent: () => readonly string[],
): CachedHop | Promise<CachedHop> {
	const key = keyOf(hop, cache.anonymousApart && anonymous, trust);
	const mode = hop.cache ?? (kind?.cache as Hop['cache']) ?? 'default';
	const { forgotten } = cache;
	if (hop.body !== null) return { cache, key, plan: undefined, forgotten };
	const request = { method: hop.method, mode, fields: hop.headers.list, key, mayBeStale, sent };
	const plan = cache.plan(request);
	if (plan instanceof Promise) return plan.then((settled) => ({ cache, key, plan: settled, forgotten, request }));
	return { cache, key, plan, forgotten, request };
}

/** Who asks for the same and has to be waited for. */
export function whoAsks({ cache, key, plan }: CachedHop): Turn | undefined {
	return plan?.type === 'missing' || (plan?.type === 'send' && plan.waits) ? cache.turns.of(key) : undefined;
}

/**
 * Waits for who asks for the same, and asks the cache again.
 * @param ask asks the cache
 * @param limitMs how long the request itself may take
 */
export async function waitForOther(
	hop: Hop,
	asked: CachedHop,
	ask: () => CachedHop | Promise<CachedHop>,
	signal: AbortSignal | undefined,
	limitMs = Number.POSITIVE_INFINITY,
): Promise<CachedHop> {
	const since = performance.now();
	let mine = asked;
	for (let turn = whoAsks(mine); turn !== undefined; turn = whoAsks(mine)) {
		const { cache, request } = mine;
		const { coming } = turn;
		// What is of no use to it keeps it no longer; what it asks for itself is kept instead.
		if (turn.isReading && !cache.waitsForBody && !(coming && request && cache.canUse(request, coming))) break;
		turn.hurry();
		if (!turn.isOver) {
			// What it can use and is on its way is waited for as long as it takes (Chromium).
			const longest = turn.isReading && !cache.waitsForBody ? limitMs : Math.min(limitMs, longestWaitMs);
			const ms = longest === Number.POSITIVE_INFINITY ? undefined : since + longest - performance.now();
			const isNews = await turn.news(ms, signal && ((stop) => onAbort(signal, stop)));
			if (!isNews && longest === limitMs) throw timedOut('total', limitMs, summarize(hop.method, hop.url));
			if (!isNews) break;
			signal?.throwIfAborted();
		}
		if (!turn.isOver) continue;
		mine = await ask();
		if (cache.waitsForBody && turn.isReading && turn.coming === undefined) break; // all who waited go at once
	}
	takeTurn(mine); // in this very step, so that one goes at a time
	return mine;
}

/** Has others wait for a request that is about to be sent. */
export function takeTurn(hop: CachedHop): Turn | undefined {
	const { cache, key, plan } = hop;
	if (plan?.type === 'send' && plan.store) hop.turn ??= cache.turns.take(key);
	return hop.turn;
}

/** Whether this cache has a part in a hop at all: in Chromium not where the asker has an origin that is nobody else's. */
export function takesPart(cache: HttpCache, { client, kind }: Hop): boolean {
	return cache.keepsOpaque || !isOfNobody(client, kind);
}

const nothing = new Uint8Array(0);

/** Takes the head of an answer. */
export function settleCache(
	{ cache, key, plan, forgotten }: CachedHop,
	hop: Hop,
	head: ResponseHead,
	exchange: Exchange,
): CacheOutcome {
	if (plan?.type !== 'send') {
		if (cache.isUnsafe(hop.method) && head.status < 400) cache.remove(key);
		return {};
	}
	if (head.status === 304 && plan.answer) {
		exchange.discard(); // its end may come in a frame of its own
		const stored = cache.refresh(key, plan.answer, head.rawHeaders, exchange.requestHeaders);
		if (cache.forgotten !== forgotten) cache.remove(key);
		return { stored: plan.range === undefined ? stored : partOf(stored, plan.range) };
	}
	if (!plan.store) return {};
	if (!cache.canStore(head)) {
		cache.remove(key);
		return {};
	}
	const { requestHeaders } = exchange;
	return {
		keep: (body) => {
			if (cache.forgotten === forgotten) cache.store(key, head, body, requestHeaders);
		},
		coming: () => cache.answerOf(head, nothing, requestHeaders),
	};
}

/** `only-if-cached`, and nothing is (fetch: network error). */
export function notCached({ method, url }: Hop): StateError {
	const request = summarize(method, url);
	return new StateError(`Nothing is kept for this request (ERR_NOT_CACHED): ${request.method} ${request.url}`, {
		code: 'ERR_NOT_CACHED',
		phase: 'input',
		request,
	});
}

/** Answers of one page's site are no other's; those of frames of other sites are apart (both browsers), and those of other trust. */
function keyOf({ url, client, kind }: Hop, anonymous: boolean, trust: string): string {
	const isTopLevel = isTopLevelNavigation(kind);
	const frame = client !== undefined && !isTopLevel && isWithinForeign(client) ? ' frame' : '';
	const target = url.hash === '' ? url.href : url.href.slice(0, url.href.indexOf('#'));
	const whose = `${topSite(client, url, isTopLevel)}${frame}${anonymous ? ' anonymous' : ''}`;
	return `${url.origin} ${whose}${trust === '' ? '' : ` ${trust}`} ${target}`;
}
