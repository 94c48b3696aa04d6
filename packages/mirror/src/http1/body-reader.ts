import type { HeaderField } from '../capture/records.ts';
import { BadRequestError, type RequestBodyKind } from './head.ts';

/** Longest chunk-size or trailer line. */
const MAX_LINE = 16 * 1024;

/** What a reader found in its input. */
export type BodyEvents = {
	onData: (bytes: Buffer) => void;
	onChunkSize: (size: number) => void;
	onTrailer: (field: HeaderField) => void;
};

type State = 'data' | 'chunk-size' | 'chunk-end' | 'trailers' | 'done';

/** Takes one request body out of a byte stream; leaves what follows it. */
export class BodyReader {
	readonly #events: BodyEvents;
	readonly #chunked: boolean;
	#state: State;
	#left: number;

	constructor(body: RequestBodyKind, events: BodyEvents) {
		this.#events = events;
		this.#chunked = body.kind === 'chunked';
		this.#left = body.kind === 'length' ? body.length : 0;
		this.#state = this.#chunked ? 'chunk-size' : this.#left > 0 ? 'data' : 'done';
	}

	get isDone(): boolean {
		return this.#state === 'done';
	}

	/** Consumes what it can and returns the rest, which is all kept for the next call (or the next request). */
	receive(input: Buffer): Buffer {
		let rest = input;
		while (this.#state !== 'done') {
			const before = rest.length;
			const state = this.#state;
			rest = state === 'data' ? this.#takeData(rest) : this.#takeLine(rest);
			if (rest.length === before && this.#state === state) return rest;
		}
		return rest;
	}

	#takeData(input: Buffer): Buffer {
		const part = input.subarray(0, this.#left);
		if (part.length > 0) this.#events.onData(part);
		this.#left -= part.length;
		if (this.#left === 0) this.#state = this.#chunked ? 'chunk-end' : 'done';
		return input.subarray(part.length);
	}

	#takeLine(input: Buffer): Buffer {
		const end = input.indexOf('\r\n');
		if (end > MAX_LINE || (end < 0 && input.length > MAX_LINE))
			throw new BadRequestError('line too long in a chunked body');
		if (end < 0) return input;
		this.#onLine(input.toString('latin1', 0, end));
		return input.subarray(end + 2);
	}

	#onLine(line: string): void {
		if (this.#state === 'chunk-end') {
			if (line !== '') throw new BadRequestError('bytes after a chunk');
			this.#state = 'chunk-size';
		} else if (this.#state === 'chunk-size') {
			const digits = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1];
			if (digits === undefined) throw new BadRequestError(`chunk size: ${JSON.stringify(line)}`);
			this.#left = Number.parseInt(digits, 16);
			this.#events.onChunkSize(this.#left);
			this.#state = this.#left === 0 ? 'trailers' : 'data';
		} else if (line === '') {
			this.#state = 'done';
		} else {
			const colon = line.indexOf(':');
			this.#events.onTrailer([line.slice(0, Math.max(colon, 0)), line.slice(colon + 1).trim()]);
		}
	}
}
