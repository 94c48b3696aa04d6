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

	/** Bytes so far. */
	get written(): number {
		return this.#written;
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

	/** Resolves when everything sent so far has been taken; `onWait` is called if that is not yet so. */
	drained(onWait: () => void): Promise<void> {
		if (this.#taken >= this.#written) return Promise.resolve();
		const until = this.#written;
		const promise = new Promise<void>((resolve, reject) => {
			this.#writers.push({ until, resolve, reject });
		});
		onWait();
		return promise;
	}

	/** The connection has taken this many bytes since the start. */
	took(total: number): void {
		this.#taken = Math.max(this.#taken, total);
		if (this.#writers.length === 0) return;
		const waiting = this.#writers;
		this.#writers = [];
		for (const writer of waiting) {
			if (writer.until <= this.#taken) writer.resolve();
			else this.#writers.push(writer);
		}
	}

	fail(error: NativeError): void {
		const writers = this.#writers;
		this.#writers = [];
		for (const writer of writers) writer.reject(error);
	}
}
