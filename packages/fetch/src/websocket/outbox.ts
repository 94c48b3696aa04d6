import type { Exchange } from '../exchange/exchange.ts';
import { closePayload, encodeFrame, opcode } from './frame-writer.ts';
import type { MessageDeflate } from './message-deflate.ts';

/** Sends frames in the order of the calls, one after the other, as fast as the connection takes them. */
export class Outbox {
	/** Bytes of messages taken and not yet written. */
	buffered = 0;
	readonly #exchange: Exchange;
	readonly #deflate: MessageDeflate | undefined;
	#tail: Promise<void> = Promise.resolve();
	#pong: Uint8Array | undefined;
	#stopped = false;

	constructor(exchange: Exchange, deflate: MessageDeflate | undefined) {
		this.#exchange = exchange;
		this.#deflate = deflate;
	}

	message(bytes: Uint8Array | Blob, size: number, isText: boolean): void {
		this.buffered += size;
		this.#enqueue(async () => {
			const payload = bytes instanceof Blob ? new Uint8Array(await bytes.arrayBuffer()) : bytes;
			const kind = isText ? opcode.text : opcode.binary;
			const frame = this.#deflate?.canDeflate
				? encodeFrame(kind, await this.#deflate.deflate(payload), true)
				: encodeFrame(kind, payload);
			await this.#exchange.write(frame);
			this.buffered -= size;
		});
	}

	/** Only the newest ping is answered when they come faster than answers leave (RFC 6455 5.5.3). */
	pong(payload: Uint8Array): void {
		const isQueued = this.#pong !== undefined;
		this.#pong = payload;
		if (isQueued) return;
		this.#enqueue(async () => {
			const answer = this.#pong;
			this.#pong = undefined;
			if (answer) await this.#exchange.write(encodeFrame(opcode.pong, answer));
		});
	}

	/**
	 * The close frame. @param ends It is also the end of the stream: END_STREAM shares its DATA frame, as in Chromium. For
	 * browsers that leave the stream open the engine drops it. @param onWritten The connection has taken it, and thus all
	 * that was sent before.
	 */
	goodbye(code: number | undefined, reason: string, ends: boolean, onWritten: () => void): void {
		this.#enqueue(async () => {
			const written = this.#exchange.write(encodeFrame(opcode.close, closePayload(code, reason)));
			const drained = this.#exchange.drained();
			if (ends) this.#exchange.end();
			await Promise.all([written, drained]);
			onWritten();
		});
	}

	/** Everything taken so far has been written, or cannot be any more. */
	done(): Promise<void> {
		return this.#tail;
	}

	stop(): void {
		this.#stopped = true;
	}

	/** What goes wrong while writing also ends reading, which reports it. */
	#enqueue(job: () => Promise<void>): void {
		this.#tail = this.#tail.then(() => (this.#stopped ? undefined : job())).catch(() => this.stop());
	}
}
