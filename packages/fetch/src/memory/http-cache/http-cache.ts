import type { CacheMode, CacheRules, LayoutRequest } from '@wiretwin/profiles';
import { headerValue } from '../../headers/caller-headers.ts';
import type { ResponseHead } from '../../types/exchange.ts';
import type { AnswerStore } from './answer-store.ts';
import { readCacheControl } from './cache-control.ts';
import { lifespan } from './freshness.ts';
import { partOf, readRange } from './kept-range.ts';
import { isSameVariant, refreshed, type StoredAnswer, variedBy, withoutCookies } from './stored-answer.ts';
import { Turns } from './turns.ts';

/** What a cache knows of a request. */
export type CacheRequest = {
	method: string;
	/** Of the request, else of its kind. */
	mode: CacheMode;
	/** Fields of the caller's: name, value, ... */
	fields: readonly string[];
	key: string;
	/** It may be shown what is asked for again meanwhile: no document, and the browser does so. */
	mayBeStale: boolean;
	/** All fields as they would be sent; asked for only where an answer depends on them. */
	sent: () => readonly string[];
};

/** What becomes of a request. */
export type CachePlan =
	/** Shown as it is. `again`: and asked for again behind the reader's back, with these validators. */
	| { type: 'stored'; answer: StoredAnswer; again?: LayoutRequest['validators'] | 'unconditionally' }
	/** Nothing is kept, and nothing may be asked for (`only-if-cached`). */
	| { type: 'missing' }
	/** Sent; `answer` is asked for again. */
	| {
			type: 'send';
			answer: StoredAnswer | undefined;
			validators: LayoutRequest['validators'];
			store: boolean;
			/** It waits for who asks for the same. */
			waits: boolean;
			/** Value of `range`: this much of the answer is shown if it is still good. */
			range?: string;
	  };

/** Fields of the caller's that make the request his own affair (fetch: HTTP-network-or-cache fetch). */
const conditions = ['if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'];
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** A browser's HTTP cache (RFC 9111), by the habits of the profile's browser. */
export class HttpCache {
	readonly #answers: AnswerStore;
	readonly #rules: CacheRules;
	readonly #now: () => number;
	/** Who is asking for what may be kept. */
	readonly turns = new Turns();
	/** Keys of what is asked for again behind the reader's back. */
	readonly #renewed = new Set<string>();
	#forgotten = 0;

	/** @param now clock, milliseconds since 1970 */
	constructor(rules: CacheRules, answers: AnswerStore, now: () => number = Date.now) {
		this.#rules = rules;
		this.#answers = answers;
		this.#now = now;
	}

	/** Requests without credentials have answers of their own. */
	get anonymousApart(): boolean {
		return this.#rules.anonymousApart;
	}

	/** What an origin that is nobody else's asks for is kept, too. */
	get keepsOpaque(): boolean {
		return this.#rules.keepsOpaque === true;
	}

	/** How often all has been forgotten: what was asked for before is not kept afterwards. */
	get forgotten(): number {
		return this.#forgotten;
	}

	/** Who waits for another's answer waits for its whole body, whatever it is; else for its head, and for the body of what he can use. */
	get waitsForBody(): boolean {
		return this.#rules.waitsFor === 'body';
	}

	/** Largest body that is kept. */
	get largest(): number {
		return this.#answers.largest;
	}

	/** What to do for a request; `undefined`: the cache has no part in it. A promise where answers are kept elsewhere. */
	plan(request: CacheRequest): CachePlan | undefined | Promise<CachePlan | undefined> {
		const { method, fields } = request;
		if (method !== 'GET' && !(method === 'HEAD' && this.#rules.headFromGet)) return undefined;
		if (conditions.some((name) => headerValue(fields, name) !== undefined)) return undefined;
		const mode = this.#modeOf(request);
		if (mode === 'no-store') return undefined;
		const found = mode === 'reload' ? undefined : this.#answers.find(request.key);
		if (found instanceof Promise) return found.then((answer) => this.#decide(request, mode, answer));
		return this.#decide(request, mode, found);
	}

	#decide(request: CacheRequest, mode: CacheMode, answer: StoredAnswer | undefined): CachePlan | undefined {
		const { method, fields } = request;
		const range = headerValue(fields, 'range');
		if (range !== undefined) return this.#planRange(request, mode, answer, range);
		const isSame = answer?.varied === undefined || isSameVariant(answer.varied, request.sent());
		if (answer !== undefined && isSame && this.#isShown(answer, mode)) return { type: 'stored', answer };
		if (answer !== undefined && isSame && mode === 'default' && request.mayBeStale && answer.staleUntil > this.#now())
			return { type: 'stored', answer, again: validatorsOf(answer, true) ?? 'unconditionally' };
		if (mode === 'only-if-cached') return { type: 'missing' };
		const again = method === 'HEAD' ? undefined : answer;
		const canAsk = again && (this.#rules.askedAgain?.includes(again.status) ?? true);
		const validators = canAsk ? validatorsOf(again, isSame) : undefined;
		return { type: 'send', answer: validators && again, validators, store: method === 'GET', waits: mode !== 'reload' };
	}

	/** Whether a request has use for an answer of which only the head is here. */
	canUse(request: CacheRequest, coming: StoredAnswer): boolean {
		const plan = this.#decide(request, this.#modeOf(request), coming);
		return plan?.type === 'stored' || (plan?.type === 'send' && plan.validators !== undefined);
	}

	/** Whether an answer to a request that was sent can be kept. */
	canStore({ status, rawHeaders }: Pick<ResponseHead, 'status' | 'rawHeaders'>): boolean {
		const { keptStatuses } = this.#rules;
		if (status === 304 || (keptStatuses ? !keptStatuses.includes(status) : status === 206)) return false;
		return !readCacheControl(rawHeaders, this.#rules).noStore;
	}

	/** Keeps an answer whose whole body has come. `sent`: fields of the request. */
	store(key: string, head: ResponseHead, body: Uint8Array, sent: readonly string[]): void {
		this.#answers.keep(key, this.answerOf(head, body, sent));
	}

	/** What would be kept. */
	answerOf(
		{ status, reason, rawHeaders: received, httpVersion }: ResponseHead,
		body: Uint8Array,
		sent: readonly string[],
	): StoredAnswer {
		const rawHeaders = withoutCookies(received);
		const varied = variedBy(rawHeaders, sent);
		const span = lifespan(status, rawHeaders, this.#now(), this.#rules);
		return { status, reason, httpVersion, rawHeaders, body, varied, ...span };
	}

	/** Takes what a 304 says of a kept answer, which is an answer to this request from there on. `sent`: its fields. */
	refresh(key: string, answer: StoredAnswer, rawHeaders: readonly string[], sent: readonly string[]): StoredAnswer {
		const newer = refreshed(answer, rawHeaders, sent, this.#now(), this.#rules);
		if (readCacheControl(newer.rawHeaders, this.#rules).noStore) this.#answers.remove(key);
		else this.#answers.keep(key, newer);
		return newer;
	}

	/** Begins to ask for it again behind the reader's back; `false`: somebody does so already. */
	renews(key: string): boolean {
		if (this.#renewed.has(key)) return false;
		this.#renewed.add(key);
		return true;
	}

	/** It has been asked for again. */
	renewed(key: string): void {
		this.#renewed.delete(key);
	}

	/** A request that may have changed something has been answered (RFC 9111 4.4), or an answer may not be kept. */
	remove(key: string): void {
		this.#answers.remove(key);
	}

	/** Whether a request makes what is kept for its URL worthless. */
	isUnsafe(method: string): boolean {
		return !safe.has(method);
	}

	/** Removes what is kept of an origin, wherever it was asked for (Clear-Site-Data). */
	clearOrigin(origin: string): void {
		this.#answers.clearOrigin(origin);
	}

	clear(): void {
		this.#forgotten++;
		this.#answers.clear();
	}

	/** Settles when what has been kept is where it belongs. */
	flush(): Promise<void> | undefined {
		return this.#answers.flush();
	}

	/** A range of what is kept whole, as it came. */
	#planRange(
		{ method, sent }: CacheRequest,
		mode: CacheMode,
		answer: StoredAnswer | undefined,
		value: string,
	): CachePlan | undefined {
		const range = readRange(value);
		if (!this.#rules.rangesOfKept || method !== 'GET' || range === undefined) return undefined;
		if (answer?.status !== 200 || headerValue(answer.rawHeaders, 'content-encoding') !== undefined) return undefined;
		if (answer.varied && !isSameVariant(answer.varied, sent())) return undefined;
		if (this.#isShown(answer, mode)) return { type: 'stored', answer: partOf(answer, value) };
		const validators = validatorsOf(answer, true);
		return validators && { type: 'send', answer, validators, store: false, waits: false, range: value };
	}

	/** Fields of the caller's may say more than his mode. */
	#modeOf({ mode, fields }: CacheRequest): CacheMode {
		if (mode !== 'default') return mode;
		const said = headerValue(fields, 'cache-control')?.toLowerCase() ?? '';
		const { ownNoCache, ownNoStore, ownPragma } = this.#rules;
		if (said.includes('no-store') && ownNoStore !== 'default') return ownNoStore;
		if (said.includes('no-cache')) return ownNoCache;
		if (/max-age=0(?!\d)/.test(said)) return 'no-cache';
		return headerValue(fields, 'pragma')?.toLowerCase() === 'no-cache' ? ownPragma : 'default';
	}

	#isShown(answer: StoredAnswer, mode: CacheMode): boolean {
		if (mode === 'force-cache' || mode === 'only-if-cached') return true;
		return mode === 'default' && answer.freshUntil > this.#now();
	}
}

/** What of another variant may be asked for is known by its tag only (RFC 9111 4.1, as in both browsers). */
function validatorsOf({ rawHeaders }: StoredAnswer, isSame: boolean): LayoutRequest['validators'] {
	const etag = headerValue(rawHeaders, 'etag');
	const lastModified = isSame ? headerValue(rawHeaders, 'last-modified') : undefined;
	if (!etag && !lastModified) return undefined;
	return { ...(etag ? { etag } : {}), ...(lastModified ? { lastModified } : {}) };
}
