import { ByteCollector } from './byte-collector.ts';
import { closeCode, SocketFailure } from './failure.ts';
import { opcode } from './frame-writer.ts';

const { isUtf8 } = process.getBuiltinModule('node:buffer');

/** What a peer said: a whole message, or a control frame. */
export type Incoming =
	| { type: 'message'; isText: boolean; isCompressed: boolean; payload: Buffer }
	| { type: 'ping' | 'pong'; payload: Buffer }
	| { type: 'close'; code: number; reason: string };

/** Longest payload of a control frame (RFC 6455 5.5). */
const maxControlBytes = 125;

type Frame = { fin: boolean; compressed: boolean; opcode: number; left: number };

/**
 * Puts a server's frames together. Memory follows the bytes that have arrived, never what a header announces and never
 * the number of fragments; everything that RFC 6455 forbids ends in a `SocketFailure`.
 */
export class FrameReader {
	readonly #maxMessageBytes: number;
	readonly #compression: boolean;
	#input: Buffer = Buffer.alloc(0);
	#frame: Frame | undefined;
	#message: { isText: boolean; isCompressed: boolean; body: ByteCollector } | undefined;
	#control = new ByteCollector();

	constructor(maxMessageBytes: number, compression: boolean) {
		this.#maxMessageBytes = maxMessageBytes;
		this.#compression = compression;
	}

	/** Everything complete in what has arrived so far; call it to its end before the next `receive`. */
	*receive(bytes: Uint8Array): Generator<Incoming, void, void> {
		const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
		for (;;) {
			this.#frame ??= this.#header();
			if (!this.#frame) return;
			const frame = this.#frame;
			if (!this.#payload(frame)) return;
			this.#frame = undefined;
			const incoming = frame.opcode >= opcode.close ? this.#controlFrame(frame.opcode) : this.#dataFrame(frame.fin);
			if (incoming) yield incoming;
		}
	}

	/** At most 10 bytes stay in `#input` between two calls: a payload is taken out as it comes. */
	#header(): Frame | undefined {
		const input = this.#input;
		if (input.length < 2) return undefined;
		const first = input.readUInt8(0);
		const second = input.readUInt8(1);
		if ((second & 0x80) !== 0) throw broken('a frame of the server is masked');
		const short = second & 0x7f;
		const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
		const frame = { fin: (first & 0x80) !== 0, compressed: (first & 0x40) !== 0, opcode: first & 0x0f, left: short };
		this.#check(first, frame);
		if (input.length < 2 + extended) return undefined;
		if (extended === 2) frame.left = shortest(input.readUInt16BE(2), 126);
		else if (extended === 8) frame.left = this.#longLength(input.readBigUInt64BE(2));
		this.#input = input.subarray(2 + extended);
		this.#begin(frame);
		return frame;
	}

	/** RFC 6455 5.2: the most significant bit of a 64-bit length is 0. */
	#longLength(length: bigint): number {
		if (length >= 1n << 63n) throw broken('a length above 2^63');
		if (length > BigInt(this.#maxMessageBytes)) throw tooLarge();
		return shortest(Number(length), 65_536);
	}

	#check(first: number, frame: Frame): void {
		if ((first & 0x30) !== 0) throw broken('reserved bits are set');
		const isControl = frame.opcode >= opcode.close;
		if (isControl) {
			if (frame.opcode > opcode.pong) throw broken(`unknown opcode ${frame.opcode}`);
			if (!frame.fin) throw broken('a control frame in fragments');
			if (frame.left > maxControlBytes) throw broken('a control frame of more than 125 bytes');
		} else if (frame.opcode > opcode.binary) throw broken(`unknown opcode ${frame.opcode}`);
		// RFC 7692 6: only the first frame of a message says that it is compressed.
		if (frame.compressed && (!this.#compression || isControl || frame.opcode === opcode.continuation)) {
			throw broken('a compressed frame where none may be');
		}
	}

	#begin(frame: Frame): void {
		if (frame.opcode >= opcode.close) return;
		if (frame.opcode === opcode.continuation) {
			if (!this.#message) throw broken('a continuation of nothing');
		} else {
			if (this.#message) throw broken('a new message inside another');
			this.#message = {
				isText: frame.opcode === opcode.text,
				isCompressed: frame.compressed,
				body: new ByteCollector(),
			};
		}
		if (this.#message.body.length + frame.left > this.#maxMessageBytes) throw tooLarge();
	}

	/** True once all of the payload is here. */
	#payload(frame: Frame): boolean {
		const taken = this.#input.subarray(0, frame.left);
		this.#input = this.#input.subarray(taken.length);
		frame.left -= taken.length;
		if (frame.opcode >= opcode.close) this.#control.add(taken);
		else this.#message?.body.add(taken);
		return frame.left === 0;
	}

	#dataFrame(fin: boolean): Incoming | undefined {
		const message = this.#message;
		if (!fin || !message) return undefined;
		this.#message = undefined;
		const { isText, isCompressed, body } = message;
		const payload = body.take();
		if (isText && !isCompressed && !isUtf8(payload)) throw badText();
		return { type: 'message', isText, isCompressed, payload };
	}

	#controlFrame(kind: number): Incoming {
		const payload = this.#control.take();
		if (kind !== opcode.close) return { type: kind === opcode.ping ? 'ping' : 'pong', payload };
		if (payload.length === 0) return { type: 'close', code: closeCode.noStatus, reason: '' };
		if (payload.length === 1) throw broken('a close frame with half a code');
		const code = payload.readUInt16BE(0);
		if (!isPeerCloseCode(code)) throw broken(`close code ${code}`);
		const reason = payload.subarray(2);
		if (!isUtf8(reason)) throw badText();
		return { type: 'close', code, reason: reason.toString('utf8') };
	}
}

/** Codes that may stand in a frame: RFC 6455 7.4.2 and the IANA registry. */
function isPeerCloseCode(code: number): boolean {
	if (code >= 3000) return code <= 4999;
	return code >= 1000 && code <= 1014 && code !== 1004 && code !== closeCode.noStatus && code !== closeCode.abnormal;
}

/** RFC 6455 5.2: the minimal number of bytes must be used. */
function shortest(length: number, least: number): number {
	if (length < least) throw broken('a length in more bytes than it needs');
	return length;
}

/** Text that is not UTF-8. */
export function badText(): SocketFailure {
	return new SocketFailure(closeCode.data, 'text that is not UTF-8');
}

/** A message above the limit. */
export function tooLarge(): SocketFailure {
	return new SocketFailure(closeCode.tooLarge, 'a message above maxMessageBytes');
}

function broken(what: string): SocketFailure {
	return new SocketFailure(closeCode.protocol, what);
}
