import type { NativeError, NativeExchange, NativeRequest, NativeTransport } from '@wiretwin/core-native';
import { fromNativeError } from '../errors/from-native.ts';
import type { RequestSummary } from '../errors/wiretwin-error.ts';
import type { BodySource } from '../response/body-source.ts';
import type { ExchangeHandler, ResponseHead, Timings } from '../types/exchange.ts';
import { onAbort } from './abort-listeners.ts';

/**
 * One request on the wire and its response: no redirects, no cookies, no retries. The lower seam for adapters
 * (docs/internals/adapters-seam.md); `fetch` is built on it too. Its errors are the public ones, or the signal's reason.
 */
export class Exchange implements BodySource {
	/** name, value, ... in the order in which they are sent; cookies and authorization included. */
	readonly requestHeaders: readonly string[];
	readonly #native: NativeExchange;
	readonly #request: RequestSummary;
	readonly #handler: ExchangeHandler;
	#failure: unknown;
	#settled = false;
	#bytes = 0;
	#stopListening: (() => void) | undefined;

	constructor(
		native: NativeTransport,
		request: NativeRequest,
		summary: RequestSummary,
		signal: AbortSignal | undefined,
		handler: ExchangeHandler,
	) {
		this.requestHeaders = request.headers;
		this.#request = summary;
		this.#handler = handler;
		this.#native = native.exchange(request, {
			onHead: (head) => handler.onHead(head as ResponseHead),
			onError: (error) => this.#fail(error),
			onEnd: (trailers, timings) => {
				this.#settle();
				handler.onEnd?.(trailers, timings);
			},
			...(handler.onPhase ? { onPhase: (event) => handler.onPhase?.(event) } : {}),
			...(handler.onInformational
				? { onInformational: (status, rawHeaders) => handler.onInformational?.(status, rawHeaders) }
				: {}),
		});
		if (signal) this.#stopListening = onAbort(signal, () => this.abort(signal.reason));
	}

	/** Next piece of the body, up to 256 kB, `null` at the end. One call at a time; nothing is read ahead. */
	async read(): Promise<Uint8Array | null> {
		try {
			const chunk = await this.#native.read();
			if (chunk !== null) this.#count(chunk);
			return chunk;
		} catch (error) {
			throw this.#publicError(error);
		}
	}

	/** All of the rest. */
	async readAll(): Promise<Uint8Array> {
		try {
			const bytes = await this.#native.readAll();
			this.#count(bytes);
			return bytes;
		} catch (error) {
			throw this.#publicError(error);
		}
	}

	/** The whole rest if it has arrived already, without a promise. */
	takeBuffered(): Uint8Array | undefined {
		const bytes = this.#failure === undefined ? this.#native.takeBufferedBody() : undefined;
		if (bytes) this.#count(bytes);
		return bytes;
	}

	/** Sends a piece of a body announced as `'stream'`; resolves when more may be written. */
	async write(chunk: Uint8Array): Promise<void> {
		try {
			await this.#native.write(chunk);
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

	/** Gives the body up. Same as `discard()`. */
	cancel(): void {
		this.#native.discard();
	}

	/** Stops at once, in any phase. `onError` and pending reads get `reason`; idempotent. */
	abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
		if (this.#settled) return;
		this.#failure ??= reason;
		this.#native.abort();
	}

	/** name, value, ... known once the body has ended. */
	get trailers(): readonly string[] {
		return this.#native.trailers;
	}

	/** Milliseconds since the start; complete once the body has ended. */
	get timings(): Timings {
		return this.#native.timings;
	}

	/** `onEnd` or `onError` has been called. */
	get settled(): boolean {
		return this.#settled;
	}

	#count(chunk: Uint8Array): void {
		this.#bytes += chunk.byteLength;
		this.#handler.onProgress?.(this.#bytes);
	}

	#fail(error: NativeError): void {
		this.#failure ??= fromNativeError(error, this.#request);
		this.#settle();
		this.#handler.onError(this.#failure);
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

function isNativeError(error: unknown): error is NativeError {
	return error instanceof Error && error.name === 'NativeError';
}
