/** Low bits of an id are a place in the table, high bits count how often the place was given away. */
const indexBits = 20;
const indexMask = 2 ** indexBits - 1;
const generationMask = 2 ** (32 - indexBits) - 1;

/**
 * Values under 32-bit ids that are given out here. A `Map` would do, but one that gains and loses an entry with each
 * request keeps garbage alive: its outgrown tables point to their successors, so once a full collection has moved one
 * into old space, every later one and what it held survives until the next (docs/internals/performance.md).
 */
export class ExchangeTable<T> {
	readonly #values: Array<T | undefined> = [undefined];
	readonly #generations: number[] = [0];
	readonly #free: number[] = [];

	/** An id that no value has, above 0. @throws RangeError above a million values. */
	reserve(): number {
		let index = this.#free.pop();
		if (index === undefined) {
			index = this.#values.length;
			if (index > indexMask) throw new RangeError('too many exchanges');
			this.#values.push(undefined);
			this.#generations.push(0);
		}
		return (((this.#generations[index] ?? 0) << indexBits) | index) >>> 0;
	}

	get(id: number): T | undefined {
		return this.#owns(id) ? this.#values[id & indexMask] : undefined;
	}

	/** Sets the value of a reserved id. */
	set(id: number, value: T): void {
		if (this.#owns(id)) this.#values[id & indexMask] = value;
	}

	/**
	 * Gives the id back if it has this value; events that still come for it find nothing. Ids come again after 4,096 rounds
	 * of their place, and who asks late (a finalizer, the reader of a response kept for long) must not free another's.
	 * Returns whether it had.
	 */
	delete(id: number, value: T): boolean {
		const index = id & indexMask;
		if (!this.#owns(id) || this.#values[index] !== value) return false;
		this.#values[index] = undefined;
		this.#generations[index] = ((this.#generations[index] ?? 0) + 1) & generationMask;
		this.#free.push(index);
		return true;
	}

	/** Ids that have a value. */
	ids(): number[] {
		const ids: number[] = [];
		this.#values.forEach((value, index) => {
			if (value !== undefined) ids.push((((this.#generations[index] ?? 0) << indexBits) | index) >>> 0);
		});
		return ids;
	}

	#owns(id: number): boolean {
		const index = id & indexMask;
		return index !== 0 && this.#generations[index] === id >>> indexBits;
	}
}
