import type { HeaderField } from '../capture/records.ts';
import { headerValue } from '../capture/records.ts';
import { HpackDecoder } from '../hpack/decoder.ts';
import { HpackEncoder } from '../hpack/encoder.ts';
import {
	CLIENT_PREFACE,
	DEFAULT_WINDOW,
	encodeFrame,
	encodeHeaders,
	encodeSettings,
	type Frame,
	frameFlag,
	frameType,
	setting,
} from '../http2/frame.ts';
import { describeFrame, headerFragment } from '../http2/frame-record.ts';
import { logFrame } from './fault-log.ts';
import type { RawPeer } from './raw-peer.ts';

const MAX_CHUNK = 16_384;

/** A request as far as a fault needs it. */
export type PeerRequest = { streamId: number; method: string; path: string; endStream: boolean };

/** Scripted HTTP/2 server: frames in, frames out, no rules enforced. */
export class Http2Peer {
	readonly raw: RawPeer;
	/** Client's settings. */
	readonly settings = new Map<number, number>();
	/** Window the client grants on the connection; scripts that want to be correct respect it. */
	connectionWindow = DEFAULT_WINDOW;
	/** Bytes of DATA received per stream, padding excluded. */
	readonly received = new Map<number, number>();
	/** Streams the client has reset. */
	readonly resetStreams = new Set<number>();
	/** Streams on which the client sent END_STREAM. */
	readonly endedStreams = new Set<number>();
	readonly #windows = new Map<number, number>();
	readonly #decoder = new HpackDecoder();
	readonly #encoder = new HpackEncoder(false);
	readonly #started = performance.now();
	#block: { frame: Frame; fragments: Buffer[] } | null = null;

	constructor(raw: RawPeer) {
		this.raw = raw;
	}

	/** Sends our SETTINGS and reads the client's preface. */
	async start(settings: readonly (readonly [number, number])[]): Promise<void> {
		await this.send(encodeSettings(settings));
		await this.raw.readExactly(CLIENT_PREFACE.length);
	}

	/** Window the client grants on a stream. */
	streamWindow(streamId: number): number {
		return this.#windows.get(streamId) ?? this.initialWindow;
	}

	get initialWindow(): number {
		return this.settings.get(setting.initialWindowSize) ?? DEFAULT_WINDOW;
	}

	async send(...frames: Uint8Array[]): Promise<void> {
		await this.raw.write(Buffer.concat(frames));
	}

	/** Reads, logs and digests one frame. Returns a request when the frame completed one. @throws PeerGone */
	async step(): Promise<PeerRequest | null> {
		const head = await this.raw.readExactly(9);
		const frame: Frame = {
			type: head.readUInt8(3),
			flags: head.readUInt8(4),
			streamId: head.readUInt32BE(5) & 0x7fffffff,
			payload: await this.raw.readExactly(head.readUIntBE(0, 3)),
		};
		const record = describeFrame(frame, Math.round(performance.now() - this.#started));
		logFrame(this.raw.log, record);
		if (record.settings) await this.#onSettings(record.settings);
		if (record.increment !== undefined) this.#onWindow(frame.streamId, record.increment);
		if (frame.type === frameType.rstStream) this.resetStreams.add(frame.streamId);
		if (frame.type === frameType.ping && (frame.flags & frameFlag.ack) === 0) {
			await this.send(encodeFrame(frameType.ping, frameFlag.ack, 0, frame.payload));
		}
		const carriesEnd = frame.type === frameType.data || frame.type === frameType.headers;
		if (carriesEnd && frame.flags & frameFlag.endStream) this.endedStreams.add(frame.streamId);
		if (frame.type === frameType.data) {
			this.received.set(frame.streamId, (this.received.get(frame.streamId) ?? 0) + frame.payload.length);
		}
		return this.#onHeaderFrame(frame);
	}

	/** Reads on until a request is complete (its head). @throws PeerGone */
	async nextRequest(): Promise<PeerRequest> {
		for (;;) {
			const request = await this.step();
			if (request) return request;
		}
	}

	/** Reads until `done` says so. @throws PeerGone */
	async stepUntil(done: () => boolean): Promise<void> {
		while (!done()) await this.step();
	}

	/** Reads and logs frames until the client is gone. */
	async drain(): Promise<never> {
		for (;;) await this.step();
	}

	/** HEADERS frame with this status; names are sent as given, even invalid ones. */
	headers(streamId: number, fields: HeaderField[], endStream = false): Buffer {
		return encodeHeaders(streamId, this.encode(fields), endStream);
	}

	/** Header block without Huffman and without the dynamic table. */
	encode(fields: HeaderField[]): Buffer {
		return this.#encoder.encode(fields);
	}

	/** A correct little answer: 200 with the path as body. */
	async answer(request: PeerRequest, body = `answer to ${request.path}`): Promise<void> {
		const bytes = Buffer.from(body, 'utf8');
		const fields: HeaderField[] = [
			[':status', '200'],
			['content-length', String(bytes.length)],
		];
		await this.send(this.headers(request.streamId, fields), this.data(request.streamId, bytes, true));
	}

	/** DATA frames for `bytes`, no window respected. */
	data(streamId: number, bytes: Uint8Array, endStream = false): Buffer {
		const frames: Buffer[] = [];
		for (let at = 0; at === 0 || at < bytes.length; at += MAX_CHUNK) {
			const isLast = at + MAX_CHUNK >= bytes.length;
			const flags = isLast && endStream ? frameFlag.endStream : 0;
			frames.push(encodeFrame(frameType.data, flags, streamId, bytes.subarray(at, at + MAX_CHUNK)));
		}
		return Buffer.concat(frames);
	}

	async #onSettings(settings: [number, number][]): Promise<void> {
		for (const [id, value] of settings) {
			if (id === setting.initialWindowSize) {
				for (const [stream, window] of this.#windows) this.#windows.set(stream, window + value - this.initialWindow);
			}
			this.settings.set(id, value);
		}
		await this.send(encodeFrame(frameType.settings, frameFlag.ack, 0));
	}

	#onWindow(streamId: number, increment: number): void {
		if (streamId === 0) this.connectionWindow += increment;
		else this.#windows.set(streamId, this.streamWindow(streamId) + increment);
	}

	#onHeaderFrame(frame: Frame): PeerRequest | null {
		if (frame.type === frameType.headers) this.#block = { frame, fragments: [headerFragment(frame)] };
		else if (frame.type === frameType.continuation) this.#block?.fragments.push(frame.payload);
		else return null;
		const block = this.#block;
		if (!block || (frame.flags & frameFlag.endHeaders) === 0) return null;
		this.#block = null;
		const { fields } = this.#decoder.decode(Buffer.concat(block.fragments));
		const [method, path] = [headerValue(fields, ':method'), headerValue(fields, ':path')];
		if (method === null) return null; // trailers
		this.raw.log.requests.push(`${method} ${path}`);
		const endStream = (block.frame.flags & frameFlag.endStream) !== 0;
		return { streamId: block.frame.streamId, method, path: path ?? '', endStream };
	}
}
