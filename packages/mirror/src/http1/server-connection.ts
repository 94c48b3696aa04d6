import type { Duplex } from 'node:stream';
import type { RequestRecord } from '../capture/records.ts';
import { headerValue } from '../capture/records.ts';
import { answer } from '../servers/answer.ts';
import { BodyChannel } from '../servers/body-channel.ts';
import { type ConnectionContext, recordBody } from '../servers/connection-context.ts';
import { BodyReader } from './body-reader.ts';
import { BadRequestError, parseRequestHead, type RequestHead, requestBodyKind } from './head.ts';
import { ReplyWriter } from './reply-writer.ts';

/** Largest request head. */
const MAX_HEAD = 256 * 1024;
/** Unread body bytes at which the socket is paused. */
const BODY_HIGH_WATER = 256 * 1024;

type Running = {
	record: RequestRecord;
	body: BodyChannel;
	reader: BodyReader;
	writer: ReplyWriter;
	abort: AbortController;
	answered: boolean;
	tunnel: boolean;
};

/** Server side of an HTTP/1.1 connection. One request at a time; a pipelined one waits in the buffer. */
export class Http1ServerConnection {
	readonly #transport: Duplex;
	readonly #context: ConnectionContext;
	#buffer: Buffer = Buffer.alloc(0);
	#running: Running | null = null;
	#closed = false;

	constructor(transport: Duplex, context: ConnectionContext) {
		this.#transport = transport;
		this.#context = context;
		context.record.protocol = 'http/1.1';
	}

	/** Takes plaintext of the client, cut anywhere. */
	receive(bytes: Buffer): void {
		if (this.#closed) return;
		this.#buffer = this.#buffer.length > 0 ? Buffer.concat([this.#buffer, bytes]) : bytes;
		try {
			this.#advance();
		} catch (error) {
			if (!(error instanceof BadRequestError)) throw error;
			this.#context.record.closed ??= `http/1: ${error.message}`;
			this.#transport.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
			this.ended(error.message);
		}
	}

	/** The transport ended: a request that is still running fails. */
	ended(reason: string): void {
		this.#closed = true;
		const running = this.#running;
		this.#running = null;
		if (!running) return;
		running.body.fail(new Error(reason));
		running.abort.abort(new Error(reason));
	}

	#advance(): void {
		for (;;) {
			if (!this.#running && !this.#startRequest()) return;
			const running = this.#running;
			if (!running) return;
			if (running.tunnel) {
				this.#recordAndPush(running, this.#buffer);
				this.#buffer = Buffer.alloc(0);
				return;
			}
			const wasDone = running.record.complete;
			this.#buffer = running.reader.receive(this.#buffer);
			if (running.reader.isDone && !wasDone) this.#endBody(running);
			if (running.reader.isDone && running.answered) this.#finish(running);
			// Waits for more bytes, or for the handler.
			if (this.#running === running || this.#closed) return;
		}
	}

	#startRequest(): boolean {
		const end = this.#buffer.indexOf('\r\n\r\n');
		if (end > MAX_HEAD || (end < 0 && this.#buffer.length > MAX_HEAD)) throw new BadRequestError('head too large');
		if (end < 0) return false;
		const head = parseRequestHead(this.#buffer.toString('latin1', 0, end + 4));
		this.#buffer = this.#buffer.subarray(end + 4);
		const record = this.#requestRecord(head);
		const running = this.#run(head, record);
		this.#running = running;
		this.#context.record.requests.push(record);
		this.#context.onRequest(record);
		const { body, writer, abort } = running;
		void answer(
			{
				record,
				connection: this.#context.record,
				body,
				sink: writer,
				signal: abort.signal,
				control: {
					resetStream: this.#context.destroy,
					goAway: () => {
						writer.closeAfter = true;
					},
					ping: () => Promise.resolve(),
					close: () => this.#transport.end(),
					destroy: this.#context.destroy,
				},
			},
			this.#context.handler,
		);
		return true;
	}

	#run(head: RequestHead, record: RequestRecord): Running {
		const kind = requestBodyKind(head);
		if (kind.kind === 'chunked') record.chunkSizes = [];
		const wantsContinue = headerValue(head.headers, 'expect')?.toLowerCase() === '100-continue';
		const asksToClose = headerValue(head.headers, 'connection')?.toLowerCase() === 'close';
		const running: Running = {
			record,
			abort: new AbortController(),
			answered: false,
			tunnel: false,
			body: new BodyChannel(
				() => this.#resumeIfDrained(running),
				() => wantsContinue && !running.answered && running.writer.inform(100, []),
			),
			reader: new BodyReader(kind, {
				onData: (bytes) => this.#recordAndPush(running, bytes),
				onChunkSize: (size) => record.chunkSizes?.push(size),
				onTrailer: (field) => record.trailers.push(field),
			}),
			writer: new ReplyWriter(this.#transport, {
				isHead: head.method === 'HEAD',
				closeAfter: asksToClose || head.version === 'HTTP/1.0',
				onEnd: () => this.#onAnswered(running),
				onUpgrade: () => this.#onUpgrade(running),
			}),
		};
		return running;
	}

	#requestRecord(head: RequestHead): RequestRecord {
		return {
			protocol: 'http/1.1',
			connectionId: this.#context.record.id,
			ms: this.#context.elapsedMs(),
			method: head.method,
			path: head.path,
			authority: headerValue(head.headers, 'host') ?? '',
			scheme: this.#context.scheme,
			headers: head.headers,
			rawHead: head.raw,
			hpackHex: null,
			hpackRepresentations: null,
			streamId: null,
			priority: null,
			endStream: null,
			body: Buffer.alloc(0),
			bodyLength: 0,
			chunkSizes: null,
			trailers: [],
			complete: false,
			resetCode: null,
		};
	}

	#recordAndPush(running: Running, bytes: Buffer): void {
		if (bytes.length === 0) return;
		recordBody(this.#context, running.record, bytes);
		running.body.push(Buffer.from(bytes));
		if (running.body.buffered > BODY_HIGH_WATER) this.#transport.pause();
	}

	#resumeIfDrained(running: Running): void {
		if (running.body.buffered < BODY_HIGH_WATER && this.#transport.isPaused()) this.#transport.resume();
	}

	#endBody(running: Running): void {
		running.record.complete = true;
		running.body.end();
		this.#context.onProgress(running.record);
	}

	#onUpgrade(running: Running): void {
		running.tunnel = true;
		running.writer.closeAfter = true;
		running.body.reopen();
		setImmediate(() => this.receive(Buffer.alloc(0)));
	}

	#onAnswered(running: Running): void {
		running.answered = true;
		running.body.discard();
		if (this.#running !== running) return;
		if (running.tunnel || running.reader.isDone) this.#finish(running);
		// A pipelined request may be waiting in the buffer; not from inside the handler's own call.
		setImmediate(() => this.receive(Buffer.alloc(0)));
	}

	#finish(running: Running): void {
		this.#running = null;
		if (!running.writer.closeAfter) return;
		this.#closed = true;
		this.#context.record.closed ??= 'http/1: connection close';
		this.#transport.end();
	}
}
