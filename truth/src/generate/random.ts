/** Numbers that follow from a seed (mulberry32): the same seed makes the same situations on every machine. */
export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** From 0 up to, not including, 1. */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = this.#state;
		mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** A whole number from 0 up to, not including, `limit`. */
	below(limit: number): number {
		return Math.floor(this.next() * limit);
	}

	chance(probability: number): boolean {
		return this.next() < probability;
	}

	pick<T>(choices: readonly T[]): T {
		return choices[this.below(choices.length)] as T;
	}

	/** Some of them, in a random order, none twice. */
	some<T>(choices: readonly T[], count: number): T[] {
		const left = [...choices];
		const taken: T[] = [];
		while (taken.length < count && left.length > 0) taken.push(...left.splice(this.below(left.length), 1));
		return taken;
	}
}

/** A seed of its own for each situation, so that each can be drawn again without those before it. */
export function seedOf(seed: number, index: number): number {
	return Math.imul(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ index, 0xc2b2ae35) >>> 0;
}
