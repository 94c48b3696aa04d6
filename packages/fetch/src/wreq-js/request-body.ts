/** Bodies as wreq-js sends them: read to their end first, and a text has no type of its own. */
import { RequestError } from './request-error.ts';
import type { BodyInit } from './types.ts';

type OwnBody = Uint8Array<ArrayBuffer> | ArrayBuffer | ArrayBufferView | Blob | FormData | URLSearchParams | null;

/** The body for `fetch` of wiretwin. */
export async function readBody(body: BodyInit | null | undefined): Promise<OwnBody | undefined> {
	if (body === undefined || body === null) return body;
	if (typeof body === 'string') return new TextEncoder().encode(body);
	if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body;
	if (body instanceof Blob || body instanceof FormData || body instanceof URLSearchParams) return body;
	if (Symbol.asyncIterator in body || Symbol.iterator in body) return collect(body as AsyncIterable<unknown>);
	throw new TypeError(
		'A body must be a text, bytes, URLSearchParams, Blob, FormData, a stream or an iterable of bytes',
	);
}

async function collect(chunks: AsyncIterable<unknown> | Iterable<unknown>): Promise<Uint8Array<ArrayBuffer>> {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) {
		if (!ArrayBuffer.isView(chunk)) throw new TypeError('An iterable body must give bytes');
		parts.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
	}
	return new Uint8Array(Buffer.concat(parts));
}

/** `GET` unless stated; known methods in capitals. */
export function readMethod(method: string | undefined): string {
	if (method !== undefined && typeof method !== 'string') throw new RequestError('"method" must be a text');
	return method?.trim().toUpperCase() || 'GET';
}
