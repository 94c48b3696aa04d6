import type { Socket } from 'node:net';

/** Reads a socket by length or mark until `rest()` lets go of it. */
export class RawReader {
	readonly #socket: Socket;
	#buffer: Buffer = Buffer.alloc(0);
	#wake: (() => void) | undefined;
	#ended = false;
	readonly #onData = (bytes: Buffer) => {
		this.#buffer = Buffer.concat([this.#buffer, bytes]);
		this.#wake?.();
	};
	readonly #onEnd = () => {
		this.#ended = true;
		this.#wake?.();
	};

	constructor(socket: Socket) {
		this.#socket = socket.on('data', this.#onData).on('close', this.#onEnd);
	}

	async take(length: number): Promise<Buffer> {
		while (this.#buffer.length < length) await this.#more();
		return this.#cut(length);
	}

	async takeUntil(mark: string): Promise<string> {
		while (!this.#buffer.includes(mark)) await this.#more();
		return this.#cut(this.#buffer.indexOf(mark) + mark.length).toString('latin1');
	}

	/** What was read and not taken; the socket is the caller's again. */
	rest(): Buffer {
		this.#socket.off('data', this.#onData).off('close', this.#onEnd).pause();
		return this.#cut(this.#buffer.length);
	}

	#cut(length: number): Buffer {
		const bytes = this.#buffer.subarray(0, length);
		this.#buffer = this.#buffer.subarray(length);
		return bytes;
	}

	async #more(): Promise<void> {
		if (this.#ended) throw new Error('the client is gone');
		await new Promise<void>((resolve) => {
			this.#wake = resolve;
		});
	}
}
