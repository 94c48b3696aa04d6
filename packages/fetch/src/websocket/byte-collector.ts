const none = Buffer.alloc(0);

/** Bytes that come in pieces of any size; takes at most twice the memory of what it holds. */
export class ByteCollector {
	#bytes: Buffer = none;
	#length = 0;

	get length(): number {
		return this.#length;
	}

	add(piece: Buffer): void {
		const wanted = this.#length + piece.length;
		if (wanted > this.#bytes.length) {
			const grown = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#length));
			this.#bytes.copy(grown, 0, 0, this.#length);
			this.#bytes = grown;
		}
		piece.copy(this.#bytes, this.#length);
		this.#length = wanted;
	}

	/** All of it; the collector is empty afterwards. */
	take(): Buffer {
		const bytes = this.#bytes.subarray(0, this.#length);
		this.#bytes = none;
		this.#length = 0;
		return bytes;
	}
}
