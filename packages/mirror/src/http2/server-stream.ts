import type { HeaderField, RequestRecord } from '../capture/records.ts';
import { BodyChannel } from '../servers/body-channel.ts';
import type { ReplySink } from '../servers/exchange.ts';

/** Response bytes a handler may have queued before `write` makes it wait. */
const SEND_HIGH_WATER = 256 * 1024;

/** What a stream asks of its connection. */
export type StreamOwner = {
	sendHeaders(stream: ServerStream, fields: HeaderField[], endStream: boolean): void;
	/** Something was queued, or the stream shall end. */
	pump(): void;
	/** The handler took request bytes, or they were thrown away. */
	consumed(stream: ServerStream, bytes: number): void;
};

/** Server side of one HTTP/2 stream: a request body coming in and a response going out. */
export class ServerStream implements ReplySink {
	readonly id: number;
	readonly record: RequestRecord;
	readonly body: BodyChannel;
	readonly abort = new AbortController();
	/** May be negative after the client shrank SETTINGS_INITIAL_WINDOW_SIZE. */
	sendWindow: number;
	/** What the client may still send. */
	receiveWindow: number;
	/** Taken by the handler but not yet given back by WINDOW_UPDATE. */
	unreturned = 0;
	/** Client sent END_STREAM. */
	remoteEnded = false;
	/** We sent END_STREAM or RST_STREAM. */
	localEnded = false;
	readonly queue: Buffer[] = [];
	/** Set once the response body is complete; trailers may follow it. */
	finish: { trailers: readonly HeaderField[] } | null = null;
	#queued = 0;
	#waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
	readonly #owner: StreamOwner;

	constructor(id: number, record: RequestRecord, owner: StreamOwner, windows: { send: number; receive: number }) {
		this.id = id;
		this.record = record;
		this.sendWindow = windows.send;
		this.receiveWindow = windows.receive;
		this.#owner = owner;
		const sendContinue = () => {
			if (record.headers.some(([name, value]) => name === 'expect' && value === '100-continue')) this.inform(100, []);
		};
		this.body = new BodyChannel((bytes) => owner.consumed(this, bytes), sendContinue);
	}

	inform(status: number, headers: readonly HeaderField[]): void {
		this.#sendHead(status, headers, false);
	}

	head(status: number, headers: readonly HeaderField[], end: boolean): void {
		this.#sendHead(status, headers, end);
	}

	#sendHead(status: number, headers: readonly HeaderField[], end: boolean): void {
		if (this.localEnded) return;
		const fields: HeaderField[] = [[':status', String(status)]];
		for (const [name, value] of headers) fields.push([name.toLowerCase(), value]);
		this.#owner.sendHeaders(this, fields, end);
	}

	write(bytes: Uint8Array): Promise<void> {
		if (this.localEnded) return Promise.reject(new Error('the stream is closed'));
		if (bytes.length > 0) this.queue.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
		this.#queued += bytes.length;
		this.#owner.pump();
		if (this.#queued < SEND_HIGH_WATER) return Promise.resolve();
		return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
	}

	end(trailers: readonly HeaderField[]): void {
		if (this.localEnded) return;
		this.finish = { trailers };
		this.#owner.pump();
	}

	/** Takes up to `limit` queued bytes for a DATA frame. */
	takeQueued(limit: number): Buffer {
		const first = this.queue[0] ?? Buffer.alloc(0);
		const part = first.subarray(0, limit);
		if (part.length === first.length) this.queue.shift();
		else this.queue[0] = first.subarray(limit);
		this.#queued -= part.length;
		this.sendWindow -= part.length;
		if (this.#queued < SEND_HIGH_WATER) for (const { resolve } of this.#waiting.splice(0)) resolve();
		return part;
	}

	/** Ends both directions: reset by either side, or the connection is gone. */
	cancel(reason: Error): void {
		this.localEnded = true;
		this.queue.length = 0;
		this.#queued = 0;
		this.body.fail(reason);
		for (const { reject } of this.#waiting.splice(0)) reject(reason);
		if (!this.abort.signal.aborted) this.abort.abort(reason);
	}
}
