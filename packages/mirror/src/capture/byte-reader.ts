/** Bounds-checked big-endian reader; every method throws `RangeError` instead of reading past the end. */
export class ByteReader {
	readonly #bytes: Buffer;
	#position = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	/** Bytes not yet read. */
	get left(): number {
		return this.#bytes.length - this.#position;
	}

	/** The next `length` bytes (a view, not a copy). */
	take(length: number): Buffer {
		if (length > this.left) throw new RangeError(`truncated: ${length} bytes wanted, ${this.left} left`);
		this.#position += length;
		return this.#bytes.subarray(this.#position - length, this.#position);
	}

	u8(): number {
		return this.take(1).readUInt8();
	}

	u16(): number {
		return this.take(2).readUInt16BE();
	}

	u24(): number {
		return this.take(3).readUIntBE(0, 3);
	}

	/** A vector with a one-byte length. */
	vector8(): Buffer {
		return this.take(this.u8());
	}

	/** A vector with a two-byte length. */
	vector16(): Buffer {
		return this.take(this.u16());
	}
}

/** Splits bytes into 16-bit numbers; an odd last byte is ignored. */
export function readU16List(bytes: Buffer): number[] {
	const list: number[] = [];
	for (let index = 0; index + 1 < bytes.length; index += 2) list.push(bytes.readUInt16BE(index));
	return list;
}
