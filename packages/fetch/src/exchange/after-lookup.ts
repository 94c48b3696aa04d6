import {
	NativeError,
	type NativeExchange,
	type NativeExchangeHandler,
	type NativeRequest,
	type NativeTransport,
} from '@wiretwin/core-native';
import { Waits } from './waits.ts';

/** Addresses of one answer of `lookup` that are dialled; the engine tries no more. */
const maxAddresses = 32;

/** The part of a native transport that begins exchanges. */
export type ExchangeOpener = Pick<NativeTransport, 'exchange'>;

/** Asks for the addresses of a host, until nobody needs them any more. */
export type Question = (asking: Waits) => Promise<readonly string[]>;

/** Gives a request the addresses that its host has. */
export function withAddresses(request: NativeRequest, addresses: readonly string[]): NativeRequest {
	return { ...request, addresses: addresses.slice(0, maxAddresses) };
}

/**
 * Asks when an exchange is to begin, and begins it once the addresses are known; the time counts towards the limit
 * `total`. `onError` is told of whatever the answer rejects with, as it is.
 */
export function afterLookup(native: ExchangeOpener, ask: Question): ExchangeOpener {
	return { exchange: (request, handler) => new AwaitingExchange(native, request, handler, ask) };
}

/** An exchange whose host is being looked up. What is asked of it waits, in order. */
class AwaitingExchange implements NativeExchange {
	readonly #handler: NativeExchangeHandler;
	readonly #since = performance.now();
	readonly #asking = new Waits();
	#native: NativeExchange | undefined;
	#failure: unknown;
	/** Calls that wait for the exchange, or for its failure. */
	#waiting: Array<{ run(native: NativeExchange): void; refuse(reason: unknown): void }> = [];

	constructor(native: ExchangeOpener, request: NativeRequest, handler: NativeExchangeHandler, ask: Question) {
		this.#handler = handler;
		ask(this.#asking).then(
			(found) => this.#begin(native, withAddresses(this.#limited(request), found)),
			(error: unknown) => this.#fail(error),
		);
	}

	get complete(): boolean {
		return this.#native?.complete ?? false;
	}

	get trailers(): string[] {
		return this.#native?.trailers ?? [];
	}

	get timings(): NativeExchange['timings'] {
		return this.#native?.timings ?? {};
	}

	read(): Promise<Uint8Array | null> {
		return this.#later((native) => native.read());
	}

	readAll(): Promise<Uint8Array> {
		return this.#later((native) => native.readAll());
	}

	takeBufferedBody(): Uint8Array | undefined {
		return this.#native?.takeBufferedBody();
	}

	takeBufferedAscii(): string | undefined {
		return this.#native?.takeBufferedAscii();
	}

	write(chunk: Uint8Array): Promise<void> {
		if (this.#native) return this.#native.write(chunk);
		// The caller may use its memory again.
		const bytes = new Uint8Array(chunk);
		return this.#later((native) => native.write(bytes));
	}

	drained(): Promise<void> {
		return this.#later((native) => native.drained());
	}

	end(trailers?: readonly string[]): void {
		this.#whenBegun((native) => native.end(trailers));
	}

	discard(maxBytes?: number): void {
		this.#whenBegun((native) => native.discard(maxBytes));
	}

	confirm(): void {
		this.#native?.confirm(); // nothing is held before it began
	}

	abort(): void {
		if (this.#native) {
			this.#native.abort();
			return;
		}
		if (this.#failure !== undefined) return;
		const failure = new NativeError({ code: 'ERR_ABORTED', phase: 'resolve', replayable: true });
		this.#failure = failure;
		this.#asking.end(() => failure);
		queueMicrotask(() => this.#tell());
	}

	#limited(request: NativeRequest): NativeRequest {
		const { timeouts } = request;
		if (timeouts?.total === undefined) return request;
		const left = Math.max(timeouts.total - (performance.now() - this.#since), 1);
		return { ...request, timeouts: { ...timeouts, total: left } };
	}

	#begin(native: ExchangeOpener, request: NativeRequest): void {
		if (this.#failure !== undefined) return;
		try {
			this.#native = native.exchange(request, this.#handler);
		} catch (error) {
			this.#fail(error);
			return;
		}
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const call of waiting) call.run(this.#native);
	}

	#fail(reason: unknown): void {
		if (this.#failure !== undefined || this.#native) return;
		this.#failure = reason ?? new TypeError('The lookup failed without a reason.');
		this.#tell();
	}

	#tell(): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const call of waiting) call.refuse(this.#failure);
		this.#handler.onError(this.#failure as NativeError);
	}

	#later<T>(call: (native: NativeExchange) => Promise<T>): Promise<T> {
		if (this.#native) return call(this.#native);
		if (this.#failure !== undefined) return Promise.reject(this.#failure);
		return new Promise((resolve, reject) => {
			this.#waiting.push({ run: (native) => call(native).then(resolve, reject), refuse: reject });
		});
	}

	#whenBegun(call: (native: NativeExchange) => void): void {
		if (this.#native) call(this.#native);
		else if (this.#failure === undefined) this.#waiting.push({ run: call, refuse: () => undefined });
	}
}
