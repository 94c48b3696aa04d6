/** Longest body that a peer sends or gets, bytes. */
export const LONGEST = 512 * 1024;
/** A prime, so that no power of two falls on the same byte. */
const PERIOD = 251;
const bytes = Buffer.from(Uint8Array.from({ length: LONGEST + PERIOD }, (_, index) => (index * 7) % PERIOD));

/** The `length` bytes that `seed` stands for, here and at the peers: what arrives can be checked without being kept. */
export function pattern(seed: number, length: number): Buffer {
	const start = seed % PERIOD;
	return bytes.subarray(start, start + length);
}
