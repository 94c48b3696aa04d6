/** RFC 6455 5.2. */
export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Random bytes for masks are fetched for this many frames at once. */
const masksAtOnce = 1024;
const masks = Buffer.alloc(4 * masksAtOnce);
let nextMask = masksAtOnce;

/** One unfragmented, masked frame. The payload is copied, never changed. */
export function encodeFrame(kind: number, payload: Uint8Array, isCompressed = false): Buffer {
	const { length } = payload;
	const extended = length > 65_535 ? 8 : length > 125 ? 2 : 0;
	const start = 2 + extended + 4;
	const frame = Buffer.allocUnsafe(start + length);
	frame[0] = 0x80 | (isCompressed ? 0x40 : 0) | kind;
	frame[1] = 0x80 | (extended === 8 ? 127 : extended === 2 ? 126 : length);
	if (extended === 2) frame.writeUInt16BE(length, 2);
	else if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
	const mask = takeMask();
	mask.copy(frame, start - 4);
	for (let index = 0; index < length; index++) {
		frame[start + index] = (payload[index] as number) ^ (mask[index & 3] as number);
	}
	return frame;
}

/** Payload of a close frame; without a code it is empty. */
export function closePayload(code: number | undefined, reason: string): Buffer {
	if (code === undefined) return Buffer.alloc(0);
	const text = Buffer.from(reason, 'utf8');
	const payload = Buffer.allocUnsafe(2 + text.length);
	payload.writeUInt16BE(code, 0);
	text.copy(payload, 2);
	return payload;
}

/** RFC 6455 5.3: a fresh, unpredictable mask a frame. */
function takeMask(): Buffer {
	if (nextMask >= masksAtOnce) {
		process.getBuiltinModule('node:crypto').randomFillSync(masks);
		nextMask = 0;
	}
	const mask = masks.subarray(4 * nextMask, 4 * nextMask + 4);
	nextMask++;
	return mask;
}
