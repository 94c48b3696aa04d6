import type { Exchange } from 'wiretwin';
import { toBytes } from './request-body.ts';

/** Where an upload reports to. */
export type UploadEvents = {
	onSent(chunk: Buffer): void;
	onAllSent(): void;
	/** The caller's source failed, or gave something that is not bytes. */
	onError(error: Error): void;
};

/** Sends a streamed body piece by piece, as fast as the connection takes it. */
export class RequestUpload {
	readonly #source: AsyncIterable<unknown>;
	readonly #exchange: Exchange;
	readonly #events: UploadEvents;
	#iterator: AsyncIterator<unknown> | undefined;
	#over = false;

	constructor(source: AsyncIterable<unknown>, exchange: Exchange, events: UploadEvents) {
		this.#source = source;
		this.#exchange = exchange;
		this.#events = events;
	}

	/** Never rejects. */
	async run(): Promise<void> {
		try {
			const iterator = this.#source[Symbol.asyncIterator]();
			this.#iterator = iterator;
			for (;;) {
				const { done, value } = await iterator.next();
				if (this.#over) return;
				if (done) break;
				const bytes = toBytes(value);
				await this.#exchange.write(bytes);
				if (this.#over) return;
				this.#events.onSent(bytes);
			}
			this.#over = true;
			this.#exchange.end();
			this.#events.onAllSent();
		} catch (error) {
			// After a failure of the exchange itself this finds it settled and changes nothing.
			if (!this.#over) this.#events.onError(error instanceof Error ? error : new Error(String(error)));
		}
	}

	/** The request is over: the source is told to stop, also while it hangs. */
	stop(reason: Error | undefined): void {
		if (this.#over) return;
		this.#over = true;
		const { destroy } = this.#source as { destroy?: unknown };
		if (typeof destroy === 'function') {
			destroy.call(this.#source, reason);
			return;
		}
		this.#iterator?.return?.().catch(() => undefined);
	}
}
