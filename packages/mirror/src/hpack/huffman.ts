/** Huffman code of HPACK (RFC 7541 Appendix B). The code is canonical, so the code lengths describe all of it. */

/** Length in bits of the code of each byte value 0..=255, then of EOS; one base-36 digit each. */
const codeLengths =
	'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6f565' +
	'65666577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmnqqkjmnmp' +
	'qqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu';
const EOS = 256;
const MAX_CODE_BITS = 30;

/** Raised for bytes that are not valid HPACK; the connection ends with COMPRESSION_ERROR. */
export class HpackError extends Error {
	override readonly name = 'HpackError';
}

type Code = { code: number; bits: number };

const codes = new Array<Code>(EOS + 1).fill({ code: 0, bits: 0 });
/** Symbols sorted by code. */
const symbols: number[] = [];
/** For each length: the first code, and where its symbols begin in `symbols`; `end` is one past the last code. */
const ranges: { first: number; end: number; offset: number }[] = [];
buildTables();

function buildTables(): void {
	let next = 0;
	for (let bits = 0; bits <= MAX_CODE_BITS; bits++) {
		next *= 2;
		const first = next;
		const offset = symbols.length;
		for (let symbol = 0; symbol <= EOS; symbol++) {
			if (Number.parseInt(codeLengths.charAt(symbol), 36) !== bits) continue;
			codes[symbol] = { code: next, bits };
			symbols.push(symbol);
			next++;
		}
		ranges.push({ first, end: next, offset });
	}
}

/** Decodes a Huffman string. @throws HpackError for EOS inside the string or wrong padding (RFC 7541 5.2). */
export function decodeHuffman(input: Uint8Array): Buffer {
	const output: number[] = [];
	let code = 0;
	let bits = 0;
	for (const byte of input) {
		for (let mask = 0x80; mask > 0; mask >>= 1) {
			code = code * 2 + (byte & mask ? 1 : 0);
			bits++;
			const range = ranges[bits];
			if (!range) throw new HpackError('Huffman code too long');
			if (code < range.first || code >= range.end) continue;
			const symbol = symbols[range.offset + code - range.first] ?? EOS;
			if (symbol === EOS) throw new HpackError('EOS inside a Huffman string');
			output.push(symbol);
			code = 0;
			bits = 0;
		}
	}
	// What is left must be the first bits of EOS: ones only, fewer than a byte.
	if (bits > 7 || code !== 2 ** bits - 1) throw new HpackError('wrong Huffman padding');
	return Buffer.from(output);
}

/** Bytes that {@link encodeHuffman} would write. */
export function huffmanLength(input: Uint8Array): number {
	let bits = 0;
	for (const byte of input) bits += codes[byte]?.bits ?? 0;
	return Math.ceil(bits / 8);
}

/** Encodes with Huffman, padded with ones. */
export function encodeHuffman(input: Uint8Array): Buffer {
	const output = Buffer.alloc(huffmanLength(input), 0xff);
	let position = 0;
	for (const byte of input) {
		const { code, bits } = codes[byte] ?? { code: 0, bits: 0 };
		for (let bit = bits - 1; bit >= 0; bit--, position++) {
			if (((code >>> bit) & 1) === 1) continue; // the buffer is all ones already
			const index = position >> 3;
			output[index] = (output[index] ?? 0) & ~(0x80 >> (position & 7));
		}
	}
	return output;
}
