import type { BodySource } from '../../src/response/body-source.ts';

/** Source over bytes in memory. */
export class BytesSource implements BodySource {
	readonly complete = true;
	#bytes: Uint8Array | null;
	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}
	read(): Promise<Uint8Array | null> {
		const bytes = this.#bytes;
		this.#bytes = null;
		return Promise.resolve(bytes === null || bytes.byteLength === 0 ? null : bytes);
	}
	readAll(): Promise<Uint8Array> {
		return Promise.resolve(this.takeBuffered());
	}
	takeBuffered(): Uint8Array {
		const bytes = this.#bytes ?? new Uint8Array(0);
		this.#bytes = null;
		return bytes;
	}
	cancel(): void {
		this.#bytes = null;
	}
}
