/** Milliseconds for a step's requests to arrive once its page says that it is done. */
const ARRIVAL_LIMIT = 2_500;

/** Requests that have come, by step, and those who wait for one. */
export class Arrivals {
	readonly #seen = new Set<string>();
	readonly #waiting = new Set<() => void>();
	#isOver = false;

	has(key: string): boolean {
		return this.#seen.has(key);
	}

	add(key: string): void {
		this.#seen.add(key);
		this.#wake();
	}

	/** Nobody needs to wait any more. */
	end(): void {
		this.#isOver = true;
		this.#wake();
	}

	/** Resolves when `reached` holds, or after {@link ARRIVAL_LIMIT}: a browser need not do everything. */
	async until(reached: () => boolean): Promise<void> {
		if (reached()) return;
		const { promise, resolve } = Promise.withResolvers<void>();
		const check = (): void => {
			if (reached() || this.#isOver) resolve();
		};
		this.#waiting.add(check);
		const timer = setTimeout(resolve, ARRIVAL_LIMIT);
		await promise;
		clearTimeout(timer);
		this.#waiting.delete(check);
	}

	#wake(): void {
		for (const wake of this.#waiting) wake();
	}
}
