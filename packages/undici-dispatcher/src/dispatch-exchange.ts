import type { Exchange, ExchangeHandler, ExchangeRequest, ResponseHead } from 'wiretwin';
import { invalidStatus, toUndiciError } from './errors.ts';
import type { RequestBody } from './request-body.ts';
import { RequestUpload } from './request-upload.ts';
import { withoutCodings } from './response-headers.ts';
import type { ResponseSink } from './response-sink.ts';
import { UpgradedSocket } from './upgraded-socket.ts';

/** Starts an exchange; throws when the request is refused before a byte is sent. */
export type StartExchange = (request: ExchangeRequest, handler: ExchangeHandler) => Exchange;

/** What one dispatched request is told besides its handler. */
export type DispatchHooks = {
	/** Called once, whichever way it ended. */
	onSettled(): void;
	/** Fields of the final head; the handler is told of it once its cookies are in the jar. */
	onFields(rawHeaders: readonly string[]): Promise<void> | undefined;
};

/** One dispatched request: moves the body up and the response down, and reports to the sink exactly once how it ended. */
export class DispatchExchange {
	readonly #sink: ResponseSink;
	readonly #hooks: DispatchHooks;
	#exchange: Exchange | undefined;
	#upload: RequestUpload | undefined;
	#socket: UpgradedSocket | undefined;
	#settled = false;
	#hasHead = false;
	#reading = false;
	/** The last piece of the body has been handed over. */
	#delivered = false;
	/** The exchange has ended; its trailers are known. */
	#trailers: readonly string[] | undefined;

	constructor(sink: ResponseSink, hooks: DispatchHooks) {
		this.#sink = sink;
		this.#hooks = hooks;
	}

	get settled(): boolean {
		return this.#settled;
	}

	/** Sends the request. A second call, or one after `abort`, does nothing. */
	run(start: StartExchange, request: ExchangeRequest, body: RequestBody): void {
		if (this.#settled || this.#exchange) return;
		let exchange: Exchange;
		try {
			exchange = start(request, {
				onHead: (head) => this.#head(head, Boolean(request.upgrade)),
				onInformational: (status, rawHeaders) => this.#guard(() => this.#sink.head(status, rawHeaders, '')),
				onDone: () => this.#ended(exchange.trailers),
				onError: (error) => this.#failed(error),
			});
		} catch (error) {
			this.fail(error);
			return;
		}
		this.#exchange = exchange;
		if ('pieces' in body) this.#startUpload(exchange, body.pieces);
		else this.#guard(() => this.#bytesSent(body.bytes));
	}

	/** Stops at once, in any phase; the handler is told `reason` before this returns, as by undici. */
	abort(reason: Error): void {
		const socket = this.#socket;
		if (socket) {
			socket.destroy(reason);
			return;
		}
		if (this.#settled) return;
		this.fail(reason);
		this.#exchange?.abort(reason);
	}

	/** The handler wants more after a pause. */
	resumed(): void {
		if (this.#hasHead && !this.#settled) this.#pump();
	}

	/** Reports a failure from before or during the exchange. */
	fail(error: unknown): void {
		const socket = this.#socket;
		if (socket) socket.destroy(toUndiciError(error));
		if (this.#settled) return;
		const reason = toUndiciError(error);
		this.#settle(reason);
		this.#sink.error(reason);
	}

	/** The exchange failed. What arrived before is handed over first: a pending read has it, or rejects. */
	#failed(error: unknown): void {
		if (!this.#reading) this.#failLater(error);
	}

	/**
	 * After the head, in a turn of its own: fetch loses an error that comes before it has taken up the response, and waits
	 * for ever. undici's sockets never report both in one turn.
	 */
	#failLater(error: unknown): void {
		if (this.#hasHead && !this.#socket) setImmediate(() => this.fail(error));
		else this.fail(error);
	}

	#startUpload(exchange: Exchange, pieces: AsyncIterable<unknown>): void {
		this.#upload = new RequestUpload(pieces, exchange, {
			onSent: (chunk) => this.#guard(() => this.#sink.bodySent(chunk)),
			onAllSent: () => this.#guard(() => this.#sink.requestSent()),
			onError: (error) => this.abort(error),
		});
		void this.#upload.run();
	}

	#bytesSent(bytes: Uint8Array | null): void {
		if (bytes !== null) this.#sink.bodySent(asBuffer(bytes));
		this.#sink.requestSent();
	}

	#head(head: ResponseHead, wantsUpgrade: boolean): void {
		if (this.#settled) return;
		// What a browser shows as it is, undici's parser refuses, and its fetch takes for an interim answer.
		if (head.status < 200 && !(wantsUpgrade && head.status === 101)) {
			this.abort(invalidStatus());
			return;
		}
		this.#hasHead = true;
		const exchange = this.#exchange as Exchange;
		const received = head.rawHeaders;
		const stored = this.#hooks.onFields(received);
		const deliver = (): void => {
			if (this.#settled) return;
			if (wantsUpgrade && head.status === 101) this.#upgrade(exchange, head, received);
			else this.#deliverHead(head, received);
		};
		if (stored) {
			// A redirect interceptor sends the next request as soon as it sees the end of this one.
			this.#reading = true; // the body waits, and so does a failure that comes after the head
			stored.then(() => {
				this.#reading = false;
				deliver();
			});
		} else deliver();
	}

	#deliverHead(head: ResponseHead, received: readonly string[]): void {
		const rawHeaders = head.decoded.length > 0 ? withoutCodings(received) : received;
		this.#reading = true; // a handler that pauses and resumes in its callback gets the body after it
		this.#guard(() => this.#sink.head(head.status, rawHeaders, head.reason));
		this.#reading = false;
		this.#pump();
	}

	#upgrade(exchange: Exchange, head: ResponseHead, rawHeaders: readonly string[]): void {
		const socket = new UpgradedSocket(exchange, head);
		this.#socket = socket;
		this.#settled = true; // nothing of the handler is called after the upgrade
		socket.once('close', () => this.#hooks.onSettled());
		try {
			this.#sink.upgrade(head.status, rawHeaders, socket);
		} catch (error) {
			socket.destroy(error instanceof Error ? error : undefined);
			this.#sink.error(toUndiciError(error));
		}
	}

	/** Moves the body while the handler takes it. A body that came with the head takes no promise. */
	#pump(): void {
		const exchange = this.#exchange as Exchange;
		if (this.#reading || this.#settled || this.#sink.paused) return;
		const rest = exchange.takeBuffered();
		if (rest === undefined) {
			void this.#read(exchange);
			return;
		}
		this.#reading = true;
		this.#data(rest);
		this.#reading = false;
		// As from a socket, the end waits while the handler holds the body back.
		if (!this.#sink.paused) this.#deliveredAll();
	}

	async #read(exchange: Exchange): Promise<void> {
		this.#reading = true;
		try {
			while (!this.#settled && !this.#sink.paused) {
				const chunk = await exchange.read();
				if (chunk === null) {
					this.#deliveredAll();
					return;
				}
				this.#data(chunk);
			}
		} catch (error) {
			this.#failLater(error);
		} finally {
			this.#reading = false;
		}
	}

	#data(chunk: Uint8Array): void {
		if (chunk.byteLength > 0) this.#guard(() => this.#sink.data(asBuffer(chunk)));
	}

	#deliveredAll(): void {
		this.#delivered = true;
		this.#finish();
	}

	#ended(trailers: readonly string[]): void {
		this.#trailers = trailers;
		this.#finish();
	}

	#finish(): void {
		const trailers = this.#trailers;
		if (this.#settled || !this.#delivered || trailers === undefined) return;
		this.#settle(undefined);
		try {
			this.#sink.end(trailers);
		} catch (error) {
			this.#sink.error(toUndiciError(error));
		}
	}

	#settle(reason: Error | undefined): void {
		this.#settled = true;
		this.#upload?.stop(reason);
		this.#hooks.onSettled();
	}

	/** A handler that throws ends its own request, as in undici, and nobody else's. */
	#guard(call: () => void): void {
		if (this.#settled) return;
		try {
			call();
		} catch (error) {
			this.abort(error instanceof Error ? error : new Error(String(error)));
		}
	}
}

function asBuffer(bytes: Uint8Array): Buffer {
	return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
