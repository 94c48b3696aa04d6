/** Told once: the error that ended the body, or `undefined` for its end. */
export type BodyWatcher = (failure: unknown) => void;

/** Where a response body comes from. All rejections are public errors or the abort reason. */
export interface BodySource {
	/** Next piece, `null` at the end. One call at a time. */
	read(): Promise<Uint8Array | null>;
	/** All of the rest. */
	readAll(): Promise<Uint8Array>;
	/** The whole rest if it is here already; `undefined` = ask `readAll`. */
	takeBuffered(): Uint8Array | undefined;
	/** The same as text, if it is short and ASCII; `undefined` leaves it where it is. */
	takeAscii?(): string | undefined;
	/** Gives the rest up and frees the connection. Idempotent. */
	cancel(): void;
	/** Calls back when the body fails, and when all of it has been read, also if nobody reads. */
	watch?(watcher: BodyWatcher): void;
	/** It has ended, in whatever way. */
	readonly settled?: boolean;
	/** Why it cannot be read any more. */
	readonly failure?: unknown;
	/** Everything has arrived: a source that is dropped now holds nothing. */
	readonly complete?: boolean;
}

/** Source over bytes that are here already. */
export class BytesSource implements BodySource {
	readonly complete = true;
	#bytes: Uint8Array | undefined;
	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}
	get settled(): boolean {
		return this.#bytes === undefined || this.#bytes.byteLength === 0;
	}
	async read(): Promise<Uint8Array | null> {
		const bytes = this.#bytes;
		this.#bytes = undefined;
		return bytes === undefined || bytes.byteLength === 0 ? null : bytes;
	}
	async readAll(): Promise<Uint8Array> {
		return (await this.read()) ?? new Uint8Array(0);
	}
	takeBuffered(): undefined {
		return undefined;
	}
	cancel(): void {
		this.#bytes = undefined;
	}
}

/** Source over a stream, for the halves of a cloned response. */
export class StreamSource implements BodySource {
	readonly complete = false;
	readonly stream: ReadableStream<Uint8Array>;
	constructor(stream: ReadableStream<Uint8Array>) {
		this.stream = stream;
	}
	async read(): Promise<Uint8Array | null> {
		const reader = this.stream.getReader();
		try {
			const { done, value } = await reader.read();
			return done ? null : value;
		} finally {
			reader.releaseLock();
		}
	}
	async readAll(): Promise<Uint8Array> {
		const chunks: Uint8Array[] = [];
		const reader = this.stream.getReader();
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
			chunks.push(value);
		}
	}
	takeBuffered(): undefined {
		return undefined;
	}
	cancel(): void {
		this.stream.cancel().catch(() => undefined);
	}
}
