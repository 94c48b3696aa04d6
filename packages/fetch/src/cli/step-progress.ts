import type { Writable } from 'node:stream';

/** A step of a capture that is over. */
type Step = { name: string; seen: boolean; required: boolean; done: number; of: number };

/** On a terminal one line that counts; elsewhere a line for every tenth of the way. */
export class StepProgress {
	readonly #output: Writable & { isTTY?: boolean; columns?: number };
	#isDrawn = false;
	#tenth = 0;

	constructor(output: Writable & { isTTY?: boolean; columns?: number }) {
		this.#output = output;
	}

	step({ name, seen, done, of }: Step): void {
		const text = `${String(done).padStart(3)} of ${of}  ${name}${seen ? '' : ': not seen'}`;
		if (this.#output.isTTY === true) {
			this.#isDrawn = true;
			const width = (this.#output.columns ?? 80) - 1;
			this.#output.write(`\r${text.slice(0, width).padEnd(width)}`);
			return;
		}
		const tenth = Math.floor((done / of) * 10);
		if (tenth === this.#tenth) return;
		this.#tenth = tenth;
		this.#output.write(`${text}\n`);
	}

	/** Leaves the line. */
	finish(): void {
		if (this.#isDrawn) this.#output.write('\n');
	}
}
