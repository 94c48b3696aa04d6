/**
 * Order of header fields that passed through Blink's `HTTPHeaderMap`, a `WTF::HashMap` with case-insensitive keys.
 * Chromium writes them to the wire in the table's bucket order, so the place of a page's own field depends on the hash
 * of its name, on the number of fields (the table grows) and, when buckets collide, on which was inserted first.
 *
 * The table: 8 buckets at first; bucket = hash & (size - 1); a collision probes +1, +2, +3, ... (triangular); after an
 * insertion that leaves half of the buckets used the size doubles and the entries are re-inserted in bucket order;
 * iteration is bucket order. Facts: Chromium source (platform/wtf/hash_table.h, text/case_folding_hash.h), confirmed by
 * the 57 vectors in captures/fetch_header_order.json.
 */
import { caseFoldingHash } from './rapid-hash.ts';
import { superFastHash } from './super-fast-hash.ts';

/** Which hash a release's table has. */
export type TableHash = 'rapid' | 'super-fast';

type NameHash = (name: string) => number;

const FIRST_SIZE = 8;

/** Inserts `name` and returns whether it was new. */
function place(buckets: Array<string | undefined>, name: string, hash: NameHash): boolean {
	const mask = buckets.length - 1;
	let index = hash(name) & mask;
	for (let probe = 1; buckets[index] !== undefined; probe++) {
		if (buckets[index] === name) return false;
		index = (index + probe) & mask;
	}
	buckets[index] = name;
	return true;
}

function computeOrder(names: readonly string[], hash: NameHash): string[] {
	let buckets = new Array<string | undefined>(FIRST_SIZE);
	let used = 0;
	for (const name of names) {
		if (!place(buckets, name, hash)) continue;
		used++;
		if (used * 2 < buckets.length) continue;
		const old = buckets;
		buckets = new Array<string | undefined>(old.length * 2);
		for (const entry of old) if (entry !== undefined) place(buckets, entry, hash);
	}
	return buckets.filter((entry) => entry !== undefined);
}

/** Orders remembered; a session repeats few sets of names, and the limit bounds a caller who never repeats one. */
const REMEMBERED_ORDERS = 512;
const remembered = new Map<string, readonly string[]>();

/**
 * Wire order of `names`, which are lower case and in insertion order.
 * @returns the same names, each once, in bucket order
 */
export function blinkTableOrder(names: readonly string[], hash: TableHash = 'rapid'): readonly string[] {
	const key = `${hash}\n${names.join('\n')}`;
	const known = remembered.get(key);
	if (known !== undefined) return known;
	const order = computeOrder(names, hash === 'rapid' ? caseFoldingHash : superFastHash);
	if (remembered.size >= REMEMBERED_ORDERS) remembered.clear();
	remembered.set(key, order);
	return order;
}
