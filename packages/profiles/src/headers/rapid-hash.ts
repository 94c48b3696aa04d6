/**
 * The hash Blink uses for case-insensitive string keys: rapidhash (version 1, default seed and secrets; public
 * algorithm, https://github.com/Nicoshev/rapidhash) over the lower-cased text as UTF-16LE, cut to 24 bits. Needed
 * because the order of a page's header fields on Chromium's wire is the bucket order of a table with this hash.
 *
 * Fixture: Chromium's own test states rapidhash(41 95 ff 50 01) = e9422771e0a5dde6.
 */

const SEED = 0xbdd89aa982704029n;
const SECRET = [0x2d358dccaa6c78a5n, 0x8bb84b93962eacc9n, 0x4b33a62ed433d4a3n] as const;
const MASK64 = (1n << 64n) - 1n;

/** Multiplies to 128 bits and folds the halves. */
function mix(left: bigint, right: bigint): bigint {
	const product = left * right;
	return (product & MASK64) ^ (product >> 64n);
}

function read(bytes: Uint8Array, offset: number, count: number): bigint {
	let value = 0n;
	for (let index = count - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[offset + index] ?? 0);
	return value;
}

function read64(bytes: Uint8Array, offset: number): bigint {
	return read(bytes, offset, 8);
}

/** Blocks of 48 bytes go through three independent lanes. Returns the new seed and where the tail begins. */
function mixLongBlocks(bytes: Uint8Array, seed: bigint): [seed: bigint, offset: number] {
	let offset = 0;
	let lanes: [bigint, bigint, bigint] = [seed, seed, seed];
	while (bytes.length - offset >= 48) {
		lanes = [
			mix(read64(bytes, offset) ^ SECRET[0], read64(bytes, offset + 8) ^ lanes[0]),
			mix(read64(bytes, offset + 16) ^ SECRET[1], read64(bytes, offset + 24) ^ lanes[1]),
			mix(read64(bytes, offset + 32) ^ SECRET[2], read64(bytes, offset + 40) ^ lanes[2]),
		];
		offset += 48;
	}
	return [lanes[0] ^ lanes[1] ^ lanes[2], offset];
}

/** The two words that the final multiplication takes from inputs of up to 16 bytes. */
function shortWords(bytes: Uint8Array): [bigint, bigint] {
	const length = bytes.length;
	if (length === 0) return [0n, 0n];
	if (length < 4) {
		const first = BigInt(bytes[0] ?? 0);
		const middle = BigInt(bytes[length >> 1] ?? 0);
		return [(first << 56n) | (middle << 32n) | BigInt(bytes[length - 1] ?? 0), 0n];
	}
	const last = length - 4;
	const delta = length >= 8 ? 4 : 0;
	return [
		(read(bytes, 0, 4) << 32n) | read(bytes, last, 4),
		(read(bytes, delta, 4) << 32n) | read(bytes, last - delta, 4),
	];
}

function finish(a: bigint, b: bigint, seed: bigint, length: number): bigint {
	const product = (a ^ SECRET[1]) * (b ^ seed);
	const low = product & MASK64;
	const high = product >> 64n;
	return mix(low ^ SECRET[0] ^ BigInt(length), high ^ SECRET[1]);
}

function startSeed(length: number): bigint {
	return SEED ^ mix(SEED ^ SECRET[0], SECRET[1]) ^ BigInt(length);
}

/** rapidhash of `bytes` with the default seed, 64 bits. */
export function rapidHash(bytes: Uint8Array): bigint {
	let seed = startSeed(bytes.length);
	if (bytes.length <= 16) return finish(...shortWords(bytes), seed, bytes.length);
	let offset = 0;
	if (bytes.length > 48) [seed, offset] = mixLongBlocks(bytes, seed);
	const tail = bytes.length - offset;
	if (tail > 16) {
		seed = mix(read64(bytes, offset) ^ SECRET[2], read64(bytes, offset + 8) ^ seed ^ SECRET[1]);
		if (tail > 32) seed = mix(read64(bytes, offset + 16) ^ SECRET[2], read64(bytes, offset + 24) ^ seed);
	}
	return finish(read64(bytes, bytes.length - 16), read64(bytes, bytes.length - 8), seed, bytes.length);
}

/** Names whose hash is remembered; field names repeat, and the set is bounded against a caller who invents names. */
const REMEMBERED_NAMES = 2048;
const remembered = new Map<string, number>();

/** Blink's 24-bit case-insensitive hash of an ASCII field name. */
export function caseFoldingHash(name: string): number {
	const known = remembered.get(name);
	if (known !== undefined) return known;
	const hash = computeCaseFoldingHash(name.toLowerCase());
	if (remembered.size >= REMEMBERED_NAMES) remembered.clear();
	remembered.set(name, hash);
	return hash;
}

function computeCaseFoldingHash(folded: string): number {
	let hash: bigint;
	if (folded.length === 1) {
		// Blink's reader for expanded text returns only the character itself for an input of one character.
		hash = finish(BigInt(folded.charCodeAt(0)), 0n, startSeed(2), 2);
	} else {
		hash = rapidHash(new Uint8Array(Buffer.from(folded, 'utf16le')));
	}
	// Zero means "not computed" there.
	return Number(hash & 0xffffffn) || 0x800000;
}
