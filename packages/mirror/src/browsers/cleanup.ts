/** What has to be undone, last first; `AsyncDisposableStack` is not in Node 22. */
export class Cleanup {
	#steps: Array<() => unknown> = [];

	defer(step: () => unknown): void {
		this.#steps.push(step);
	}

	/** From now on another one has to undo it all. */
	move(): Cleanup {
		const moved = new Cleanup();
		moved.#steps = this.#steps;
		this.#steps = [];
		return moved;
	}

	/** Carries out every step, whichever fails, and rejects with the first failure. */
	async run(): Promise<void> {
		const failures: unknown[] = [];
		for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
			try {
				await step();
			} catch (error) {
				failures.push(error);
			}
		}
		if (failures.length > 0) throw failures[0];
	}
}

/** Starts something of several parts: what is there already ends when one of them fails. */
export async function startParts<T>(start: (started: Cleanup) => Promise<T>): Promise<T> {
	const started = new Cleanup();
	try {
		return await start(started);
	} finally {
		await started.run();
	}
}
