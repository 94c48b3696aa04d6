import type { HeaderField } from '../capture/records.ts';
import { decodeHuffman, HpackError } from './huffman.ts';
import { DynamicTable, staticTable } from './table.ts';

/** Protocol default of SETTINGS_HEADER_TABLE_SIZE. */
export const DEFAULT_TABLE_SIZE = 4096;
/** Decoded bytes accepted in one block; browsers send a few kB. */
const MAX_HEADER_LIST = 1024 * 1024;
/** Largest integer accepted: 2^28 is beyond any index or length that could be valid here. */
const MAX_INTEGER = 2 ** 28;

/** A decoded header block and how each instruction was written (notation: `RequestRecord.hpackRepresentations`). */
export type DecodedBlock = { fields: HeaderField[]; representations: string[] };

type Cursor = { bytes: Uint8Array; position: number };
type Text = { text: string; huffman: boolean };

/** HPACK decoder of one connection (RFC 7541) that also reports the representation of every field. */
export class HpackDecoder {
	readonly #table = new DynamicTable(DEFAULT_TABLE_SIZE);
	readonly #maxTableSize: number;

	/** @param maxTableSize what we announced as SETTINGS_HEADER_TABLE_SIZE */
	constructor(maxTableSize = DEFAULT_TABLE_SIZE) {
		this.#maxTableSize = maxTableSize;
	}

	/** Decodes one complete block. @throws HpackError; the decoder must not be used afterwards. */
	decode(block: Uint8Array): DecodedBlock {
		const cursor = { bytes: block, position: 0 };
		const decoded: DecodedBlock = { fields: [], representations: [] };
		let size = 0;
		while (cursor.position < block.length) {
			const field = this.#readInstruction(cursor, decoded.representations);
			if (!field) continue;
			size += field[0].length + field[1].length + 32;
			if (size > MAX_HEADER_LIST) throw new HpackError('header list too large');
			decoded.fields.push(field);
		}
		return decoded;
	}

	#readInstruction(cursor: Cursor, representations: string[]): HeaderField | null {
		const first = cursor.bytes[cursor.position] ?? 0;
		if (first & 0x80) {
			const index = readInteger(cursor, 7);
			representations.push((index <= staticTable.length ? 'S' : 'D') + index);
			const [name, value] = this.#entry(index);
			return [name, value];
		}
		if ((first & 0xe0) === 0x20) {
			const size = readInteger(cursor, 5);
			if (size > this.#maxTableSize) throw new HpackError('table size update above the setting');
			representations.push(`TSU${size}`);
			this.#table.resize(size);
			return null;
		}
		if (first & 0x40) {
			const field = this.#readLiteral(cursor, 6, 'L+', representations);
			this.#table.add(...field);
			return field;
		}
		return this.#readLiteral(cursor, 4, first & 0x10 ? 'N' : 'L', representations);
	}

	#readLiteral(cursor: Cursor, prefix: number, kind: string, representations: string[]): HeaderField {
		const index = readInteger(cursor, prefix);
		const literalName = index === 0 ? readString(cursor) : null;
		const name = literalName ? literalName.text : this.#entry(index)[0];
		const value = readString(cursor);
		const nameMark = literalName ? (literalName.huffman ? 'nh' : 'n-') : `i${index}`;
		representations.push(`${kind}(${nameMark},${value.huffman ? 'vh' : 'v-'})`);
		return [name, value.text];
	}

	#entry(index: number): readonly [string, string] {
		const entry = this.#table.get(index);
		if (!entry) throw new HpackError(`no table entry ${index}`);
		return entry;
	}
}

function readByte(cursor: Cursor): number {
	const byte = cursor.bytes[cursor.position++];
	if (byte === undefined) throw new HpackError('block ends inside an instruction');
	return byte;
}

function readInteger(cursor: Cursor, prefix: number): number {
	const mask = 2 ** prefix - 1;
	let value = readByte(cursor) & mask;
	if (value < mask) return value;
	for (let scale = 1; ; scale *= 128) {
		const byte = readByte(cursor);
		value += (byte & 0x7f) * scale;
		if (value > MAX_INTEGER || scale > MAX_INTEGER) throw new HpackError('integer too large');
		if ((byte & 0x80) === 0) return value;
	}
}

function readString(cursor: Cursor): Text {
	const huffman = ((cursor.bytes[cursor.position] ?? 0) & 0x80) !== 0;
	const length = readInteger(cursor, 7);
	const end = cursor.position + length;
	if (end > cursor.bytes.length) throw new HpackError('block ends inside a string');
	const raw = cursor.bytes.subarray(cursor.position, end);
	cursor.position = end;
	const bytes = huffman ? decodeHuffman(raw) : Buffer.from(raw);
	return { text: bytes.toString('latin1'), huffman };
}
