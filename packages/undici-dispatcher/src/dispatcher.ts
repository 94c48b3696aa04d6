import type { PeerCertificate } from 'node:tls';
import {
	type Bindable,
	bindingOf,
	type ExchangeRequest,
	formBytes,
	isLibraryForm,
	type PageFactsInput,
	type Session,
	type Transport,
	withBrowserBoundary,
} from 'wiretwin';
import { ClientMethods } from './client-methods.ts';
import type { DispatchHandler, DispatchOptions, LegacyDispatchHandler } from './contract.ts';
import { DispatchExchange } from './dispatch-exchange.ts';
import { undiciError } from './errors.ts';
import { type PreparedDispatch, prepare } from './prepare.ts';
import { collect, collectBytes, isGenerator } from './request-body.ts';
import { makeSink } from './response-sink.ts';

/** How a dispatcher sends. */
export type WiretwinDispatcherOptions = {
	/**
	 * Send the session's cookies and store those that servers set. A caller's own `cookie` field wins. Nothing to do for
	 * a transport, which has no jar. @default true
	 */
	cookies?: boolean | undefined;
	/** What requests are for; decides header order, `accept`, `sec-fetch-*` and priority. @default 'fetch' */
	kind?: ExchangeRequest['kind'] | undefined;
	/**
	 * Limits in milliseconds; a request's own `headersTimeout` and `bodyTimeout` win.
	 * @default the session's, for parts that it does not name undici's: 10_000 for each of `resolve`, `connect`, `proxy` and `tls`, 300_000 for `head` and `idle`
	 */
	timeouts?: ExchangeRequest['timeouts'] | undefined;
	/**
	 * As undici's, but for what belongs to the session (`ca`, `rejectUnauthorized`, ...). `checkServerIdentity` is asked about
	 * the certificate of each connection, also of one that is used again, before a byte of the request is sent; an `Error`
	 * that it returns is what the request fails with.
	 */
	connect?: { checkServerIdentity?: IdentityCheck | undefined } | undefined;
};

/** Whatever is imported as undici there sends by itself and takes no notice of a dispatcher: nothing would be a browser's. */
function refuseBun(): void {
	if (process.versions.bun === undefined) return;
	throw undiciError(
		'UND_ERR_NOT_SUPPORTED',
		"Bun has a client of its own in place of undici, which takes no dispatcher: use session.fetch, or wiretwin's adapters for got, ky and node:https",
	);
}

/** What it returns, if anything, is why the server is not the right one. */
type IdentityCheck = (hostname: string, certificate: PeerCertificate) => Error | undefined;

/** undici's own defaults, so that a silent server does not hold a request for ever. */
const undiciTimeouts: NonNullable<ExchangeRequest['timeouts']> = {
	resolve: 10_000,
	connect: 10_000,
	proxy: 10_000,
	tls: 10_000,
	head: 300_000,
	idle: 300_000,
};

/**
 * A dispatcher for `undici.request`, `stream`, `pipeline`, `fetch`, `WebSocket`, `setGlobalDispatcher` and Node's
 * built-in `fetch` whose requests are a browser's on the wire. Closing it leaves the session or transport open: that
 * belongs to the caller. It emits none of undici's connection events.
 */
export class WiretwinDispatcher extends ClientMethods {
	readonly #source: Session | Transport;
	readonly #session: Session | undefined;
	/** Who asks, of a dispatcher of a page. */
	readonly #asker: Pick<PageFactsInput, 'initiator' | 'referrerPolicy' | 'profile'> | undefined;
	readonly #kind: NonNullable<ExchangeRequest['kind']>;
	readonly #timeouts: NonNullable<ExchangeRequest['timeouts']>;
	readonly #check: IdentityCheck | undefined;
	readonly #running = new Set<DispatchExchange>();
	#whenIdle: (() => void)[] = [];
	#closed = false;
	#destroyed = false;

	/** @internal Use `wiretwinDispatcher`. */
	constructor(target: Bindable, options: WiretwinDispatcherOptions) {
		super();
		refuseBun();
		const { source, initiator, referrerPolicy } = bindingOf(target as Session | Transport);
		checkArguments(source, options);
		this.#source = source;
		this.#asker = initiator && { initiator, referrerPolicy, profile: this.#profile };
		this.#session = options.cookies !== false && 'cookieJar' in source ? source : undefined;
		this.#kind = options.kind ?? 'fetch';
		this.#timeouts =
			options.timeouts ?? ('timeouts' in source ? { ...undiciTimeouts, ...source.timeouts } : undiciTimeouts);
		this.#check = identityCheckOf(options.connect);
	}

	get closed(): boolean {
		return this.#closed;
	}

	get destroyed(): boolean {
		return this.#destroyed;
	}

	/**
	 * undici's `Dispatcher.dispatch`; takes handlers of undici 6, 7, 8 and of Node's own copy. Throws only when `handler`
	 * is no object; every other failure is reported to it.
	 */
	readonly dispatch = (options: DispatchOptions, handler: DispatchHandler | LegacyDispatchHandler): boolean => {
		if (!handler || typeof handler !== 'object') throw undiciError('UND_ERR_INVALID_ARG', 'handler must be an object');
		let prepared: PreparedDispatch | undefined;
		const sink = makeSink(handler, {
			abort: (reason) => running.abort(reason),
			resumed: () => running.resumed(),
		});
		const running: DispatchExchange = new DispatchExchange(sink, {
			onSettled: () => this.#settled(running),
			onFields: (rawHeaders) => prepared && this.#storeCookies(prepared, rawHeaders),
		});
		this.#running.add(running);
		try {
			if (this.#destroyed) throw undiciError('UND_ERR_DESTROYED', 'The client is destroyed');
			if (this.#closed) throw undiciError('UND_ERR_CLOSED', 'The client is closed');
			prepared = prepare(options, this.#kind, this.#timeouts, this.#asker);
			const check = this.#check;
			if (check) {
				prepared.request.checkServerIdentity = (hostname, certificate) => check(hostname, certificate);
			}
			sink.start();
			if (!running.settled) this.#start(running, prepared);
		} catch (error) {
			running.fail(error);
		}
		return true;
	};

	close(callback?: () => void): Promise<void> {
		this.#closed = true;
		const idle =
			this.#running.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => this.#whenIdle.push(resolve));
		if (callback) void idle.then(callback);
		return idle;
	}

	destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> {
		const reason = error instanceof Error ? error : undiciError('UND_ERR_DESTROYED', 'The client is destroyed');
		const done = typeof error === 'function' ? error : callback;
		this.#closed = true;
		this.#destroyed = true;
		for (const running of [...this.#running]) running.abort(reason);
		if (done) queueMicrotask(done);
		return Promise.resolve();
	}

	#start(running: DispatchExchange, prepared: PreparedDispatch): void {
		const { body } = prepared;
		const send = (request: ExchangeRequest): void =>
			running.run((what, handler) => this.#source.exchange(what, handler), request, prepared.body);
		const collects = isCollected(prepared);
		const cookie =
			this.#session && prepared.request.cookie === undefined
				? this.#session.cookieHeader(prepared.cookieUrl, prepared.cookies)
				: undefined;
		if (!collects && typeof cookie !== 'object') {
			if (cookie) prepared.request.cookie = cookie;
			send(prepared.request);
			return;
		}
		const bytes = collects && 'pieces' in body ? collect(body.pieces, prepared.request.contentLength) : undefined;
		Promise.all([cookie, bytes]).then(
			([cookieValue, bytesValue]) => {
				if (bytesValue !== undefined) this.#useBytes(prepared, bytesValue);
				if (cookieValue) prepared.request.cookie = cookieValue;
				send(prepared.request);
			},
			(error) => running.fail(error),
		);
	}

	get #profile(): Transport['profile'] {
		return ('transport' in this.#source ? this.#source.transport : this.#source).profile;
	}

	/** The body was collected: it goes out as bytes, a form with a boundary of the browser's. */
	#useBytes(prepared: PreparedDispatch, collected: Uint8Array): void {
		const { request } = prepared;
		let bytes = collected;
		if (isLibraryForm(request.contentType)) {
			const form = withBrowserBoundary(collected, request.contentType, this.#profile);
			bytes = form.bytes;
			request.contentType = form.contentType;
		}
		prepared.body = { bytes };
		request.body = bytes;
		delete request.contentLength;
	}

	#storeCookies({ cookieUrl, cookies }: PreparedDispatch, rawHeaders: readonly string[]): Promise<void> | undefined {
		// A broken store must not fail a response that has arrived; the cookie is lost, as with a full disk in a browser.
		try {
			const storing = this.#session?.storeCookies(cookieUrl, rawHeaders, cookies);
			return storing ? storing.catch(() => undefined) : undefined;
		} catch {
			return undefined;
		}
	}

	#settled(running: DispatchExchange): void {
		this.#running.delete(running);
		if (this.#running.size > 0) return;
		for (const resolve of this.#whenIdle.splice(0)) resolve();
	}
}

const optionNames: ReadonlySet<string> = new Set(['connect', 'cookies', 'kind', 'timeouts']);

function checkArguments(source: unknown, options: unknown): void {
	if (typeof (source as Partial<Transport> | undefined)?.exchange !== 'function') {
		throw undiciError(
			'UND_ERR_INVALID_ARG',
			'A dispatcher needs a session (createSession) or a transport (createTransport)',
		);
	}
	if (typeof options !== 'object' || options === null) {
		throw undiciError('UND_ERR_INVALID_ARG', 'The options of a dispatcher are an object');
	}
	for (const name of Object.keys(options)) {
		if (optionNames.has(name) || (options as Record<string, unknown>)[name] === undefined) continue;
		throw undiciError(
			'UND_ERR_INVALID_ARG',
			`Option "${name}" is not one of a dispatcher; those of connections belong to the session`,
		);
	}
}

/** An option of a connection that is not heeded could be the one that someone relies on. */
function identityCheckOf(connect: WiretwinDispatcherOptions['connect']): IdentityCheck | undefined {
	for (const name of Object.keys(connect ?? {})) {
		if (name === 'checkServerIdentity') continue;
		throw undiciError('UND_ERR_INVALID_ARG', `connect.${name} belongs to the session: createSession({ ... })`);
	}
	const check = connect?.checkServerIdentity;
	if (check === undefined || typeof check === 'function') return check;
	throw undiciError('UND_ERR_INVALID_ARG', 'connect.checkServerIdentity must be a function');
}

/** Short bodies of fetch, which browsers send in one flight, and forms, whose boundary has to be the browser's. */
function isCollected({ body, request }: PreparedDispatch): boolean {
	if (!('pieces' in body)) return false;
	const { contentLength, contentType } = request;
	if (isLibraryForm(contentType)) return (contentLength ?? 0) <= formBytes;
	return isGenerator(body.pieces) && contentLength !== undefined && contentLength <= collectBytes;
}

/**
 * Makes a dispatcher over a session (its cookies included), a bare transport, or a page (`session.open`) that asks.
 * @example setGlobalDispatcher(wiretwinDispatcher(session));
 */
export function wiretwinDispatcher(source: Bindable, options: WiretwinDispatcherOptions = {}): WiretwinDispatcher {
	return new WiretwinDispatcher(source, options);
}
