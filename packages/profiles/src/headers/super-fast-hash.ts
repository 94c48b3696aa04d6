/**
 * The string hash Blink had before rapidhash (Chromium up to 128): Paul Hsieh's SuperFastHash over 16-bit units, start
 * value 0x9e3779b9, cut to 24 bits. Public algorithm (http://www.azillionmonkeys.com/qed/hash.html); that Blink used it
 * is confirmed by published requests of 103 to 128 (test/page-header-order.test.ts).
 */

/** Start value, the golden ratio. */
const START = 0x9e3779b9;

/** Hash of an ASCII field name, case folded. */
export function superFastHash(name: string): number {
	const folded = name.toLowerCase();
	let hash = START;
	const pairs = folded.length & ~1;
	for (let index = 0; index < pairs; index += 2) {
		hash = (hash + folded.charCodeAt(index)) >>> 0;
		hash = ((hash << 16) ^ ((folded.charCodeAt(index + 1) << 11) ^ hash)) >>> 0;
		hash = (hash + (hash >>> 11)) >>> 0;
	}
	if (pairs < folded.length) {
		hash = (hash + folded.charCodeAt(pairs)) >>> 0;
		hash = (hash ^ (hash << 11)) >>> 0;
		hash = (hash + (hash >>> 17)) >>> 0;
	}
	return avalanche(hash) & 0xffffff || 0x800000;
}

/** Lets every bit of the last characters reach the low bits. */
function avalanche(start: number): number {
	let hash = (start ^ (start << 3)) >>> 0;
	hash = (hash + (hash >>> 5)) >>> 0;
	hash = (hash ^ (hash << 2)) >>> 0;
	hash = (hash + (hash >>> 15)) >>> 0;
	return (hash ^ (hash << 10)) >>> 0;
}
