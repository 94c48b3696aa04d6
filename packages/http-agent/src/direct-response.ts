import type { Socket } from 'node:net';
import type { Exchange, ResponseHead } from 'wiretwin';
import type { DirectRequest } from './direct-request.ts';
import { http } from './node-modules.ts';
import { finalFields, placeFraming, reasonOf } from './response-text.ts';
import type { VirtualSocket } from './virtual-socket.ts';

/** What of IncomingMessage its types leave out. */
type Untyped = {
	/** Node's parser calls it with `rawHeaders` or, once complete, with trailers. */
	_addHeaderLines(fields: readonly string[], count: number): void;
	/** Reads on, for nobody. */
	_dump(): void;
};

/** The answer to a `DirectRequest`: Node's IncomingMessage, its body read from the exchange without a parser between. */
export class DirectResponse extends http.IncomingMessage {
	/** The request that this answers. */
	readonly req: DirectRequest;
	/** Of the request, as clients look for them here. */
	readonly timings: DirectRequest['timings'];
	/** Until the answer is complete. */
	#exchange: Exchange | undefined;
	readonly #socket: VirtualSocket;
	readonly #onError: (error: unknown) => void;
	/** Bytes of a body with a length that are still to come; more than there can be where none is known. */
	#left = Number.POSITIVE_INFINITY;
	#isReading = false;
	#isFailing = false;
	/** The exchange has ended: all of the body has been read, or is just being handed over. */
	#trailers: readonly string[] | undefined;

	constructor(
		request: DirectRequest,
		socket: VirtualSocket,
		head: ResponseHead,
		exchange: Exchange,
		onError: (error: unknown) => void,
	) {
		// Of a socket, IncomingMessage uses what every Duplex has.
		super(socket as unknown as Socket);
		this.req = request;
		this.timings = request.timings;
		this.#exchange = exchange;
		this.#socket = socket;
		this.#onError = onError;
		const { status } = head;
		const hasBody = request.method !== 'HEAD' && status !== 204 && status !== 304;
		const found = finalFields(head.rawHeaders, head.decoded.length > 0, hasBody);
		const { fields, length, framing } = found;
		if (framing !== 'chunked' && length !== undefined) placeFraming(found, 'Content-Length', length);
		else if (framing === 'chunked' && head.httpVersion !== '2') placeFraming(found, 'Transfer-Encoding', 'chunked');
		(this as unknown as Untyped)._addHeaderLines(fields, fields.length);
		this.statusCode = status;
		this.statusMessage = reasonOf(status, head.reason);
		this.httpVersion = head.httpVersion === '2' ? '2.0' : head.httpVersion;
		this.httpVersionMajor = head.httpVersion === '2' ? 2 : 1;
		this.httpVersionMinor = head.httpVersion === '1.1' ? 1 : 0;
		if (typeof framing === 'number') this.#left = framing;
		if (framing === 'none') {
			exchange.discard(); // its end may come in a frame of its own
			this.#complete([]);
			return;
		}
		const whole = exchange.takeBuffered();
		if (whole === undefined) return;
		this.#take(whole);
		// Trailers are waited for only where there may be any.
		if (framing !== 'chunked') this.#complete([]);
	}

	/** The exchange has ended, trailers known. */
	finish(trailers: readonly string[]): void {
		this.#trailers = trailers;
		// A piece may have been read and not yet be here: promises are slower than this call.
		if (!this.#isReading) this.#complete(trailers);
	}

	/** Ends with `error`, which is no loss of the connection: unlike that it is no `aborted`, after which clients try again. */
	fail(error: Error): void {
		this.#isFailing = true;
		this.destroy(error);
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		if (!this.#isFailing) super._destroy(error, callback);
		// As Node does: nobody has to listen to a response.
		else process.nextTick(() => callback(this.listenerCount('error') === 0 ? null : error));
	}

	/** Nobody wants the body: it is read so that the connection is free. */
	dump(): void {
		(this as unknown as Untyped)._dump();
	}

	override setTimeout(milliseconds: number, callback?: () => void): this {
		this.req.heedSilence();
		return super.setTimeout(milliseconds, callback);
	}

	/** Reads one piece at a time while the reader takes it. The end is always read, so that the connection is free. */
	override _read(): void {
		if (this.#isReading || !this.#exchange || this.destroyed) return;
		this.#isReading = true;
		this.#exchange.read().then(
			(chunk) => {
				if (this.destroyed) return;
				const wanted = chunk === null || this.#take(chunk); // a listener may ask for more before it is all said
				this.#isReading = false;
				if (this.#trailers) this.#complete(this.#trailers);
				else if (chunk !== null && (wanted || this.#left === 0)) this._read();
			},
			(error: unknown) => {
				this.#isReading = false;
				this.#onError(error);
			},
		);
	}

	#take(chunk: Uint8Array): boolean {
		this.#left -= chunk.length;
		this.#socket.touch('bytesRead', chunk.length);
		return chunk.length === 0 || this.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
	}

	#complete(trailers: readonly string[]): void {
		if (this.complete || this.destroyed) return;
		this.complete = true;
		this.#exchange = undefined;
		if (trailers.length > 0) (this as unknown as Untyped)._addHeaderLines(trailers, trailers.length);
		this.push(null);
	}
}
