import type { ReadableByteStreamController, UnderlyingByteSource } from 'node:stream/web';
import type { BodySource } from './body-source.ts';

/**
 * A byte stream over a source: pulled, so nothing is read ahead of the reader, and readable with a BYOB reader. It learns of
 * the source's failure and of its end also while nobody reads.
 */
export function toByteStream(source: BodySource): ReadableStream<Uint8Array> {
	const body = new ByteBody(source);
	// Nothing is pulled before somebody reads.
	return new ReadableStream(body satisfies UnderlyingByteSource, {
		highWaterMark: 0,
	}) as unknown as ReadableStream<Uint8Array>;
}

/** A stream that somebody has read to its end and never let go, as the body of a response whose `text()` was called. */
export function lockedStream(): ReadableStream<Uint8Array> {
	const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
	stream.getReader();
	return stream;
}

class ByteBody {
	readonly type = 'bytes';
	readonly #source: BodySource;
	/** What a BYOB reader had no room for. */
	#rest: Uint8Array | undefined;
	#isPulling = false;
	/** The source has given everything. */
	#ended = false;
	#closed = false;

	constructor(source: BodySource) {
		this.#source = source;
	}

	start(controller: ReadableByteStreamController): void {
		const { failure } = this.#source;
		if (failure !== undefined) controller.error(failure);
		else if (this.#source.settled) this.#close(controller);
		else this.#watch(controller);
	}

	async pull(controller: ReadableByteStreamController): Promise<void> {
		this.#isPulling = true;
		const chunk = this.#rest ?? (await this.#source.read());
		this.#isPulling = false;
		this.#rest = undefined;
		if (chunk === null) {
			this.#close(controller);
			return;
		}
		this.#give(chunk, controller);
		if (this.#ended && this.#rest === undefined) this.#close(controller);
	}

	cancel(): void {
		this.#closed = true;
		this.#source.cancel();
	}

	/** Weakly: the source lives as long as its exchange runs, and a stream that is dropped must be collected before. */
	#watch(controller: ReadableByteStreamController): void {
		const body = new WeakRef(this);
		const weak = new WeakRef(controller);
		this.#source.watch?.((failure) => {
			const told = body.deref();
			if (told) told.#told(failure, weak.deref());
		});
	}

	#told(failure: unknown, controller: ReadableByteStreamController | undefined): void {
		if (this.#closed || !controller) return;
		if (failure !== undefined) {
			this.#closed = true;
			controller.error(failure);
			return;
		}
		this.#ended = true;
		// The last piece may be on its way to the reader: the end comes behind it.
		if (!this.#isPulling && this.#rest === undefined) this.#close(controller);
	}

	#give(chunk: Uint8Array, controller: ReadableByteStreamController): void {
		const request = controller.byobRequest;
		const view = request?.view;
		if (!request || !view) {
			controller.enqueue(ownBytes(chunk));
			return;
		}
		const target = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
		const length = Math.min(target.byteLength, chunk.byteLength);
		target.set(chunk.subarray(0, length));
		if (length < chunk.byteLength) this.#rest = chunk.subarray(length);
		request.respond(length);
	}

	#close(controller: ReadableByteStreamController): void {
		if (this.#closed) return;
		this.#closed = true;
		controller.close();
		controller.byobRequest?.respond(0); // a pending BYOB read is settled only by an answer of zero bytes
	}
}

/** A byte stream takes the whole buffer away from its owner, so a piece of a larger one (or of Node's pool) is copied. */
function ownBytes(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
	const whole = chunk.buffer instanceof ArrayBuffer && chunk.byteLength === chunk.buffer.byteLength;
	return whole ? (chunk as Uint8Array<ArrayBuffer>) : new Uint8Array(chunk);
}
