import type { Duplex } from 'node:stream';
import type { DispatchController, DispatchHandler, LegacyDispatchHandler } from './contract.ts';
import { undiciError } from './errors.ts';
import { toBuffers, toRecord } from './response-headers.ts';

/** The one face that the dispatch loop sees, whichever generation of handler stands behind it. */
export interface ResponseSink {
	start(): void;
	/** Also for 1xx, any number of times before the last. */
	head(status: number, rawHeaders: readonly string[], reason: string): void;
	upgrade(status: number, rawHeaders: readonly string[], socket: Duplex): void;
	data(chunk: Buffer): void;
	end(rawTrailers: readonly string[]): void;
	error(error: Error): void;
	bodySent(chunk: Buffer): void;
	requestSent(): void;
	/** The handler asked to hold the body back. */
	readonly paused: boolean;
}

/** What the handler may do to the exchange. */
export type SinkControl = { abort(reason: Error): void; resumed(): void };

/** True for a handler of undici 7 or 8. A wrapped handler of undici 7 has both forms; the newer one loses nothing. */
export function isControllerHandler(handler: DispatchHandler | LegacyDispatchHandler): handler is DispatchHandler {
	const { onRequestStart, onResponseStart } = handler as DispatchHandler;
	return typeof onRequestStart === 'function' || typeof onResponseStart === 'function';
}

/** Chooses the generation. */
export function makeSink(handler: DispatchHandler | LegacyDispatchHandler, control: SinkControl): ResponseSink {
	return isControllerHandler(handler) ? new ControllerSink(handler, control) : new LegacySink(handler, control);
}

class ControllerSink implements ResponseSink, DispatchController {
	aborted = false;
	paused = false;
	reason: Error | null = null;
	readonly #handler: DispatchHandler;
	readonly #control: SinkControl;
	/** Turned into buffers only when somebody looks: undici's `request` does not. */
	#headers: readonly string[] | null = null;
	#rawHeaders: Buffer[] | null = null;
	#trailers: readonly string[] | null = null;
	#rawTrailers: Buffer[] | null = null;

	constructor(handler: DispatchHandler, control: SinkControl) {
		this.#handler = handler;
		this.#control = control;
	}

	get rawHeaders(): Buffer[] | null {
		this.#rawHeaders ??= this.#headers && toBuffers(this.#headers);
		return this.#rawHeaders;
	}
	set rawHeaders(value: Buffer[] | null) {
		this.#rawHeaders = value;
	}

	get rawTrailers(): Buffer[] | null {
		this.#rawTrailers ??= this.#trailers && toBuffers(this.#trailers);
		return this.#rawTrailers;
	}
	set rawTrailers(value: Buffer[] | null) {
		this.#rawTrailers = value;
	}

	abort(reason?: Error): void {
		if (this.aborted) return;
		this.aborted = true;
		this.reason = reason ?? abortedError();
		this.#control.abort(this.reason);
	}

	pause(): void {
		this.paused = true;
	}

	resume(): void {
		if (!this.paused) return;
		this.paused = false;
		this.#control.resumed();
	}

	start(): void {
		this.#handler.onRequestStart?.(this, null);
	}

	head(status: number, rawHeaders: readonly string[], reason: string): void {
		this.#headers = rawHeaders;
		this.#rawHeaders = null;
		this.#handler.onResponseStarted?.();
		this.#handler.onResponseStart?.(this, status, toRecord(rawHeaders), reason);
	}

	upgrade(status: number, rawHeaders: readonly string[], socket: Duplex): void {
		this.#headers = rawHeaders;
		this.#rawHeaders = null;
		this.#handler.onRequestUpgrade?.(this, status, toRecord(rawHeaders), socket);
	}

	data(chunk: Buffer): void {
		this.#handler.onResponseData?.(this, chunk);
	}

	end(rawTrailers: readonly string[]): void {
		this.#trailers = rawTrailers;
		this.#handler.onResponseEnd?.(this, toRecord(rawTrailers));
	}

	error(error: Error): void {
		this.#handler.onResponseError?.(this, error);
	}

	bodySent(chunk: Buffer): void {
		this.#handler.onBodySent?.(chunk);
	}

	requestSent(): void {
		this.#handler.onRequestSent?.();
	}
}

class LegacySink implements ResponseSink {
	paused = false;
	readonly #handler: LegacyDispatchHandler;
	readonly #control: SinkControl;
	readonly #resume = (): void => {
		if (!this.paused) return;
		this.paused = false;
		this.#control.resumed();
	};

	constructor(handler: LegacyDispatchHandler, control: SinkControl) {
		this.#handler = handler;
		this.#control = control;
	}

	start(): void {
		this.#handler.onConnect?.((reason) => this.#control.abort(reason ?? abortedError()), null);
	}

	head(status: number, rawHeaders: readonly string[], reason: string): void {
		this.#handler.onResponseStarted?.();
		const goesOn = this.#handler.onHeaders?.(status, toBuffers(rawHeaders), this.#resume, reason);
		// An interim answer has no body to hold back, and some handlers answer nothing for it.
		if (goesOn === false && status >= 200) this.paused = true;
	}

	upgrade(status: number, rawHeaders: readonly string[], socket: Duplex): void {
		this.#handler.onUpgrade?.(status, toBuffers(rawHeaders), socket);
	}

	data(chunk: Buffer): void {
		if (this.#handler.onData?.(chunk) === false) this.paused = true;
	}

	end(rawTrailers: readonly string[]): void {
		this.#handler.onComplete?.(toBuffers(rawTrailers));
	}

	error(error: Error): void {
		this.#handler.onError?.(error);
	}

	bodySent(chunk: Buffer): void {
		this.#handler.onBodySent?.(chunk);
	}

	requestSent(): void {
		this.#handler.onRequestSent?.();
	}
}

function abortedError(): Error {
	return undiciError('UND_ERR_ABORTED', 'Request aborted');
}
