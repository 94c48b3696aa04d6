/** Several users of a table of named values, each of which turned out to want one. */

/** One user: the entry it refers to, the value that it was seen with, and how to point it elsewhere. */
export type Use<T> = { name: string; key: string | undefined; wanted: T; point(key: string): void };

/**
 * Makes every user's entry the value it wants. An entry changes in place when all its users agree, so that users which
 * were not seen follow; users that disagree with the rest go to another entry that has their value, or to a new one.
 */
export function settle<T>(table: Record<string, T>, uses: ReadonlyArray<Use<T>>, same: (a: T, b: T) => boolean): void {
	const keys = new Set(uses.flatMap(({ key }) => key ?? []));
	for (const key of keys) {
		const wanted = uses.filter((use) => use.key === key).map((use) => use.wanted);
		const current = table[key];
		if (current !== undefined && wanted.some((value) => same(value, current))) continue;
		const count = (value: T) => wanted.filter((other) => same(other, value)).length;
		const [best] = [...wanted].sort((left, right) => count(right) - count(left));
		if (best !== undefined) table[key] = best;
	}
	for (const { name, key, wanted, point } of uses) {
		const current = key === undefined ? undefined : table[key];
		if (current !== undefined && same(current, wanted)) continue;
		const other = Object.keys(table).find((each) => same(table[each] as T, wanted));
		if (other !== undefined) {
			point(other);
			continue;
		}
		table[name] = wanted;
		point(name);
	}
}
