import type { RequestFraming } from './request-head.ts';

/** Takes Node's body framing off again: what the wire needs is decided by the engine, not by Node. */
export type BodyReader = {
	/** Bytes of the body in what Node wrote. Throws for bytes that the framing does not allow. */
	read(written: Buffer): Buffer[];
	/** The last byte has been read. */
	readonly ended: boolean;
	/** name, value, ... after the last chunk. */
	readonly trailers: string[];
};

/** A reader for what a head announced. */
export function createBodyReader(framing: RequestFraming): BodyReader {
	if (framing === 'chunked') return new ChunkReader();
	return framing === 'none' ? new UnframedReader() : new LengthReader(framing);
}

/** Node writes the body of a DELETE or GET without a length if nobody names one; what comes with the head is the body. */
class UnframedReader implements BodyReader {
	readonly trailers: string[] = [];
	readonly ended = true;

	read(written: Buffer): Buffer[] {
		return written.length === 0 ? [] : [written];
	}
}

class LengthReader implements BodyReader {
	readonly trailers: string[] = [];
	#left: number;

	constructor(length: number) {
		this.#left = length;
	}

	get ended(): boolean {
		return this.#left === 0;
	}

	read(written: Buffer): Buffer[] {
		// Node lets a caller write more than he announced; on a shared connection that would be a second request.
		if (written.length > this.#left) {
			throw mismatch('The request body is longer than its Content-Length.');
		}
		this.#left -= written.length;
		return written.length === 0 ? [] : [written];
	}
}

class ChunkReader implements BodyReader {
	readonly trailers: string[] = [];
	ended = false;
	/** Bytes of the current chunk still to come; afterwards its line end. */
	#left = 0;
	#inTrailers = false;
	/** The part of a line that has come so far. */
	#line = '';

	read(written: Buffer): Buffer[] {
		const payload: Buffer[] = [];
		let offset = 0;
		while (offset < written.length) {
			if (this.ended) throw mismatch('Bytes follow the last chunk of the request body.');
			if (this.#left > 0) {
				const taken = written.subarray(offset, offset + this.#left);
				payload.push(taken);
				this.#left -= taken.length;
				offset += taken.length;
				continue;
			}
			const lineEnd = written.indexOf(10, offset);
			const end = lineEnd < 0 ? written.length : lineEnd + 1;
			this.#line += written.toString('latin1', offset, end);
			offset = end;
			if (lineEnd >= 0) this.#takeLine();
		}
		return payload;
	}

	/** A chunk's size, the line end after a chunk (an empty line), a trailer, or the end of the trailers. */
	#takeLine(): void {
		const line = this.#line.slice(0, -2);
		this.#line = '';
		if (this.#inTrailers) {
			const colon = line.indexOf(':');
			if (line === '') this.ended = true;
			else this.trailers.push(line.slice(0, colon), line.slice(colon + 1).trim());
		} else if (line !== '') {
			this.#left = Number.parseInt(line, 16);
			this.#inTrailers = this.#left === 0;
		}
	}
}

/** The body does not fit what the head says of it. */
export function mismatch(message: string): Error {
	return Object.assign(new Error(message), { code: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' });
}
