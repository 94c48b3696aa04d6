import { Readable } from 'node:stream';
import { undiciError } from './errors.ts';

/** A body ready for the wire: bytes, or pieces with their total length if that is known. */
export type RequestBody =
	| { bytes: Uint8Array | null; contentType?: string }
	| { pieces: AsyncIterable<unknown>; length?: number; contentType?: string };

/** Bodies of `fetch` up to this size are collected and sent as the browser sends what is not a stream: in one flight. */
export const collectBytes = 64 * 1024;

/** Reads every kind of body that undici's core accepts. */
export function readRequestBody(body: unknown): RequestBody {
	if (body === null || body === undefined) return { bytes: null };
	if (typeof body === 'string') return bytesBody(Buffer.from(body));
	if (body instanceof Uint8Array) return bytesBody(body);
	if (ArrayBuffer.isView(body)) return bytesBody(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
	if (body instanceof ArrayBuffer) return bytesBody(new Uint8Array(body));
	// By tag: each copy of undici has classes of its own.
	switch (Object.prototype.toString.call(body)) {
		case '[object FormData]':
			return readThroughResponse(ownForm(body as FormData));
		case '[object URLSearchParams]':
			return readThroughResponse(new URLSearchParams(String(body)));
		case '[object Blob]':
		case '[object File]':
			return blobBody(body as Blob);
	}
	if (typeof body === 'object' && Symbol.asyncIterator in body) return { pieces: body as AsyncIterable<unknown> };
	if (typeof body === 'object' && Symbol.iterator in body) return { pieces: Readable.from(body as Iterable<unknown>) };
	throw undiciError(
		'UND_ERR_INVALID_ARG',
		'body must be a string, bytes, Blob, FormData, URLSearchParams, a stream, an iterable or an async iterable',
	);
}

/** True for what `fetch` makes of its bodies, as opposed to a stream that may take its time between pieces. */
export function isGenerator(pieces: AsyncIterable<unknown>): boolean {
	return Object.prototype.toString.call(pieces) === '[object AsyncGenerator]';
}

/** All of a short body. Rejects with the source's error, or when the length is not the announced one. */
export async function collect(pieces: AsyncIterable<unknown>, length: number | undefined): Promise<Uint8Array> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const piece of pieces) {
		const chunk = toBytes(piece);
		chunks.push(chunk);
		size += chunk.byteLength;
		if (length !== undefined && size > length) throw lengthMismatch();
	}
	if (length !== undefined && size < length) throw lengthMismatch();
	return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
}

/** One piece of a streamed body as bytes. */
export function toBytes(piece: unknown): Buffer {
	if (Buffer.isBuffer(piece)) return piece;
	if (typeof piece === 'string') return Buffer.from(piece);
	if (ArrayBuffer.isView(piece)) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
	if (piece instanceof ArrayBuffer) return Buffer.from(piece);
	throw undiciError('UND_ERR_INVALID_ARG', 'a streamed body must give strings or bytes');
}

/** Body and `content-length` header disagree. */
export function lengthMismatch(): Error {
	return undiciError('UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'Request body length does not match content-length header');
}

/** undici's core takes an empty body for none. */
function bytesBody(bytes: Uint8Array): RequestBody {
	return { bytes: bytes.byteLength === 0 ? null : bytes };
}

function blobBody(blob: Blob): RequestBody {
	return {
		pieces: blob.stream() as AsyncIterable<unknown>,
		length: blob.size,
		...(blob.type === '' ? {} : { contentType: blob.type }),
	};
}

function readThroughResponse(body: URLSearchParams | FormData): RequestBody {
	const response = new Response(body);
	const contentType = response.headers.get('content-type');
	return {
		pieces: response.body as AsyncIterable<unknown>,
		...(contentType === null ? {} : { contentType }),
	};
}

/** A form of another copy of undici as one of Node's. */
function ownForm(form: FormData): FormData {
	if (form instanceof FormData) return form;
	const own = new FormData();
	for (const [name, value] of (form as FormData).entries()) {
		if (typeof value === 'string') own.append(name, value);
		else own.append(name, value, value.name);
	}
	return own;
}
