import type { Exchange, ResponseHead } from 'wiretwin';
import { finalHeadText, interimHeadText, lastChunkText, type ResponseFraming } from './response-text.ts';
import type { VirtualSocket } from './virtual-socket.ts';

const lineEnd = Buffer.from('\r\n');

/** Writes one response into the socket as HTTP/1.1 text, its body as fast as Node's parser takes it. */
export class ResponseFeed {
	/** The final head has been written. */
	started = false;
	/** All of the response has been written. */
	complete = false;
	readonly #socket: VirtualSocket;
	readonly #onError: (error: unknown) => void;
	#exchange: Exchange | undefined;
	#framing: ResponseFraming = 'none';
	/** Bytes of a body with a length that are still to come. */
	#left = 0;
	#isRaw = false;
	/**
	 * A piece is being read or handed over. Whatever is called meanwhile may call back, the exchange with its end as well as
	 * Node's parser through its user: what that asks for is done afterwards, so that every byte keeps its place.
	 */
	#isBusy = false;
	/** Node's parser wants more. */
	#wanted = true;
	/** The exchange has ended: all of the body has been read, or is just being handed over. */
	#trailers: readonly string[] | undefined;

	constructor(socket: VirtualSocket, onError: (error: unknown) => void) {
		this.#socket = socket;
		this.#onError = onError;
	}

	inform(status: number, rawHeaders: readonly string[]): void {
		if (!this.#socket.destroyed) this.#socket.receive(latin1(interimHeadText(status, '', rawHeaders)));
	}

	/** Writes the head, and the body if it has all arrived; else begins to read it. */
	start(head: ResponseHead, method: string, exchange: Exchange): void {
		const hasBody = method !== 'HEAD' && head.status !== 204 && head.status !== 304;
		const { text, framing } = finalHeadText(
			head.status,
			head.reason,
			head.rawHeaders,
			head.decoded.length > 0,
			hasBody,
		);
		this.started = true;
		this.#exchange = exchange;
		this.#framing = framing;
		if (framing === 'none') {
			this.complete = true;
			this.#socket.receive(latin1(text));
			exchange.discard(); // its end may come in a frame of its own
			return;
		}
		this.#isBusy = true;
		const whole = exchange.takeBuffered();
		this.complete = whole !== undefined && framing !== 'chunked';
		if (whole !== undefined) this.#wanted = this.#socket.receive(joined(text, whole, framing === 'chunked'));
		else {
			if (typeof framing === 'number') this.#left = framing;
			this.#wanted = this.#socket.receive(latin1(text));
		}
		this.#isBusy = false;
		if (this.complete) return;
		if (this.#trailers) this.#complete(this.#trailers);
		else if (whole === undefined) this.#pump();
	}

	/** Writes the 101, after which bytes pass as they are in both directions. */
	upgrade(head: ResponseHead, exchange: Exchange): void {
		this.started = true;
		this.#isRaw = true;
		this.#exchange = exchange;
		this.#isBusy = true;
		this.#wanted = this.#socket.receive(latin1(interimHeadText(head.status, head.reason, head.rawHeaders)));
		this.#isBusy = false;
		if (this.#trailers) this.#complete(this.#trailers);
		else this.#pump();
	}

	/** The reader takes more. */
	resume(): void {
		this.#wanted = true;
		if (this.started && !this.complete) this.#pump();
	}

	/** The exchange has ended, trailers known. */
	finish(trailers: readonly string[]): void {
		this.#trailers = trailers;
		if (this.started && !this.#isBusy && !this.complete) this.#complete(trailers);
	}

	#complete(trailers: readonly string[]): void {
		this.complete = true;
		if (this.#socket.destroyed) return;
		if (this.#isRaw) this.#socket.push(null);
		else if (this.#framing === 'chunked') this.#socket.receive(latin1(lastChunkText(trailers)));
	}

	/** Reads one piece at a time while Node's parser takes it. The end is always read, so that the connection is free. */
	#pump(): void {
		const exchange = this.#exchange;
		if (this.#isBusy || !exchange || (!this.#wanted && this.#left !== 0)) return;
		if (!this.#wanted && this.#framing === 'chunked') return;
		this.#isBusy = true;
		exchange.read().then(
			(chunk) => {
				if (this.#socket.destroyed) return;
				if (chunk !== null) this.#take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
				this.#isBusy = false;
				if (this.#trailers) this.#complete(this.#trailers);
				else if (chunk !== null) this.#pump();
			},
			(error: unknown) => {
				this.#isBusy = false;
				this.#onError(error);
			},
		);
	}

	#take(chunk: Buffer): void {
		const socket = this.#socket;
		if (this.#isRaw || this.#framing !== 'chunked') {
			this.#left -= this.#isRaw ? 0 : chunk.length;
			this.#wanted = socket.receive(chunk);
		} else if (chunk.length > 0) {
			socket.receive(latin1(`${chunk.length.toString(16)}\r\n`));
			socket.receive(chunk);
			this.#wanted = socket.receive(lineEnd);
		}
	}
}

function latin1(text: string): Buffer {
	return Buffer.from(text, 'latin1');
}

/** Head and whole body in one piece, which Node's parser then reads in one call. */
function joined(head: string, body: Uint8Array, isChunked: boolean): Buffer {
	const size = isChunked && body.length > 0 ? `${body.length.toString(16)}\r\n` : '';
	const start = head.length + size.length;
	const bytes = Buffer.allocUnsafe(start + body.length + (size === '' ? 0 : 2));
	bytes.write(head + size, 0, 'latin1');
	bytes.set(body, start);
	if (size !== '') bytes.set(lineEnd, start + body.length);
	return bytes;
}
