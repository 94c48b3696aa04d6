import type { Writable } from 'node:stream';

/** Smaller transfers are over before a bar is of use. */
const worthShowingBytes = 1024 * 1024;
const redrawMs = 100;
const barWidth = 30;

/** Progress bar on a terminal; silent elsewhere. */
export class Progress {
	readonly #output: Writable & { isTTY?: boolean };
	readonly #total: number;
	readonly #enabled: boolean;
	readonly #started = performance.now();
	#drawnAt = 0;
	#drawn = false;
	/** Bytes of the body so far. */
	bytes = 0;

	/** `total` may be NaN: not known. */
	constructor(output: Writable & { isTTY?: boolean }, total: number, enabled: boolean) {
		this.#output = output;
		this.#total = total;
		this.#enabled = enabled && output.isTTY === true && !(total < worthShowingBytes);
	}

	/** Passes the body through and draws as it goes. */
	async *watch(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
		for await (const chunk of chunks) {
			this.bytes += chunk.byteLength;
			if (this.#enabled) this.#draw(this.bytes);
			yield chunk;
		}
	}

	/** Leaves the line. */
	finish(): void {
		if (this.#drawn) this.#output.write('\n');
	}

	#draw(bytes: number): void {
		const now = performance.now();
		if (now - this.#drawnAt < redrawMs && bytes !== this.#total) return;
		this.#drawnAt = now;
		this.#drawn = true;
		const rate = `${megabytes(bytes / Math.max(0.001, (now - this.#started) / 1000))}/s`;
		// A decoded body can be longer than the length that was announced.
		const share = Math.min(1, bytes / this.#total);
		const bar = Number.isNaN(share)
			? ''
			: `[${'#'.repeat(Math.round(share * barWidth)).padEnd(barWidth)}] ${Math.round(share * 100)}% `;
		this.#output.write(`\r${bar}${megabytes(bytes)} ${rate} `);
	}
}

function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(1)} MB`;
}
