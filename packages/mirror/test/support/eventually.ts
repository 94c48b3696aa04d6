import { vi } from 'vitest';

/** Longest wait for something that has no event to wait for; far above what a busy machine needs. */
const LIMIT_MS = 20_000;

/** Repeats an assertion until it holds. */
export function eventually(assertion: () => void): Promise<void> {
	return vi.waitFor(assertion, { timeout: LIMIT_MS, interval: 20 });
}

/** Resolves with a counter's value once it is above zero and has stopped growing. */
export async function standstill(counter: () => number): Promise<number> {
	let before = -1;
	let unchanged = 0;
	await eventually(() => {
		const now = counter();
		unchanged = now > 0 && now === before ? unchanged + 1 : 0;
		before = now;
		if (unchanged < 5) throw new Error(`still moving at ${now}`);
	});
	return before;
}
