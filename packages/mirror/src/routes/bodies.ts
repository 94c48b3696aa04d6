import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, deflate, deflateRaw, gzip, zstdCompress } from 'node:zlib';
import type { Handler, MirrorRequest } from '../servers/exchange.ts';
import { json, numberArgument, type RouteTable } from './route.ts';

const CHUNK = 64 * 1024;
/** Byte i of every generated body is `i & 0xff`. */
const pattern = Buffer.from(Uint8Array.from({ length: CHUNK }, (_, index) => index & 0xff));

/** Bodies of all sizes and codings. */
export const bodyRoutes: RouteTable = {
	/** `/bytes/<n>`: n bytes with Content-Length. */
	bytes: (request) => {
		const length = numberArgument(request, 1024);
		const headers: [string, string][] = [
			['content-type', 'application/octet-stream'],
			['content-length', String(length)],
		];
		return { headers, body: patternBytes(length) };
	},
	/** `/stream/<n>`: n bytes without a length. */
	stream: (request) => ({
		headers: [['content-type', 'application/octet-stream']],
		body: patternBytes(numberArgument(request, 1024)),
	}),
	upload,
	gzip: coded('gzip', promisify(gzip)),
	br: coded('br', promisify(brotliCompress)),
	zstd: coded('zstd', promisify(zstdCompress)),
	deflate: coded('deflate', promisify(deflate)),
	/** Deflate without the zlib wrapper, which some servers send under the same name. */
	'deflate-raw': coded('deflate', promisify(deflateRaw)),
	trailers: () => ({
		headers: [
			['content-type', 'text/plain'],
			['trailer', 'x-checksum, server-timing'],
		],
		body: 'body before trailers\n',
		trailers: [
			['x-checksum', 'abc123'],
			['server-timing', 'total;dur=1'],
		],
	}),
};

async function* patternBytes(length: number): AsyncGenerator<Buffer> {
	for (let left = length; left > 0; left -= CHUNK) yield pattern.subarray(0, Math.min(left, CHUNK));
}

/** Counts and hashes what arrives, without keeping it. */
async function upload(request: MirrorRequest) {
	const hash = createHash('sha256');
	let bytes = 0;
	for await (const chunk of request.body) {
		hash.update(chunk);
		bytes += chunk.length;
	}
	return json({ bytes, sha256: hash.digest('hex') });
}

function coded(coding: string, compress: (data: Buffer) => Promise<Buffer>): Handler {
	return async (request) => {
		const plain = JSON.stringify({
			coding,
			acceptEncoding: request.header('accept-encoding'),
			text: 'hello '.repeat(200),
		});
		return {
			headers: [
				['content-type', 'application/json'],
				['content-encoding', coding],
				['vary', 'accept-encoding'],
			],
			body: await compress(Buffer.from(plain, 'utf8')),
		};
	};
}
