import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DispatchController, DispatchHandler, LegacyDispatchHandler } from './contract.ts';

/**
 * A legacy handler that interceptors of undici 7 and 8 can drive too; those of undici 6 still find what they know. undici
 * 7 itself wraps its handlers so before they reach an interceptor.
 */
export class DualHandler implements DispatchHandler, LegacyDispatchHandler {
	readonly #legacy: LegacyDispatchHandler;

	constructor(legacy: LegacyDispatchHandler) {
		this.#legacy = legacy;
	}

	onConnect(abort: (reason?: Error) => void, context?: unknown): void {
		this.#legacy.onConnect?.(abort, context);
	}
	onHeaders(status: number, headers: Buffer[], resume: () => void, text: string): boolean | undefined {
		return this.#legacy.onHeaders?.(status, headers, resume, text);
	}
	onData(chunk: Buffer): boolean | undefined {
		return this.#legacy.onData?.(chunk);
	}
	onComplete(trailers: Buffer[] | string[] | null): void {
		this.#legacy.onComplete?.(trailers);
	}
	onError(error: Error): void {
		this.#legacy.onError?.(error);
	}
	onUpgrade(status: number, headers: Buffer[], socket: Duplex): void {
		this.#legacy.onUpgrade?.(status, headers, socket);
	}

	onRequestStart(controller: DispatchController, context: unknown): void {
		this.#legacy.onConnect?.((reason) => controller.abort(reason as Error), context);
	}
	onResponseStart(controller: DispatchController, status: number, headers: IncomingHttpHeaders, text = ''): void {
		const goesOn = this.#legacy.onHeaders?.(status, flatten(headers), () => controller.resume(), text);
		if (goesOn === false && status >= 200) controller.pause();
	}
	onResponseData(controller: DispatchController, chunk: Buffer): void {
		if (this.#legacy.onData?.(chunk) === false) controller.pause();
	}
	onResponseEnd(_controller: DispatchController, trailers: IncomingHttpHeaders): void {
		this.#legacy.onComplete?.(flatten(trailers));
	}
	onResponseError(_controller: DispatchController, error: Error): void {
		this.#legacy.onError?.(error);
	}
	onRequestUpgrade(
		_controller: DispatchController,
		status: number,
		headers: IncomingHttpHeaders,
		socket: Duplex,
	): void {
		this.#legacy.onUpgrade?.(status, flatten(headers), socket);
	}

	onResponseStarted(): void {
		this.#legacy.onResponseStarted?.();
	}
	onBodySent(chunk: Buffer | number, total?: number): void {
		this.#legacy.onBodySent?.(chunk, total);
	}
	onRequestSent(): void {
		this.#legacy.onRequestSent?.();
	}
}

/** From the record, not from `rawHeaders`: an interceptor may have changed it. */
function flatten(headers: IncomingHttpHeaders | undefined): Buffer[] {
	const list: Buffer[] = [];
	for (const [name, value] of Object.entries(headers ?? {})) {
		for (const one of [value ?? []].flat()) list.push(Buffer.from(name, 'latin1'), Buffer.from(one, 'latin1'));
	}
	return list;
}
