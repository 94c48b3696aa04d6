import { describe, expect, test } from 'vitest';
import { HpackEncoder } from '../src/hpack/encoder.ts';
import { decodeHuffman, encodeHuffman, HpackError } from '../src/hpack/huffman.ts';
import { type HeaderField, HpackDecoder } from '../src/index.ts';

describe('Huffman', () => {
	test('encodes as in RFC 7541 C.4.1', () => {
		expect(encodeHuffman(Buffer.from('www.example.com')).toString('hex')).toBe('f1e3c2e5f23a6ba0ab90f4ff');
	});

	test('round-trips every byte value', () => {
		const all = Buffer.from(Uint8Array.from({ length: 256 }, (_, value) => value));
		expect(decodeHuffman(encodeHuffman(all))).toEqual(all);
	});

	test.each([
		['padding longer than 7 bits', 'ffff'],
		['padding that is not ones', '00'],
		['EOS inside', 'ffffffff'],
	])('refuses %s', (_what, hex) => {
		expect(() => decodeHuffman(Buffer.from(hex, 'hex'))).toThrow(HpackError);
	});
});

describe('decoder', () => {
	test.each([
		['index 0', '80'],
		['an index beyond the tables', 'ff80'],
		['a size update above the setting', '3fe2ffffff07'],
		['an endless integer', 'ffffffffffffffffffff'],
		['a string longer than the block', '00056162'],
	])('refuses %s', (_what, hex) => {
		expect(() => new HpackDecoder().decode(Buffer.from(hex, 'hex'))).toThrow(HpackError);
	});

	test('names all kinds of representations', () => {
		// RFC 7541 C.2: literal with indexing, without, never, indexed; then the entry from the dynamic table.
		const block =
			'400a637573746f6d2d6b65790d637573746f6d2d686561646572040c2f73616d706c652f70617468100870617373776f72640673656372657482be';
		const { representations } = new HpackDecoder().decode(Buffer.from(block, 'hex'));
		expect(representations).toEqual(['L+(n-,v-)', 'L(i4,v-)', 'N(n-,v-)', 'S2', 'D62']);
	});
});

test('what the encoder writes, the decoder reads, also after the peer shrank the table', () => {
	const encoder = new HpackEncoder();
	const decoder = new HpackDecoder();
	for (let round = 0; round < 60; round++) {
		if (round === 30) encoder.setPeerTableSize(100);
		const fields: HeaderField[] = [
			[':status', '200'],
			['content-type', 'text/html; charset=utf-8'],
			['x-round', `${round} \u00ff`],
			['set-cookie', `a=${round}`],
			['x-long', 'y'.repeat(round * 10)],
		];
		expect(decoder.decode(encoder.encode(fields)).fields).toEqual(fields);
	}
});
