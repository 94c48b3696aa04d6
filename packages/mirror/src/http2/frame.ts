/** HTTP/2 frame layout (RFC 9113 4.1): constants, a writer, and an incremental reader. Roles do not matter here. */

export const frameType = {
	data: 0,
	headers: 1,
	priority: 2,
	rstStream: 3,
	settings: 4,
	pushPromise: 5,
	ping: 6,
	goAway: 7,
	windowUpdate: 8,
	continuation: 9,
} as const;

export const frameFlag = { ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const setting = {
	headerTableSize: 1,
	enablePush: 2,
	maxConcurrentStreams: 3,
	initialWindowSize: 4,
	maxFrameSize: 5,
	maxHeaderListSize: 6,
	enableConnectProtocol: 8,
} as const;

export const errorCode = {
	noError: 0,
	protocolError: 1,
	internalError: 2,
	flowControlError: 3,
	settingsTimeout: 4,
	streamClosed: 5,
	frameSizeError: 6,
	refusedStream: 7,
	cancel: 8,
	compressionError: 9,
	enhanceYourCalm: 11,
	http11Required: 13,
} as const;

export const FRAME_HEADER_LENGTH = 9;
export const DEFAULT_MAX_FRAME_SIZE = 16_384;
export const DEFAULT_WINDOW = 65_535;
export const MAX_WINDOW = 2 ** 31 - 1;
/** What a client sends first (RFC 9113 3.4). */
export const CLIENT_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'ascii');

/** One frame; `type` may be any byte. */
export type Frame = { type: number; flags: number; streamId: number; payload: Buffer };

/** A connection error of HTTP/2: the connection ends with GOAWAY(code). */
export class Http2Error extends Error {
	override readonly name = 'Http2Error';
	readonly code: number;

	constructor(code: number, message: string) {
		super(message);
		this.code = code;
	}
}

/** Bytes of a frame. The length field is that of the payload. */
export function encodeFrame(
	type: number,
	flags: number,
	streamId: number,
	payload: Uint8Array = Buffer.alloc(0),
): Buffer {
	const frame = Buffer.allocUnsafe(FRAME_HEADER_LENGTH + payload.length);
	frame.writeUIntBE(payload.length, 0, 3);
	frame.writeUInt8(type, 3);
	frame.writeUInt8(flags, 4);
	frame.writeUInt32BE(streamId, 5);
	frame.set(payload, FRAME_HEADER_LENGTH);
	return frame;
}

export function encodeSettings(settings: readonly (readonly [number, number])[]): Buffer {
	const payload = Buffer.alloc(settings.length * 6);
	for (const [index, [id, value]] of settings.entries()) {
		payload.writeUInt16BE(id, index * 6);
		payload.writeUInt32BE(value, index * 6 + 2);
	}
	return encodeFrame(frameType.settings, 0, 0, payload);
}

export function encodeWindowUpdate(streamId: number, increment: number): Buffer {
	return encodeFrame(frameType.windowUpdate, 0, streamId, encodeU32(increment));
}

export function encodeReset(streamId: number, code: number): Buffer {
	return encodeFrame(frameType.rstStream, 0, streamId, encodeU32(code));
}

export function encodeGoAway(lastStreamId: number, code: number, debug = ''): Buffer {
	const payload = Buffer.concat([encodeU32(lastStreamId), encodeU32(code), Buffer.from(debug, 'utf8')]);
	return encodeFrame(frameType.goAway, 0, 0, payload);
}

/** HEADERS and, if the block does not fit, CONTINUATION frames. */
export function encodeHeaders(
	streamId: number,
	block: Buffer,
	endStream: boolean,
	maxFrameSize = DEFAULT_MAX_FRAME_SIZE,
): Buffer {
	const frames: Buffer[] = [];
	for (let start = 0; start === 0 || start < block.length; start += maxFrameSize) {
		const isFirst = start === 0;
		const endHeaders = start + maxFrameSize >= block.length ? frameFlag.endHeaders : 0;
		const flags = endHeaders | (isFirst && endStream ? frameFlag.endStream : 0);
		const type = isFirst ? frameType.headers : frameType.continuation;
		frames.push(encodeFrame(type, flags, streamId, block.subarray(start, start + maxFrameSize)));
	}
	return Buffer.concat(frames);
}

export function encodeU32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value >>> 0);
	return bytes;
}

/** Cuts a byte stream into frames. */
export class FrameReader {
	#chunks: Buffer[] = [];
	#buffered = 0;
	readonly #maxFrameSize: number;

	/** @param maxFrameSize payloads above it raise FRAME_SIZE_ERROR */
	constructor(maxFrameSize = DEFAULT_MAX_FRAME_SIZE) {
		this.#maxFrameSize = maxFrameSize;
	}

	push(bytes: Buffer): void {
		this.#chunks.push(bytes);
		this.#buffered += bytes.length;
	}

	/** The next complete frame, or `null`. @throws Http2Error when a frame is too large. */
	next(): Frame | null {
		if (this.#buffered < FRAME_HEADER_LENGTH) return null;
		const head = this.#join(FRAME_HEADER_LENGTH);
		const length = head.readUIntBE(0, 3);
		if (length > this.#maxFrameSize) throw new Http2Error(errorCode.frameSizeError, `frame of ${length} bytes`);
		const total = FRAME_HEADER_LENGTH + length;
		if (this.#buffered < total) return null;
		const bytes = this.#join(total);
		this.#chunks[0] = bytes.subarray(total);
		this.#buffered -= total;
		return {
			type: bytes.readUInt8(3),
			flags: bytes.readUInt8(4),
			streamId: bytes.readUInt32BE(5) & 0x7fffffff,
			payload: bytes.subarray(FRAME_HEADER_LENGTH, total),
		};
	}

	/** Takes exactly `length` raw bytes (the preface), or `null` if they are not there yet. */
	takeRaw(length: number): Buffer | null {
		if (this.#buffered < length) return null;
		const bytes = this.#join(length);
		this.#chunks[0] = bytes.subarray(length);
		this.#buffered -= length;
		return bytes.subarray(0, length);
	}

	/** Makes the first chunk at least `length` bytes long. Joins only when a frame spans chunks. */
	#join(length: number): Buffer {
		const first = this.#chunks[0];
		if (first && first.length >= length) return first;
		const joined = Buffer.concat(this.#chunks);
		this.#chunks = [joined];
		return joined;
	}
}
