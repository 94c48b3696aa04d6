import { command, separate } from './native-binding.ts';
import type { CheckedRequest } from './request-check.ts';
import type { NativeDictionary } from './types.ts';

/** Bytes up to which a body rides inside the packed buffer; longer ones cross as a buffer of their own. */
export const inlineLimit = 16 * 1024;

const initialSize = 64 * 1024;
/** Fixed-size fields of the largest command, rounded up. */
const fixedSize = 128;

const flag = {
	https: 1,
	decompress: 2,
	newConnection: 4,
	phases: 8,
	upgrade: 16,
	replay: 32,
	priority: 64,
	timeouts: 128,
	contentLength: 256,
	maxResponseBytes: 512,
	anonymous: 1024,
	hold: 2048,
	webSocket: 4096,
	storable: 8192,
	informational: 16384,
	dictionary: 32_768,
	upgradable: 65_536,
	undropped: 131_072,
	repeatable: 262_144,
} as const;

const bodyKind = { none: 0, bytes: 1, stream: 2 } as const;
const protocolNumber = { auto: 0, http1: 1, http2: 2 } as const;

/**
 * Packs commands one behind the other into one buffer that is used again and again. Layout: docs/internals/binding.md.
 * Only checked values come here; nothing in this class calls back into the caller's objects.
 */
export class CommandEncoder {
	/** Packed commands; `length` bytes are in use. */
	bytes: Buffer;
	length = 0;
	#view: DataView;

	constructor() {
		this.bytes = Buffer.allocUnsafeSlow(initialSize);
		this.#view = viewOf(this.bytes);
	}

	/** Empties the buffer; one that grew for a single large request is given back. */
	reset(): void {
		this.length = 0;
		if (this.bytes.length > initialSize * 4) {
			this.bytes = Buffer.allocUnsafeSlow(initialSize);
			this.#view = viewOf(this.bytes);
		}
	}

	/**
	 * Returns the body when it has to cross separately. `informational`: somebody listens to interim answers; no others
	 * cross. `dictionary`: the number of one that has crossed.
	 */
	start(
		id: number,
		transportId: number,
		request: CheckedRequest,
		informational: boolean,
		dictionary: number | undefined,
	): Uint8Array | undefined {
		const body = request.body === 'stream' || request.body === null ? undefined : request.body;
		const inline = body && body.length <= inlineLimit ? body.length : 0;
		this.#reserve(fixedSize + request.line.length + request.fields.length + inline);
		this.#head(command.start, id);
		this.#u32(transportId);
		const beside = (informational ? flag.informational : 0) | (dictionary === undefined ? 0 : flag.dictionary);
		this.#u32(flagsOf(request) | beside);
		this.#u8(protocolNumber[request.protocols]);
		this.#u16(request.port);
		if (request.priority) {
			this.#u16(request.priority.weight);
			this.#u8(request.priority.exclusive ? 1 : 0);
			this.#u8(request.priority.rank);
		}
		if (request.timeouts) for (const limit of request.timeouts) this.#f64(limit);
		if (request.contentLength !== undefined) this.#f64(request.contentLength);
		if (request.maxResponseBytes !== undefined) this.#f64(request.maxResponseBytes);
		if (dictionary !== undefined) this.#u32(dictionary);
		this.#u32(request.line.length + request.fields.length);
		this.#latin1(request.line);
		this.#latin1(request.fields);
		if (body) {
			this.#u8(bodyKind.bytes);
			return this.#body(body);
		}
		this.#u8(request.body === 'stream' ? bodyKind.stream : bodyKind.none);
		return undefined;
	}

	/** Returns the bytes when they have to cross separately. */
	dictionary(number: number, { sha256, bytes }: NativeDictionary): Uint8Array | undefined {
		this.#reserve(fixedSize + (bytes.length <= inlineLimit ? bytes.length : 0));
		this.#head(command.dictionary, number);
		this.#text(Buffer.from(sha256).toString('latin1'));
		return this.#body(bytes);
	}

	forgetDictionary(number: number): void {
		this.#reserve(fixedSize);
		this.#head(command.forgetDictionary, number);
	}

	/** Takes a command out again that was packed between these two lengths and not sent. */
	cut(from: number, to: number): void {
		this.bytes.copyWithin(from, to, this.length);
		this.length -= to - from;
	}

	read(id: number, max: number): void {
		this.#reserve(fixedSize);
		this.#head(command.read, id);
		this.#u32(max);
	}

	/** `hasTarget`: into memory that crosses separately. */
	readWhole(id: number, hasTarget: boolean): void {
		this.#reserve(fixedSize);
		this.#head(command.readWhole, id);
		this.#u8(hasTarget ? 1 : 0);
	}

	/** Returns the chunk when it has to cross separately. */
	write(id: number, chunk: Uint8Array): Uint8Array | undefined {
		this.#reserve(fixedSize + (chunk.length <= inlineLimit ? chunk.length : 0));
		this.#head(command.write, id);
		return this.#body(chunk);
	}

	/** `trailers`: NUL-joined names and values. */
	end(id: number, trailers: string): void {
		this.#reserve(fixedSize + trailers.length);
		this.#head(command.end, id);
		this.#text(trailers);
	}

	abort(id: number): void {
		this.#reserve(fixedSize);
		this.#head(command.abort, id);
	}

	/** `chain`: the certificates that the caller has seen. */
	confirm(id: number, chain: number): void {
		this.#reserve(fixedSize);
		this.#head(command.confirm, id);
		this.#f64(chain);
	}

	discard(id: number, maxBytes: number): void {
		this.#reserve(fixedSize);
		this.#head(command.discard, id);
		this.#f64(maxBytes);
	}

	/** Answered by the event `closed` with the same id. */
	closeTransport(transportId: number): void {
		this.#reserve(fixedSize);
		this.#head(command.closeTransport, transportId);
	}

	#reserve(size: number): void {
		const needed = this.length + size;
		if (needed <= this.bytes.length) return;
		const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
		grown.set(this.bytes.subarray(0, this.length));
		this.bytes = grown;
		this.#view = viewOf(grown);
	}

	#head(operation: number, id: number): void {
		this.#u8(operation);
		this.#u32(id);
	}

	#body(bytes: Uint8Array): Uint8Array | undefined {
		if (bytes.length > inlineLimit) {
			this.#u32(separate);
			return bytes;
		}
		this.#u32(bytes.length);
		this.bytes.set(bytes, this.length);
		this.length += bytes.length;
		return undefined;
	}

	#text(text: string): void {
		this.#u32(text.length);
		this.#latin1(text);
	}

	#latin1(text: string): void {
		this.length += this.bytes.write(text, this.length, 'latin1');
	}

	#u8(value: number): void {
		this.bytes[this.length++] = value;
	}

	#u16(value: number): void {
		this.#view.setUint16(this.length, value, true);
		this.length += 2;
	}

	#u32(value: number): void {
		this.#view.setUint32(this.length, value, true);
		this.length += 4;
	}

	#f64(value: number): void {
		this.#view.setFloat64(this.length, value, true);
		this.length += 8;
	}
}

function flagsOf(request: CheckedRequest): number {
	return (
		(request.https ? flag.https : 0) |
		(request.decompress ? flag.decompress : 0) |
		(request.newConnection ? flag.newConnection : 0) |
		(request.phases ? flag.phases : 0) |
		(request.upgrade ? flag.upgrade : 0) |
		(request.webSocket ? flag.webSocket : 0) |
		(request.replay ? flag.replay : 0) |
		(request.anonymous ? flag.anonymous : 0) |
		(request.hold ? flag.hold : 0) |
		(request.storable ? flag.storable : 0) |
		(request.upgradable ? flag.upgradable : 0) |
		(request.undropped ? flag.undropped : 0) |
		(request.repeatable ? flag.repeatable : 0) |
		(request.priority ? flag.priority : 0) |
		(request.timeouts ? flag.timeouts : 0) |
		(request.contentLength !== undefined ? flag.contentLength : 0) |
		(request.maxResponseBytes !== undefined ? flag.maxResponseBytes : 0)
	);
}

function viewOf(buffer: Buffer): DataView {
	return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
