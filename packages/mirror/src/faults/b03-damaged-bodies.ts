import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { https } from './scripts.ts';

const TEXT = Buffer.from('some text that compresses a little, a little, a little\n'.repeat(50), 'utf8');
const GARBAGE = Buffer.from('trailing garbage', 'ascii');
const packers = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync, deflate: deflateSync };

const coded = (coding: string, body: Buffer): FaultVariant => {
	const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`;
	return https(Buffer.concat([Buffer.from(head, 'latin1'), body]));
};

function damaged(body: Buffer): Buffer {
	const copy = Buffer.from(body);
	const middle = copy.length >> 1;
	copy[middle] = (copy[middle] ?? 0) ^ 0xff;
	return copy;
}

function forEachCoding(name: string, change: (packed: Buffer) => Buffer): Record<string, FaultVariant> {
	const entries = Object.entries(packers).map(([coding, pack]) => [
		`${coding}-${name}`,
		coded(coding, change(pack(TEXT))),
	]);
	return Object.fromEntries(entries);
}

/**
 * Corruption and truncation are errors; `deflate-raw`, `gzip-multi-member`, `zstd-multi-frame` and `*-empty` are fine.
 * What a client does with trailing garbage is its own documented choice.
 */
export const b03: FaultScenario = {
	id: 'B03',
	summary: 'Compressed bodies that are damaged, cut, or followed by garbage',
	variants: {
		...forEachCoding('corrupted', damaged),
		...forEachCoding('truncated', (packed) => packed.subarray(0, packed.length - 5)),
		...forEachCoding('trailing-garbage', (packed) => Buffer.concat([packed, GARBAGE])),
		...forEachCoding('empty', () => Buffer.alloc(0)),
		...forEachCoding('not-compressed', () => TEXT),
		'deflate-raw': coded('deflate', deflateRawSync(TEXT)),
		'gzip-multi-member': coded('gzip', Buffer.concat([gzipSync(TEXT), gzipSync(TEXT)])),
		'zstd-multi-frame': coded('zstd', Buffer.concat([zstdCompressSync(TEXT), zstdCompressSync(TEXT)])),
		'gzip-wrong-checksum': coded('gzip', wrongChecksum(gzipSync(TEXT))),
	},
};

function wrongChecksum(packed: Buffer): Buffer {
	const copy = Buffer.from(packed);
	const at = copy.length - 8;
	copy[at] = (copy[at] ?? 0) ^ 0xff;
	return copy;
}
