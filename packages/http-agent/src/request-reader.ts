import { type BodyReader, createBodyReader } from './request-body.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';

/** What a stream's `_write` and `_writev` get. */
export type WrittenChunk = { readonly chunk: string | Buffer; readonly encoding: BufferEncoding };

const headEnd = '\r\n\r\n';

/** Reads the HTTP/1.1 text that Node's ClientRequest writes: one head, then its body without its framing. */
export class RequestReader {
	/** Known once its empty line has been written. */
	head: RequestHead | undefined;
	#text = '';
	#body: BodyReader | undefined;

	/** The request is complete. */
	get ended(): boolean {
		return this.#body?.ended ?? false;
	}

	/** name, value, ... after a chunked body. */
	get trailers(): readonly string[] {
		return this.#body?.trailers ?? [];
	}

	/** Bytes of the body in what was written. Throws for bytes that the head does not allow. */
	read(chunks: readonly WrittenChunk[]): Buffer[] {
		const payload: Buffer[] = [];
		for (const { chunk, encoding } of chunks) {
			if (this.#body) this.#readBody(this.#body, chunk, encoding, payload);
			else this.#readHead(chunk, encoding, payload);
		}
		return payload;
	}

	/** Node writes the head as one text, perhaps with text of the body behind it. */
	#readHead(chunk: string | Buffer, encoding: BufferEncoding, payload: Buffer[]): void {
		const text = this.#text + (typeof chunk === 'string' ? chunk : chunk.toString('latin1'));
		const end = text.indexOf(headEnd);
		if (end < 0) {
			this.#text = text;
			return;
		}
		this.#text = '';
		this.head = parseRequestHead(text.slice(0, end));
		this.#body = createBodyReader(this.head.framing);
		const rest = text.slice(end + headEnd.length);
		if (rest !== '') this.#readBody(this.#body, rest, typeof chunk === 'string' ? encoding : 'latin1', payload);
	}

	#readBody(body: BodyReader, chunk: string | Buffer, encoding: BufferEncoding, payload: Buffer[]): void {
		for (const piece of body.read(toBytes(chunk, encoding))) payload.push(piece);
	}
}

/** Bytes of what was written to a stream. */
export function toBytes(chunk: string | Buffer, encoding: BufferEncoding): Buffer {
	return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}
