import type { Duplex } from 'node:stream';
import type { HeaderField, RequestRecord } from '../capture/records.ts';
import { headerValue } from '../capture/records.ts';
import { akamai } from '../fingerprints/akamai.ts';
import { DEFAULT_TABLE_SIZE, HpackDecoder } from '../hpack/decoder.ts';
import { HpackEncoder } from '../hpack/encoder.ts';
import { HpackError } from '../hpack/huffman.ts';
import { answer } from '../servers/answer.ts';
import { type ConnectionContext, recordBody } from '../servers/connection-context.ts';
import {
	CLIENT_PREFACE,
	DEFAULT_MAX_FRAME_SIZE,
	DEFAULT_WINDOW,
	encodeFrame,
	encodeGoAway,
	encodeHeaders,
	encodeReset,
	encodeSettings,
	encodeWindowUpdate,
	errorCode,
	type Frame,
	FrameReader,
	frameFlag,
	frameType,
	Http2Error,
	MAX_WINDOW,
	setting,
} from './frame.ts';
import { describeFrame, headerFragment, withoutPadding } from './frame-record.ts';
import { ServerStream, type StreamOwner } from './server-stream.ts';

/** Frames kept per connection; a 200 MB upload would otherwise keep 12,800 and more. */
const MAX_RECORDED_FRAMES = 20_000;
/** Largest header block, all CONTINUATION frames together. */
const MAX_HEADER_BLOCK = 256 * 1024;

type OpenBlock = { frame: Frame; fragments: Buffer[]; size: number; record: ReturnType<typeof describeFrame> };

/**
 * Server side of an HTTP/2 connection that records every frame of the client. Written for observation: it answers
 * correctly and keeps flow control in both directions, but tolerates odd requests where a strict server would not,
 * because the point is to show what the client sent.
 */
export class Http2ServerConnection implements StreamOwner {
	readonly #transport: Duplex;
	readonly #context: ConnectionContext;
	readonly #reader: FrameReader;
	readonly #decoder: HpackDecoder;
	readonly #encoder: HpackEncoder;
	readonly #streams = new Map<number, ServerStream>();
	readonly #ourInitialWindow: number;
	/** What a client may count with: before it has seen our SETTINGS (RFC 9113 6.9.3) at least the default. */
	#grantedWindow: number;
	readonly #ourConnectionWindow: number;
	#prefaceSeen = false;
	#openBlock: OpenBlock | null = null;
	#lastStreamId = 0;
	#peerInitialWindow = DEFAULT_WINDOW;
	#peerMaxFrameSize = DEFAULT_MAX_FRAME_SIZE;
	#sendWindow = DEFAULT_WINDOW;
	#receiveWindow: number;
	#unreturned = 0;
	#transportFull = false;
	#closed = false;
	/** Ours that wait for their acknowledgement; a client answers in order. */
	readonly #pings: PromiseWithResolvers<void>[] = [];

	constructor(transport: Duplex, context: ConnectionContext) {
		this.#transport = transport;
		this.#context = context;
		const ours = new Map(context.http2.settings);
		this.#reader = new FrameReader(ours.get(setting.maxFrameSize) ?? DEFAULT_MAX_FRAME_SIZE);
		this.#decoder = new HpackDecoder(ours.get(setting.headerTableSize) ?? DEFAULT_TABLE_SIZE);
		this.#encoder = new HpackEncoder(context.http2.compressHeaders);
		this.#ourInitialWindow = ours.get(setting.initialWindowSize) ?? DEFAULT_WINDOW;
		this.#grantedWindow = Math.max(this.#ourInitialWindow, DEFAULT_WINDOW);
		this.#ourConnectionWindow = DEFAULT_WINDOW + context.http2.connectionWindowIncrement;
		this.#receiveWindow = this.#ourConnectionWindow;
		context.record.protocol = 'h2';
		transport.on('drain', () => {
			this.#transportFull = false;
			this.pump();
		});
		this.#send(encodeSettings(context.http2.settings));
		const { connectionWindowIncrement } = context.http2;
		if (connectionWindowIncrement > 0) this.#send(encodeWindowUpdate(0, connectionWindowIncrement));
	}

	/** Takes plaintext of the client, cut anywhere. */
	receive(bytes: Buffer): void {
		if (this.#closed) return;
		this.#reader.push(bytes);
		try {
			if (!this.#prefaceSeen && !this.#readPreface()) return;
			for (let frame = this.#reader.next(); frame && !this.#closed; frame = this.#reader.next()) this.#onFrame(frame);
		} catch (error) {
			if (error instanceof Http2Error) this.#fail(error.code, error.message);
			else if (error instanceof HpackError) this.#fail(errorCode.compressionError, error.message);
			else throw error;
		}
	}

	/** The transport ended: everything that is open fails. */
	ended(reason: string): void {
		this.#closed = true;
		for (const stream of [...this.#streams.values()]) stream.cancel(new Error(reason));
		this.#streams.clear();
		for (const { reject } of this.#pings.splice(0)) reject(new Error(reason));
	}

	#readPreface(): boolean {
		const preface = this.#reader.takeRaw(CLIENT_PREFACE.length);
		if (!preface) return false;
		if (!preface.equals(CLIENT_PREFACE)) throw new Http2Error(errorCode.protocolError, 'wrong preface');
		this.#prefaceSeen = true;
		return true;
	}

	#onFrame(frame: Frame): void {
		const { frames } = this.#context.record;
		const record = describeFrame(frame, this.#context.elapsedMs());
		if (frames.length < MAX_RECORDED_FRAMES) frames.push(record);
		if (
			this.#openBlock &&
			(frame.type !== frameType.continuation || frame.streamId !== this.#openBlock.frame.streamId)
		) {
			throw new Http2Error(errorCode.protocolError, 'header block interrupted');
		}
		switch (frame.type) {
			case frameType.data:
				this.#onData(frame);
				break;
			case frameType.headers:
				this.#openBlock = { frame, fragments: [headerFragment(frame)], size: frame.payload.length, record };
				this.#continueBlock(frame.flags);
				break;
			case frameType.continuation:
				this.#onContinuation(frame);
				break;
			case frameType.settings:
				if ((frame.flags & frameFlag.ack) !== 0) this.#onAcknowledgement();
				else if (record.settings) this.#onSettings(record.settings);
				break;
			case frameType.windowUpdate:
				this.#onWindowUpdate(frame.streamId, record.increment ?? 0);
				break;
			case frameType.ping:
				if (frame.flags & frameFlag.ack) this.#pings.shift()?.resolve();
				else this.#send(encodeFrame(frameType.ping, frameFlag.ack, 0, frame.payload));
				break;
			case frameType.rstStream:
				this.#onReset(frame.streamId, record.errorCode ?? 0);
				break;
		}
	}

	#onContinuation(frame: Frame): void {
		if (!this.#openBlock) throw new Http2Error(errorCode.protocolError, 'CONTINUATION without HEADERS');
		this.#openBlock.fragments.push(frame.payload);
		this.#openBlock.size += frame.payload.length;
		this.#continueBlock(frame.flags);
	}

	#continueBlock(flags: number): void {
		const block = this.#openBlock;
		if (!block) return;
		if (block.size > MAX_HEADER_BLOCK) throw new Http2Error(errorCode.enhanceYourCalm, 'header block too large');
		if ((flags & frameFlag.endHeaders) === 0) return;
		this.#openBlock = null;
		const bytes = Buffer.concat(block.fragments);
		const { fields, representations } = this.#decoder.decode(bytes);
		block.record.headers = fields;
		block.record.hpack = bytes.toString('hex');
		block.record.hpackRepresentations = representations;
		this.#context.record.akamai ??= akamai(this.#context.record.frames);
		const known = this.#streams.get(block.frame.streamId);
		if (known) this.#onTrailers(known, fields, block.frame);
		else this.#onRequest(block, fields);
	}

	#onTrailers(stream: ServerStream, fields: HeaderField[], frame: Frame): void {
		stream.record.trailers.push(...fields);
		if (frame.flags & frameFlag.endStream) this.#endRequest(stream);
	}

	#onRequest(block: OpenBlock, fields: HeaderField[]): void {
		const { streamId, flags } = block.frame;
		if (streamId % 2 === 0 || streamId <= this.#lastStreamId) {
			throw new Http2Error(errorCode.protocolError, `HEADERS on stream ${streamId}`);
		}
		this.#lastStreamId = streamId;
		const record = this.#requestRecord(block, fields);
		const windows = { send: this.#peerInitialWindow, receive: this.#grantedWindow };
		const stream = new ServerStream(streamId, record, this, windows);
		this.#streams.set(streamId, stream);
		this.#context.record.requests.push(record);
		this.#context.onRequest(record);
		if (flags & frameFlag.endStream) this.#endRequest(stream);
		void answer(
			{
				record,
				connection: this.#context.record,
				body: stream.body,
				sink: stream,
				signal: stream.abort.signal,
				control: {
					resetStream: (code = errorCode.internalError) => this.#reset(stream, code),
					goAway: (code = errorCode.noError, lastStreamId = streamId) => this.#send(encodeGoAway(lastStreamId, code)),
					ping: () => this.#ping(),
					close: () => this.#transport.end(),
					destroy: this.#context.destroy,
				},
			},
			this.#context.handler,
		);
	}

	#requestRecord(block: OpenBlock, fields: HeaderField[]): RequestRecord {
		return {
			protocol: 'h2',
			connectionId: this.#context.record.id,
			ms: block.record.ms,
			method: headerValue(fields, ':method') ?? '',
			path: headerValue(fields, ':path') ?? '',
			authority: headerValue(fields, ':authority') ?? headerValue(fields, 'host') ?? '',
			scheme: headerValue(fields, ':scheme') === 'http' ? 'http' : 'https',
			headers: fields,
			rawHead: null,
			hpackHex: block.record.hpack ?? '',
			hpackRepresentations: block.record.hpackRepresentations ?? [],
			streamId: block.frame.streamId,
			priority: block.record.priority ?? null,
			endStream: (block.frame.flags & frameFlag.endStream) !== 0,
			body: Buffer.alloc(0),
			bodyLength: 0,
			chunkSizes: null,
			trailers: [],
			complete: false,
			resetCode: null,
		};
	}

	#onData(frame: Frame): void {
		const stream = this.#streams.get(frame.streamId);
		this.#receiveWindow -= frame.payload.length;
		if (this.#receiveWindow < 0) throw new Http2Error(errorCode.flowControlError, 'connection window exceeded');
		if (!stream) {
			// Late DATA of a stream we reset: its bytes still count on the connection.
			this.#returnConnectionWindow(frame.payload.length);
			return;
		}
		stream.receiveWindow -= frame.payload.length;
		if (stream.receiveWindow < 0) throw new Http2Error(errorCode.flowControlError, 'stream window exceeded');
		const data = Buffer.from(withoutPadding(frame));
		recordBody(this.#context, stream.record, data);
		if (frame.flags & frameFlag.endStream) stream.remoteEnded = true;
		const padding = frame.payload.length - data.length;
		if (padding > 0) this.consumed(stream, padding);
		stream.body.push(data);
		if (stream.remoteEnded) this.#endRequest(stream);
	}

	#endRequest(stream: ServerStream): void {
		stream.remoteEnded = true;
		stream.record.complete = true;
		stream.body.end();
		this.#context.onProgress(stream.record);
		this.#forgetIfDone(stream);
	}

	/** From now on the client counts with our initial window, for streams that are open too. */
	#onAcknowledgement(): void {
		for (const stream of this.#streams.values()) stream.receiveWindow += this.#ourInitialWindow - this.#grantedWindow;
		this.#grantedWindow = this.#ourInitialWindow;
	}

	#onSettings(settings: [number, number][]): void {
		for (const [id, value] of settings) {
			if (id === setting.headerTableSize) this.#encoder.setPeerTableSize(value);
			if (id === setting.maxFrameSize) this.#peerMaxFrameSize = value;
			if (id === setting.initialWindowSize) {
				if (value > MAX_WINDOW) throw new Http2Error(errorCode.flowControlError, 'initial window too large');
				for (const stream of this.#streams.values()) stream.sendWindow += value - this.#peerInitialWindow;
				this.#peerInitialWindow = value;
			}
		}
		this.#send(encodeFrame(frameType.settings, frameFlag.ack, 0));
		this.pump();
	}

	#onWindowUpdate(streamId: number, increment: number): void {
		if (streamId === 0) {
			this.#sendWindow += increment;
			if (this.#sendWindow > MAX_WINDOW) throw new Http2Error(errorCode.flowControlError, 'window overflow');
		}
		const stream = this.#streams.get(streamId);
		if (stream) stream.sendWindow += increment;
		this.pump();
	}

	#onReset(streamId: number, code: number): void {
		const stream = this.#streams.get(streamId);
		// A stream that is answered is forgotten; its record still shows the reset.
		const record = stream?.record ?? this.#context.record.requests.find((request) => request.streamId === streamId);
		if (record) record.resetCode = code;
		if (!stream) return;
		this.#streams.delete(streamId);
		stream.body.discard();
		stream.cancel(new Error(`client reset the stream with code ${code}`));
		if (record) this.#context.onProgress(record);
	}

	/** {@link StreamOwner} */
	sendHeaders(stream: ServerStream, fields: HeaderField[], endStream: boolean): void {
		this.#send(encodeHeaders(stream.id, this.#encoder.encode(fields), endStream, this.#peerMaxFrameSize));
		if (endStream) this.#endLocal(stream);
	}

	/** {@link StreamOwner} Sends what the windows and the socket allow, one frame per stream and turn. */
	pump(): void {
		for (let progress = true; progress && !this.#transportFull && !this.#closed; ) {
			progress = false;
			for (const stream of [...this.#streams.values()]) progress = this.#sendSome(stream) || progress;
		}
	}

	#sendSome(stream: ServerStream): boolean {
		if (stream.localEnded || this.#transportFull) return false;
		const room = Math.min(this.#peerMaxFrameSize, DEFAULT_MAX_FRAME_SIZE, this.#sendWindow, stream.sendWindow);
		if (stream.queue.length > 0 && room > 0) {
			const part = stream.takeQueued(room);
			this.#sendWindow -= part.length;
			const isLast = stream.queue.length === 0 && stream.finish?.trailers.length === 0;
			this.#send(encodeFrame(frameType.data, isLast ? frameFlag.endStream : 0, stream.id, part));
			if (isLast) this.#endLocal(stream);
			return true;
		}
		if (stream.queue.length > 0 || !stream.finish) return false;
		const { trailers } = stream.finish;
		if (trailers.length > 0) this.sendHeaders(stream, [...trailers], true);
		else {
			this.#send(encodeFrame(frameType.data, frameFlag.endStream, stream.id));
			this.#endLocal(stream);
		}
		return true;
	}

	/** {@link StreamOwner} */
	consumed(stream: ServerStream, bytes: number): void {
		this.#returnConnectionWindow(bytes);
		stream.unreturned += bytes;
		if (stream.remoteEnded || stream.unreturned < this.#ourInitialWindow / 2) return;
		this.#send(encodeWindowUpdate(stream.id, stream.unreturned));
		stream.receiveWindow += stream.unreturned;
		stream.unreturned = 0;
	}

	#returnConnectionWindow(bytes: number): void {
		this.#unreturned += bytes;
		if (this.#unreturned < this.#ourConnectionWindow / 2) return;
		this.#send(encodeWindowUpdate(0, this.#unreturned));
		this.#receiveWindow += this.#unreturned;
		this.#unreturned = 0;
	}

	#endLocal(stream: ServerStream): void {
		stream.localEnded = true;
		this.#forgetIfDone(stream);
	}

	#forgetIfDone(stream: ServerStream): void {
		if (stream.localEnded && stream.remoteEnded) this.#streams.delete(stream.id);
	}

	#reset(stream: ServerStream, code: number): void {
		if (!this.#streams.delete(stream.id)) return;
		this.#send(encodeReset(stream.id, code));
		stream.body.discard();
		stream.cancel(new Error('reset by the server'));
	}

	#ping(): Promise<void> {
		if (this.#closed) return Promise.reject(new Error('the connection has ended'));
		const pong = Promise.withResolvers<void>();
		this.#pings.push(pong);
		this.#send(encodeFrame(frameType.ping, 0, 0, Buffer.alloc(8)));
		return pong.promise;
	}

	#fail(code: number, message: string): void {
		this.#context.record.closed ??= `h2: ${message}`;
		this.#send(encodeGoAway(this.#lastStreamId, code, message));
		this.ended(message);
		this.#transport.end();
	}

	#send(bytes: Buffer): void {
		if (this.#transport.writable) this.#transportFull = !this.#transport.write(bytes);
	}
}
