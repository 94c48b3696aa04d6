/** One WebSocket frame, payload unmasked (RFC 6455 5.2). */
export type WebSocketFrame = { fin: boolean; rsv: number; opcode: number; payload: Buffer };

/** Largest frame accepted. */
const MAX_PAYLOAD = 64 * 1024 * 1024;

/** Cuts a client's byte stream into frames. */
export class FrameParser {
	#buffer: Buffer = Buffer.alloc(0);

	/** Complete frames in what has arrived so far. @throws RangeError when a frame is too large. */
	*receive(bytes: Buffer): Generator<WebSocketFrame> {
		this.#buffer = Buffer.concat([this.#buffer, bytes]);
		for (let frame = this.#next(); frame; frame = this.#next()) yield frame;
	}

	#next(): WebSocketFrame | null {
		const input = this.#buffer;
		if (input.length < 2) return null;
		const [first, second] = [input.readUInt8(0), input.readUInt8(1)];
		const shortLength = second & 0x7f;
		const lengthBytes = shortLength === 127 ? 8 : shortLength === 126 ? 2 : 0;
		const isMasked = (second & 0x80) !== 0;
		const headerLength = 2 + lengthBytes + (isMasked ? 4 : 0);
		if (input.length < headerLength) return null;
		const length =
			lengthBytes === 8 ? Number(input.readBigUInt64BE(2)) : lengthBytes === 2 ? input.readUInt16BE(2) : shortLength;
		if (length > MAX_PAYLOAD) throw new RangeError(`WebSocket frame of ${length} bytes`);
		if (input.length < headerLength + length) return null;
		const payload = Buffer.from(input.subarray(headerLength, headerLength + length));
		if (isMasked) {
			const mask = input.subarray(headerLength - 4, headerLength);
			for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index & 3] ?? 0);
		}
		this.#buffer = input.subarray(headerLength + length);
		return { fin: (first & 0x80) !== 0, rsv: (first >> 4) & 7, opcode: first & 0x0f, payload };
	}
}

/** A frame as a server sends it: unmasked. */
export function encodeServerFrame({ fin, rsv, opcode, payload }: WebSocketFrame): Buffer {
	const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
	if (payload.length < 126) return Buffer.concat([Buffer.from([first, payload.length]), payload]);
	if (payload.length < 65_536) {
		return Buffer.concat([Buffer.from([first, 126, payload.length >> 8, payload.length & 0xff]), payload]);
	}
	const header = Buffer.alloc(10);
	header.writeUInt8(first, 0);
	header.writeUInt8(127, 1);
	header.writeBigUInt64BE(BigInt(payload.length), 2);
	return Buffer.concat([header, payload]);
}
