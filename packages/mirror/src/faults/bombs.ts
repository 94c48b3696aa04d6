import { constants, crc32, createBrotliCompress, createDeflateRaw, gzipSync, zstdCompressSync } from 'node:zlib';

const BLOCK = 16 * 1024 * 1024;
const zeros = Buffer.alloc(BLOCK);
const ADLER_MODULUS = 65_521;

/**
 * Zero bytes, compressed to about a thousandth. `size` is rounded up to 16 MiB. The deflate body of one block is built
 * once and repeated: after a full flush every block compresses to the same bytes.
 */
export async function gzipBomb(size: number): Promise<Buffer> {
	const blocks = Math.ceil(size / BLOCK);
	let checksum = 0;
	for (let block = 0; block < blocks; block++) checksum = crc32(zeros, checksum);
	const trailer = Buffer.alloc(8);
	trailer.writeUInt32LE(checksum, 0);
	trailer.writeUInt32LE((blocks * BLOCK) % 2 ** 32, 4);
	const header = gzipSync(Buffer.alloc(0)).subarray(0, 10);
	return Buffer.concat([header, await deflatedZeros(blocks), trailer]);
}

/** As {@link gzipBomb}, in the zlib format that HTTP calls deflate. */
export async function deflateBomb(size: number): Promise<Buffer> {
	const blocks = Math.ceil(size / BLOCK);
	const trailer = Buffer.alloc(4);
	// Adler-32 of n zero bytes: the low half stays 1, the high half counts bytes.
	trailer.writeUInt16BE((blocks * BLOCK) % ADLER_MODULUS, 0);
	trailer.writeUInt16BE(1, 2);
	return Buffer.concat([Buffer.from([0x78, 0x9c]), await deflatedZeros(blocks), trailer]);
}

async function deflatedZeros(blocks: number): Promise<Buffer> {
	const EMPTY_FINAL_BLOCK = Buffer.from([0x03, 0x00]);
	const deflate = createDeflateRaw();
	const block: Buffer[] = [];
	deflate.on('data', (bytes: Buffer) => block.push(bytes));
	deflate.write(zeros);
	await new Promise<void>((resolve) => deflate.flush(constants.Z_FULL_FLUSH, resolve));
	deflate.destroy();
	return Buffer.concat([...new Array<Buffer[]>(blocks).fill(block).flat(), EMPTY_FINAL_BLOCK]);
}

/** Many small zstd frames, which a decoder treats as one stream. */
export function zstdBomb(size: number): Buffer {
	return Buffer.concat(new Array<Buffer>(Math.ceil(size / BLOCK)).fill(zstdCompressSync(zeros)));
}

/** A zstd frame that asks for a window of 2 GiB and holds one RLE block (RFC 8878 3.1.1). */
export function zstdWindowBomb(): Buffer {
	const MAGIC = '28b52ffd';
	const NO_SIZE_NO_CHECKSUM = '00';
	const WINDOW_2_GIB = 'a8'; // exponent 21: 2^(10+21)
	const LAST_RLE_BLOCK_100_KB = '030d00'; // last block, type 1, size shifted by 3
	return Buffer.from(`${MAGIC}${NO_SIZE_NO_CHECKSUM}${WINDOW_2_GIB}${LAST_RLE_BLOCK_100_KB}00`, 'hex');
}

/** Zero bytes in brotli; the format cannot be repeated, so this takes a moment for large sizes. */
export async function brotliBomb(size: number): Promise<Buffer> {
	const brotli = createBrotliCompress({
		params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 24 },
	});
	const parts: Buffer[] = [];
	const done = (async () => {
		for await (const part of brotli) parts.push(part);
	})();
	for (let block = 0; block < Math.ceil(size / BLOCK); block++) {
		await new Promise<void>((resolve, reject) => {
			brotli.write(zeros, (error) => (error ? reject(error) : resolve()));
		});
	}
	brotli.end();
	await done;
	return Buffer.concat(parts);
}
