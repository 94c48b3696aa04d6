import type { HeaderField } from '../capture/records.ts';
import { DEFAULT_TABLE_SIZE } from './decoder.ts';
import { encodeHuffman, huffmanLength } from './huffman.ts';
import { DynamicTable } from './table.ts';

/** Fields whose value rarely repeats, or must not be remembered. */
const notIndexed = new Set(['content-length', 'date', 'set-cookie', 'etag', 'location']);

/** HPACK encoder of one connection, for responses. */
export class HpackEncoder {
	readonly #table = new DynamicTable(DEFAULT_TABLE_SIZE);
	readonly #compress: boolean;
	#pendingResize = false;

	/** @param compress false: only literals without indexing and without Huffman */
	constructor(compress = true) {
		this.#compress = compress;
	}

	/** Follows the peer's SETTINGS_HEADER_TABLE_SIZE. Growing beyond 4096 is allowed but of no use here. */
	setPeerTableSize(size: number): void {
		const target = Math.min(size, DEFAULT_TABLE_SIZE);
		if (target === this.#table.maxSize) return;
		this.#table.resize(target);
		this.#pendingResize = true;
	}

	/** Encodes one header block. Names must be lower case already. */
	encode(fields: readonly HeaderField[]): Buffer {
		const parts: Buffer[] = [];
		if (this.#pendingResize) parts.push(encodeInteger(this.#table.maxSize, 5, 0x20));
		this.#pendingResize = false;
		for (const [name, value] of fields) parts.push(this.#encodeField(name, value));
		return Buffer.concat(parts);
	}

	#encodeField(name: string, value: string): Buffer {
		if (!this.#compress) return Buffer.concat([Buffer.from([0]), plainString(name), plainString(value)]);
		const { exact, nameOnly } = this.#table.find(name, value);
		if (exact > 0) return encodeInteger(exact, 7, 0x80);
		const remember = !notIndexed.has(name);
		const start = remember ? encodeInteger(nameOnly, 6, 0x40) : encodeInteger(nameOnly, 4, 0);
		if (remember) this.#table.add(name, value);
		return Buffer.concat([start, ...(nameOnly > 0 ? [] : [shorterString(name)]), shorterString(value)]);
	}
}

/** An integer with an n-bit prefix under `flags` (RFC 7541 5.1). */
export function encodeInteger(value: number, prefix: number, flags: number): Buffer {
	const mask = 2 ** prefix - 1;
	if (value < mask) return Buffer.from([flags | value]);
	const bytes = [flags | mask];
	let left = value - mask;
	for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
	return Buffer.from([...bytes, left]);
}

function plainString(text: string): Buffer {
	const bytes = Buffer.from(text, 'latin1');
	return Buffer.concat([encodeInteger(bytes.length, 7, 0), bytes]);
}

function shorterString(text: string): Buffer {
	const bytes = Buffer.from(text, 'latin1');
	const length = huffmanLength(bytes);
	if (length >= bytes.length) return plainString(text);
	return Buffer.concat([encodeInteger(length, 7, 0x80), encodeHuffman(bytes)]);
}
