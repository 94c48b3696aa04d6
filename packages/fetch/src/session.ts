import type { CookieJar } from 'tough-cookie';
import { packageVersion } from '#literal';
import { BrowserCookies } from './cookies/browser-cookies.ts';
import { type CookieContextInput, cookieContext } from './cookies/context.ts';
import { CookieCalls, storeIsAsynchronous } from './cookies/cookie-calls.ts';
import { type CookieFields, checkLines, cookieFields } from './cookies/response-fields.ts';
import { InvalidArgumentError } from './errors/classes.ts';
import { fromHere } from './errors/wiretwin-error.ts';
import type { Exchange } from './exchange/exchange.ts';
import { type FollowContext, follow } from './exchange/follow.ts';
import { readLocal } from './exchange/local.ts';
import { type EventListener, observe } from './exchange/observer.ts';
import { RunningExchanges } from './exchange/running.ts';
import { SendOrder } from './exchange/send-order.ts';
import { openSessionExchange } from './exchange/session-exchange.ts';
import { overTls } from './exchange/upgraded-exchange.ts';
import type { Har } from './har/har.ts';
import { HarRecorder } from './har/har-recorder.ts';
import { normalizeMethod } from './headers/check.ts';
import { clientOfPage } from './initiator/client.ts';
import { SessionMemory } from './memory/session-memory.ts';
import { checkExchange, objectOption } from './options/checks.ts';
import { normalizeCall, releaseBody } from './options/fetch-init.ts';
import { checkMemoryKind } from './options/memory-option.ts';
import { refuseUnknown } from './options/near-match.ts';
import { type NormalizedSession, normalizeSession } from './options/session-options.ts';
import { isLocal, parseFetchTarget, parseTarget } from './options/target.ts';
import type { NormalizedTimeouts } from './options/timeouts.ts';
import { normalizeKnown } from './options/transport-options.ts';
import { Page } from './page/page.ts';
import type { WiretwinResponse } from './response/wiretwin-response.ts';
import { openTickets } from './state/sealed-tickets.ts';
import { type CheckedState, exportState, importState, readState } from './state/session-state.ts';
import { Transport } from './transport.ts';
import type { CookieInput, CookieRecord } from './types/cookies.ts';
import type { ExchangeHandler, ExchangeRequest } from './types/exchange.ts';
import type { MemoryKind } from './types/memory.ts';
import type { FetchInit, ForkOptions, SessionOptions } from './types/options.ts';
import type { OpenOptions } from './types/page.ts';
import type { SessionState } from './types/state.ts';

const forkKeys: ReadonlySet<string> = new Set([
	'timeout',
	'defaultHeaders',
	'redirect',
	'maxRedirects',
	'decompress',
	'maxResponseBytes',
	'onRequestEvent',
	'har',
] satisfies ReadonlyArray<keyof ForkOptions>);

/** One browser: cookies, client hints and connections that belong together. Made by `createSession`. */
export class Session {
	/** Connections, the session's own or the shared ones it was given. */
	readonly transport: Transport;
	readonly #given: SessionOptions;
	readonly #options: NormalizedSession;
	readonly #ownsTransport: boolean;
	readonly #cookies: BrowserCookies;
	readonly #calls: CookieCalls;
	readonly #memory: SessionMemory;
	readonly #running = new RunningExchanges();
	readonly #order = new SendOrder();
	readonly #listeners: EventListener[] = [];
	readonly #har: HarRecorder | undefined;
	/** Restoring a `state` into an asynchronous store of the caller's; requests wait for it. */
	#ready: Promise<void> | undefined;

	/** @internal Use `createSession`. `parent`: the session whose cookies, memory and connections this one shares. */
	constructor(options: SessionOptions = {}, parent?: Session) {
		this.#given = options;
		this.#options = normalizeSession(options);
		const state = options.state === undefined ? undefined : readState(options.state);
		const tickets = state && openTickets(state.tickets, this.#options.stateKeys);
		this.#ownsTransport = this.#options.transport === undefined;
		this.transport = this.#options.transport ?? ownTransport(options, state);
		const { thirdPartyCookies, document } = this.transport.profile;
		const { headers } = document;
		this.#cookies = parent
			? parent.#cookies
			: new BrowserCookies(this.#options.cookieJar, Date.now, headers.cookies, thirdPartyCookies);
		this.#memory = parent
			? parent.#memory
			: new SessionMemory(this.transport.profile, this.#options.memory, this.#options.cache);
		this.#ready = parent ? parent.#ready : undefined;
		if (this.#options.onRequestEvent) this.#listeners.push(this.#options.onRequestEvent);
		this.#har = this.#options.har ? new HarRecorder() : undefined;
		if (this.#har) this.#listeners.push(this.#har.record);
		this.#calls = new CookieCalls(this.#cookies, headers.urls);
		// Tickets say whom to believe, so they go only into connections of the session's own.
		if (tickets && this.#ownsTransport) this.transport.importTickets(tickets);
		const restoring = state && importState(state, this.#cookies, this.#memory);
		if (restoring) {
			this.#ready = restoring.then(() => {
				this.#ready = undefined;
			});
			this.#ready.catch(() => undefined); // surfaces in the first call
		}
		this.fetch = this.fetch.bind(this);
	}

	/** The jar: what it holds is sent, what servers set is in it. */
	get cookieJar(): CookieJar {
		return this.#cookies.jar;
	}

	/** `close()` was called. */
	get closed(): boolean {
		return this.#running.closed;
	}

	/**
	 * Sends a request with this session's cookies and follows redirects. Bound: it can be passed on as a function.
	 * Rejects with a `WiretwinError` (a `TypeError`) or with the signal's reason.
	 */
	async fetch(input: string | URL | Request, init?: FetchInit): Promise<WiretwinResponse> {
		const call = normalizeCall(input, init);
		try {
			const context = this.context(call.method, call.url, call.transport, call.onRequestEvent);
			if (this.#ready) await this.#running.until(this.#ready, call.signal);
			return await (isLocal(call.url) ? readLocal(call) : follow(call, context));
		} catch (error) {
			releaseBody(call, error);
			throw fromHere(error);
		}
	}

	/**
	 * Types an address, and gives the page that comes: who asks, in all that it loads, sends and clicks.
	 * @example const page = await session.open('https://shop.example/'); await page.fetch('/api/cart');
	 */
	async open(url: string | URL, options: OpenOptions = {}): Promise<Page> {
		return Page.open(this, parseFetchTarget(url), objectOption(options, 'options'));
	}

	/** Limits of the option `timeout`, milliseconds. They hold for every request that names no other. */
	get timeouts(): Readonly<NormalizedTimeouts> {
		return this.#options.timeouts;
	}

	/** The option `maxResponseBytes`: decoded bytes of one body; `undefined` for no limit. */
	get maxResponseBytes(): number | undefined {
		return this.#options.maxResponseBytes;
	}

	/** @internal Settles once a `state` given to the session has been restored. */
	get ready(): Promise<void> | undefined {
		return this.#ready;
	}

	/** @internal What a request of this session works with; refuses when the session is closed. */
	context(method: string, url: URL, transport: Transport = this.transport, listener?: EventListener): FollowContext {
		this.#running.assertOpen(method, url);
		return {
			session: this.#options,
			transport,
			cookies: this.#cookies,
			memory: this.#memory,
			observer: observe(listener === undefined ? this.#listeners : [...this.#listeners, listener]),
			running: this.#running,
			order: this.#order,
		};
	}

	/**
	 * Sends one request without redirects and cookies, for adapters (docs/internals/adapters-seam.md). The session's options
	 * hold where the request says nothing else. Client hints that the origin asked for go along, and what a navigation's
	 * response asks for is remembered. Closing the session aborts it.
	 */
	exchange(request: ExchangeRequest, handler: ExchangeHandler): Exchange {
		checkExchange(request, handler);
		if (this.closed) this.#running.assertOpen(normalizeMethod(request.method ?? 'GET'), parseTarget(request.url));
		return openSessionExchange(request, handler, {
			transport: this.transport,
			session: this.#options,
			memory: this.#memory,
			running: this.#running,
			observer: observe(this.#listeners),
		});
	}

	/**
	 * Names and values of the cookies that a navigation to `url` would carry, at once. Like the other cookie calls it throws
	 * `ERR_COOKIE_STORE_ASYNC` if the jar's store is asynchronous; their twins with `Async` take any store.
	 */
	getCookies(url: string | URL): Record<string, string> {
		return this.#atOnce('getCookies', () => this.#calls.get(url));
	}

	/** Every cookie that has not expired. */
	getAllCookies(): CookieRecord[] {
		return this.#atOnce('getAllCookies', () => this.#calls.getAll());
	}

	/**
	 * Sets a session cookie for the host of `url`, path `/`: the next request carries it. Throws `ERR_INVALID_ARG` for what
	 * no cookie can hold and what a browser would refuse.
	 */
	setCookie(name: string, value: string, url: string | URL): void {
		this.#running.assertOpen();
		this.#atOnce('setCookie', () => this.#calls.set(name, value, url));
	}

	/**
	 * Sets cookies with their attributes, as `getAllCookies()` lists them: all or, if one is wrong, none. `url` stands for
	 * the domain of those that name none.
	 */
	setCookies(records: Iterable<CookieInput>, url?: string | URL): void {
		this.#running.assertOpen();
		this.#atOnce('setCookies', () => this.#calls.setAll(records, url));
	}

	/** Removes every cookie. */
	clearCookies(): void {
		this.#running.assertOpen();
		this.#atOnce('clearCookies', () => this.#calls.clear());
	}

	/** `getCookies` for any store. */
	async getCookiesAsync(url: string | URL): Promise<Record<string, string>> {
		await this.#ready;
		return this.#calls.get(url);
	}

	/** `getAllCookies` for any store. */
	async getAllCookiesAsync(): Promise<CookieRecord[]> {
		await this.#ready;
		return this.#calls.getAll();
	}

	/** `setCookie` for any store. */
	async setCookieAsync(name: string, value: string, url: string | URL): Promise<void> {
		await this.#ready;
		this.#running.assertOpen();
		await this.#calls.set(name, value, url);
	}

	/** `setCookies` for any store. */
	async setCookiesAsync(records: Iterable<CookieInput>, url?: string | URL): Promise<void> {
		await this.#ready;
		this.#running.assertOpen();
		await this.#calls.setAll(records, url);
	}

	/** `clearCookies` for any store. */
	async clearCookiesAsync(): Promise<void> {
		await this.#ready;
		this.#running.assertOpen();
		await this.#calls.clear();
	}

	/** Cookie header of a request, for adapters that send it themselves. `''` = none. A promise for asynchronous stores only. */
	cookieHeader(url: string | URL, context?: Partial<Omit<CookieContextInput, 'url'>>): string | Promise<string> {
		const target = this.#whereTo(parseTarget(url), context);
		const answer = () => this.#cookies.headerFor(target, this.#contextOf(target, context));
		return this.#ready ? this.#ready.then(answer) : answer();
	}

	/**
	 * Does what the fields of a response ask for that an adapter received itself: `Set-Cookie`, with the life of cookies counted
	 * from the server's clock (`Date`), and `Clear-Site-Data`. A promise for asynchronous stores only.
	 */
	storeCookies(
		url: string | URL,
		rawHeaders: readonly string[],
		context?: Partial<Omit<CookieContextInput, 'url'>>,
	): void | Promise<void> {
		const told = cookieFields(rawHeaders);
		return told && this.#storeCookies(url, told, context);
	}

	/** The same for Set-Cookie lines alone, where a client has no more. */
	storeSetCookie(
		url: string | URL,
		lines: readonly string[],
		context?: Partial<Omit<CookieContextInput, 'url'>>,
	): void | Promise<void> {
		return this.#storeCookies(url, { lines: checkLines(lines) }, context);
	}

	/** Where a request of an adapter really goes: to https if the host has asked for it. */
	#whereTo(url: URL, context: Partial<Omit<CookieContextInput, 'url'>> | undefined): URL {
		if (this.#memory.hsts.size === 0) return url;
		const { initiator, topLevelNavigation = true } = context ?? {};
		const client = initiator instanceof URL ? clientOfPage(initiator) : initiator;
		return this.#memory.upgrades({ url, client, isTopLevel: topLevelNavigation }) ? overTls(url) : url;
	}

	#contextOf(url: URL, context: Partial<Omit<CookieContextInput, 'url'>> | undefined) {
		const { schemelessSites: schemeless } = this.transport.profile.document.headers;
		return cookieContext({
			url,
			method: 'GET',
			topLevelNavigation: true,
			initiator: undefined,
			schemeless,
			...context,
		});
	}

	#storeCookies(url: string | URL, told: CookieFields, context: Parameters<Session['cookieHeader']>[1]) {
		const target = this.#whereTo(parseTarget(url), context);
		const store = () => this.#cookies.storeFromResponse(told, target, this.#contextOf(target, context));
		return this.#ready ? this.#ready.then(store) : store();
	}

	/**
	 * Forgets what servers have told this browser to remember besides cookies: which hosts want https (`hsts`), the client hints
	 * that they asked for (`clientHints`), other places where they answer (`altSvc`), kept answers (`cache`),
	 * those that are dictionaries (`dictionaries`), what name servers said (`names`, of all sessions of a `transport`). Cookies
	 * have `clearCookies()`.
	 * @param kinds All of them if none is named. Throws `ERR_INVALID_OPTION` for one that is not known.
	 */
	forget(...kinds: MemoryKind[]): void {
		this.#running.assertOpen();
		const chosen = kinds.length === 0 ? undefined : kinds.map(checkMemoryKind);
		this.#memory.forget(chosen);
		if (chosen?.includes('names') !== false) this.transport.forgetNames();
	}

	/**
	 * Cookies, client hints, and what hosts have asked for (HSTS, Alt-Svc) as JSON, to go on elsewhere with `createSession({ state })`; TLS tickets too, sealed, if the
	 * session has a `stateKey`. Secret. Call it before `close()`.
	 */
	async export(): Promise<SessionState> {
		this.#running.assertOpen();
		await this.#ready;
		this.#running.assertOpen();
		return exportState(this.transport, this.#cookies, this.#memory, this.#options.stateKeys);
	}

	/**
	 * Another tab of the same browser: shares cookies, what is remembered and connections, and has limits, listeners and a life of its
	 * own. Closing it leaves this session alone; closing this session, if the connections are its own, ends both.
	 * @param options What is different; everything else is as in this session.
	 */
	fork(options: ForkOptions = {}): Session {
		this.#running.assertOpen();
		refuseUnknown(objectOption(options, 'options'), forkKeys, 'the options of fork()');
		const { timeout, defaultHeaders, redirect, maxRedirects, decompress, maxResponseBytes, stateKey } = this.#given;
		const same = { timeout, defaultHeaders, redirect, maxRedirects, decompress, maxResponseBytes, stateKey };
		return new Session({ ...same, ...options, transport: this.transport }, this);
	}

	/** HTTP archive of this session so far; needs the option `har`. Secret: it holds cookies and authorization. */
	har(): Har {
		if (this.#har) return this.#har.archive(packageVersion());
		throw new InvalidArgumentError('Make the session with har: true to record an archive.', 'ERR_INVALID_OPTION');
	}

	/**
	 * Refuses further requests and aborts those that run; closes the session's own connections, and waits until answers are in the
	 * `store` of its cache. Idempotent.
	 */
	async close(): Promise<void> {
		this.#running.close();
		const kept = this.#memory.flush();
		if (this.#ownsTransport) await this.transport.close();
		await kept;
	}

	/** @internal Closes once the last body has been read or dropped: what the one-shot `fetch` does. */
	closeWhenIdle(): void {
		this.#running.whenIdle(() => void this.close());
	}

	#atOnce<T>(name: string, call: () => T | Promise<T>): T {
		if (!this.#cookies.synchronous) throw storeIsAsynchronous(name);
		const answer = call();
		if (!(answer instanceof Promise)) return answer;
		answer.catch(() => undefined); // a store that calls itself synchronous and is not
		throw storeIsAsynchronous(name);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}
}

/**
 * Makes a session.
 * @example await using session = createSession({ browser: 'firefox' });
 */
export function createSession(options: SessionOptions = {}): Session {
	return new Session(options);
}

/** Runs `work` with a new session and closes it afterwards, also when `work` throws. */
export async function withSession<T>(
	work: (session: Session) => T | Promise<T>,
	options: SessionOptions = {},
): Promise<T> {
	if (typeof work !== 'function')
		throw new InvalidArgumentError('The first argument of withSession must be a function.');
	const session = new Session(options);
	try {
		return await work(session);
	} finally {
		await session.close();
	}
}

function ownTransport(options: SessionOptions, state: CheckedState | undefined): Transport {
	if (state === undefined) return new Transport(normalizeKnown(options as Record<string, unknown>));
	// What is given wins; another browser has nothing of the state's but its cookies.
	const { browser, os, fullVersion, brand } = options.browser === undefined ? state : {};
	const remembered = { browser, os: os ?? state.os, fullVersion, brand };
	const given = Object.entries(options).filter(([, value]) => value !== undefined);
	return new Transport(normalizeKnown({ ...remembered, ...Object.fromEntries(given) }));
}
