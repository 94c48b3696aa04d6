import type { NativeError } from './native-error.ts';

/** Bytes written but not yet taken by the connection above which a writer waits (limits.rs, UPLOAD_QUEUE_HIGH). */
const highWater = 256 * 1024;

type Writer = { until: number; resolve(): void; reject(error: NativeError): void };

/** Backpressure of one streamed request body: a writer waits until the connection has taken enough of what it sent. */
export class UploadQueue {
	ended = false;
	#written = 0;
	#taken = 0;
	#writers: Writer[] = [];

	get waiting(): boolean {
		return this.#writers.length > 0;
	}

	/** Resolves at once below the high-water mark; `onWait` is called if not. */
	sent(bytes: number, onWait: () => void): Promise<void> {
		this.#written += bytes;
		if (this.#written - this.#taken < highWater) return Promise.resolve();
		const until = this.#written - highWater + 1;
		const promise = new Promise<void>((resolve, reject) => {
			this.#writers.push({ until, resolve, reject });
		});
		onWait();
		return promise;
	}

	/** The connection has taken this many bytes since the start. */
	took(total: number): void {
		this.#taken = Math.max(this.#taken, total);
		while (this.#writers[0] && this.#writers[0].until <= this.#taken) this.#writers.shift()?.resolve();
	}

	fail(error: NativeError): void {
		const writers = this.#writers;
		this.#writers = [];
		for (const writer of writers) writer.reject(error);
	}
}
