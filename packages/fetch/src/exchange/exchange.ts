import type { DetailedPeerCertificate } from 'node:tls';
import {
	isNativeError,
	type NativeExchange,
	type NativeExchangeHandler,
	type NativeRequest,
} from '@wiretwin/core-native';
import { fromNativeError, fromThrown } from '../errors/from-native.ts';
import { fromHere, type RequestSummary } from '../errors/wiretwin-error.ts';
import type { BodySource, BodyWatcher } from '../response/body-source.ts';
import { type CheckServerIdentity, peerCertificate } from '../tls/peer-certificate.ts';
import type { ExchangeHandler, PhaseEvent, ResponseHead, Timings } from '../types/exchange.ts';
import type { TlsInfo } from '../types/response.ts';
import { onAbort } from './abort-listeners.ts';
import type { ExchangeOpener } from './after-lookup.ts';
import { neverStarted } from './never-started.ts';

/** What the native half tells an exchange, and nobody else may. */
let receive: {
	head(exchange: Exchange, head: Parameters<NativeExchangeHandler['onHead']>[0]): void;
	failure(exchange: Exchange, error: unknown): void;
	end(exchange: Exchange): void;
};

/** Methods, not closures: each request in flight has one of these, and collections of young memory copy it. */
class NativeEvents implements NativeExchangeHandler {
	declare onPhase?: NonNullable<NativeExchangeHandler['onPhase']>;
	declare onInformational?: NonNullable<NativeExchangeHandler['onInformational']>;
	readonly #exchange: Exchange;

	constructor(exchange: Exchange) {
		this.#exchange = exchange;
	}

	onHead(head: Parameters<NativeExchangeHandler['onHead']>[0]): void {
		receive.head(this.#exchange, head);
	}

	onError(error: unknown): void {
		receive.failure(this.#exchange, error);
	}

	onDone(): void {
		receive.end(this.#exchange);
	}
}

/**
 * One request on the wire and its response: no redirects, no cookies, no retries. The lower seam for adapters
 * (docs/internals/adapters-seam.md); `fetch` is built on it too. Its errors are the public ones, or the signal's reason.
 */
export class Exchange implements BodySource {
	/** name, value, ... in the order in which they are sent; cookies and authorization included. */
	readonly requestHeaders: readonly string[];
	/** The same ones go out over HTTP/1.1: the caller has named what the browser itself has over HTTP/2 only. */
	readonly undropped: boolean;
	/** @internal Kept by `RunningExchanges`. */
	place = -1;
	readonly #native: NativeExchange;
	readonly #request: RequestSummary;
	readonly #handler: ExchangeHandler;
	#failure: unknown;
	#settled = false;
	#bytes = 0;
	#isHttp2 = false;
	/** It was to connect only, and has. */
	#isConnected = false;
	#watcher: BodyWatcher | undefined;
	#waitedMs = 0;
	#readers = 0;
	/** The native side has ended and it has not been said. A flag: a closure here survives until a full collection. */
	#ended = false;
	#stopListening: (() => void) | undefined;

	static {
		receive = {
			head(exchange, head) {
				exchange.#isHttp2 = head.httpVersion === '2';
				exchange.#handler.onHead(head as ResponseHead);
			},
			failure: (exchange, error) => exchange.#fail(error),
			end(exchange) {
				exchange.#settle();
				// It may be reported while the last piece is still on its way to the reader; the end is said after it.
				exchange.#ended = true;
				exchange.#reportEnd();
			},
		};
	}

	constructor(
		native: ExchangeOpener,
		request: NativeRequest,
		summary: RequestSummary,
		signal: AbortSignal | undefined,
		handler: ExchangeHandler,
		checkServerIdentity?: CheckServerIdentity,
	) {
		this.requestHeaders = request.headers;
		this.undropped = request.undropped === true;
		this.#request = summary;
		this.#handler = handler;
		const events = new NativeEvents(this);
		if (handler.onPhase || request.hold) {
			// Not assigned at once: V8 would take it for a method, which lives until a full collection.
			const onPhase: NativeExchangeHandler['onPhase'] = (event) => {
				if (event.type !== 'held') handler.onPhase?.(event);
				else if (checkServerIdentity) this.#identify(request.host, event.tls, checkServerIdentity);
				else this.#connected({ ...event, type: 'acquired' });
			};
			events.onPhase = onPhase;
		}
		if (handler.onInformational) {
			const onInformational: NativeExchangeHandler['onInformational'] = (status, rawHeaders) =>
				handler.onInformational?.(status, rawHeaders);
			events.onInformational = onInformational;
		}
		try {
			this.#native = signal?.aborted ? neverStarted(events) : native.exchange(request, events);
		} catch (error) {
			throw fromThrown(error, summary);
		}
		if (signal?.aborted) this.abort(signal.reason);
		else if (signal) this.#stopListening = onAbort(signal, () => this.abort(signal.reason));
	}

	/** Next piece of the body, up to 256 kB, `null` at the end. One call at a time; nothing is read ahead. */
	read(): Promise<Uint8Array | null> {
		return this.#take(() => this.#native.read());
	}

	/** All of the rest. */
	readAll(): Promise<Uint8Array> {
		return this.#take(() => this.#native.readAll());
	}

	/** The whole rest if it has arrived already, without a promise. */
	takeBuffered(): Uint8Array | undefined {
		if (this.#failure !== undefined) return undefined;
		this.#readers += 1;
		const bytes = this.#native.takeBufferedBody();
		this.#took(bytes?.byteLength ?? 0);
		return bytes;
	}

	/** The same as text, if it is short and ASCII; `undefined` leaves it where it is. */
	takeAscii(): string | undefined {
		if (this.#failure !== undefined) return undefined;
		this.#readers += 1;
		const text = this.#native.takeBufferedAscii();
		this.#took(text?.length ?? 0);
		return text;
	}

	/** Sends a piece of a body announced as `'stream'`; resolves when more may be written. */
	async write(chunk: Uint8Array): Promise<void> {
		try {
			await this.#native.write(chunk);
		} catch (error) {
			throw this.#publicError(error);
		}
	}

	/** @internal Resolves once the connection has taken everything written so far. */
	async drained(): Promise<void> {
		try {
			await this.#native.drained();
		} catch (error) {
			throw this.#publicError(error);
		}
	}

	/** Ends a body announced as `'stream'`. */
	end(trailers?: readonly string[]): void {
		if (!this.#settled) this.#native.end(trailers);
	}

	/** Gives the rest of the body up, reading on for up to `maxBytes` to keep the connection. @default 65_536 */
	discard(maxBytes?: number): void {
		this.#native.discard(maxBytes);
	}

	/**
	 * Gives the body up. A stream of HTTP/2 is reset at once, as browsers do; HTTP/1 reads on for a moment (64 kB, 5 s) to
	 * keep the connection.
	 */
	cancel(): void {
		this.#native.discard(this.#isHttp2 ? 0 : undefined);
	}

	/** Stops at once, in any phase. `onError` and pending reads get `reason`; idempotent. */
	abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
		if (this.#settled) return;
		this.#failure ??= reason;
		this.#native.abort();
	}

	watch(watcher: BodyWatcher): void {
		this.#watcher = watcher;
	}

	get failure(): unknown {
		return this.#failure;
	}

	/** name, value, ... known once the body has ended. */
	get trailers(): readonly string[] {
		return this.#native.trailers;
	}

	/** Milliseconds since the start; complete once the body has ended. */
	get timings(): Timings {
		return this.#native.timings;
	}

	/** @internal How long reads have waited for bytes, milliseconds; measured only for those who listen to progress. */
	get waitedMs(): number {
		return this.#waitedMs;
	}

	/** Everything has arrived, read or not: nothing of the connection is held any more. */
	get complete(): boolean {
		return this.#native.complete;
	}

	/** `onEnd` or `onError` has been called. */
	get settled(): boolean {
		return this.#settled;
	}

	/** Lets the caller see who the peer is; nothing has been sent to it. As in Node, anything but nothing is a refusal. */
	#identify(host: string, tls: TlsInfo | undefined, check: CheckServerIdentity): void {
		let refusal: unknown;
		try {
			refusal = tls && check(host, peerCertificate(tls, true) as DetailedPeerCertificate, tls);
		} catch (error) {
			refusal = error ?? new TypeError('checkServerIdentity has thrown nothing.');
		}
		if (!refusal) this.#native.confirm();
		else this.abort(refusal instanceof Error ? refusal : notAnError(refusal));
	}

	/** The connection is given back to the pool for whoever comes. */
	#connected(event: PhaseEvent): void {
		this.#isConnected = true;
		this.#handler.onPhase?.(event);
		this.#native.abort();
	}

	async #take<T extends Uint8Array | null>(read: () => Promise<T>): Promise<T> {
		if (this.#failure !== undefined) throw fromHere(this.#failure);
		this.#readers += 1;
		let bytes: T | undefined;
		const since = this.#handler.onProgress ? performance.now() : 0;
		try {
			bytes = await read();
			return bytes;
		} catch (error) {
			throw fromHere(this.#publicError(error));
		} finally {
			if (this.#handler.onProgress) this.#waitedMs += performance.now() - since;
			this.#took(bytes?.byteLength ?? 0);
		}
	}

	#took(length: number): void {
		this.#readers -= 1;
		// Nothing is no progress, and of an empty body the end may have been told before it was asked for.
		if (length > 0) {
			this.#bytes += length;
			this.#handler.onProgress?.(this.#bytes);
		}
		this.#reportEnd();
	}

	#reportEnd(): void {
		if (this.#readers > 0 || !this.#ended) return;
		this.#ended = false;
		const handler = this.#handler;
		this.#watcher?.(undefined);
		if (this.#failure !== undefined) handler.onError(this.#failure);
		else if (handler.onDone) handler.onDone();
		else handler.onEnd?.(this.#native.trailers, this.#native.timings);
	}

	#fail(error: unknown): void {
		if (this.#isConnected) {
			this.#settle();
			this.#ended = true;
			this.#reportEnd();
			return;
		}
		const failure = this.#publicError(error);
		this.#settle();
		this.#watcher?.(failure);
		this.#handler.onError(failure);
	}

	#publicError(error: unknown): unknown {
		this.#failure ??= isNativeError(error) ? fromNativeError(error, this.#request) : error;
		return this.#failure;
	}

	/** Every exit passes here: the caller's signal is left without a listener of ours. */
	#settle(): void {
		this.#settled = true;
		this.#stopListening?.();
		this.#stopListening = undefined;
	}
}

/** A check that gives a promise, for example, has not said "yes". */
function notAnError(value: unknown): TypeError {
	const message = `checkServerIdentity must return an Error or undefined, at once; it returned ${typeof value}.`;
	return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG' });
}
