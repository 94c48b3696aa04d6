import { onAbort } from './abort-listeners.ts';

/** Those that wait for something of the caller's (a lookup, a store of cookies) which may never come: closing lets them go. */
export class Waits {
	readonly #stops = new Set<(reason: unknown) => void>();

	/** Calls `stop` when all is over. Returns how to wait no longer. */
	add(stop: (reason: unknown) => void): () => void {
		this.#stops.add(stop);
		return () => this.#stops.delete(stop);
	}

	/** The answer, unless the end or the signal comes first. */
	async until<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
		const stopped = Promise.withResolvers<never>();
		const leave = this.add(stopped.reject);
		const release = signal && onAbort(signal, () => stopped.reject(signal.reason));
		try {
			return await Promise.race([answer, stopped.promise]);
		} finally {
			leave();
			release?.();
		}
	}

	/** `reason` is called if somebody waits: an error with its stack costs more than the rest of closing. */
	end(reason: () => unknown): void {
		if (this.#stops.size === 0) return;
		const why = reason();
		for (const stop of [...this.#stops]) stop(why);
	}
}
