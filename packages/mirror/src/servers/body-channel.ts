/**
 * Request body between the protocol and a handler: pushed on one side, iterated once on the other. The protocol learns
 * about every byte that was taken, so that it can return flow-control window or resume its socket.
 */
export class BodyChannel implements AsyncIterable<Buffer> {
	readonly #onConsumed: (bytes: number) => void;
	readonly #onFirstRead: () => void;
	#queue: Buffer[] = [];
	#ended = false;
	#failure: Error | null = null;
	#discarding = false;
	#wake: (() => void) | null = null;
	#buffered = 0;

	/**
	 * @param onConsumed called with the number of bytes the reader took (or that were thrown away)
	 * @param onFirstRead called when somebody begins to read: the moment for `100 Continue`
	 */
	constructor(onConsumed: (bytes: number) => void, onFirstRead: () => void = () => {}) {
		this.#onConsumed = onConsumed;
		this.#onFirstRead = onFirstRead;
	}

	/** Bytes that nobody has taken yet. */
	get buffered(): number {
		return this.#buffered;
	}

	push(chunk: Buffer): void {
		if (chunk.length === 0 || this.#ended) return;
		if (this.#discarding) {
			this.#onConsumed(chunk.length);
			return;
		}
		this.#queue.push(chunk);
		this.#buffered += chunk.length;
		this.#signal();
	}

	/** No more bytes will come. */
	end(): void {
		this.#ended = true;
		this.#signal();
	}

	/** More bytes come after all: the stream became a tunnel. Only before anybody read. */
	reopen(): void {
		this.#ended = false;
	}

	/** The body will never be complete: the reader gets this error after what is queued. */
	fail(error: Error): void {
		if (this.#ended) return;
		this.#failure = error;
		this.end();
	}

	/** Throws away what is queued and what still comes. */
	discard(): void {
		if (this.#discarding) return;
		this.#discarding = true;
		const { length } = Buffer.concat(this.#queue.splice(0));
		this.#buffered = 0;
		if (length > 0) this.#onConsumed(length);
		this.#signal();
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
		this.#onFirstRead();
		for (;;) {
			const chunk = this.#queue.shift();
			if (chunk) {
				this.#buffered -= chunk.length;
				this.#onConsumed(chunk.length);
				yield chunk;
			} else if (this.#failure) throw this.#failure;
			else if (this.#ended || this.#discarding) return;
			else await this.#nextPush();
		}
	}

	#nextPush(): Promise<void> {
		return new Promise((resolve) => {
			this.#wake = resolve;
		});
	}

	#signal(): void {
		this.#wake?.();
		this.#wake = null;
	}
}
