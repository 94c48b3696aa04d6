import type { NativeDictionary } from './types.ts';

/** Which dictionaries the native half has, by the numbers that it knows them by; made with the first one. */
export class KnownDictionaries {
	readonly #numbers = new WeakMap<NativeDictionary, number>();
	readonly #dropped: FinalizationRegistry<number>;
	#last = 0;

	/** @param forget called with the number of a dictionary that nobody holds any more */
	constructor(forget: (number: number) => void) {
		this.#dropped = new FinalizationRegistry(forget);
	}

	/** `isNew`: the native half does not have it yet. */
	numberOf(dictionary: NativeDictionary): { number: number; isNew: boolean } {
		const known = this.#numbers.get(dictionary);
		if (known !== undefined) return { number: known, isNew: false };
		// Numbers are u32 on the way; after four milliards of them the first is long gone.
		this.#last = (this.#last + 1) >>> 0;
		this.#numbers.set(dictionary, this.#last);
		this.#dropped.register(dictionary, this.#last);
		return { number: this.#last, isNew: true };
	}
}
