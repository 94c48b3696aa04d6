import type { Exchange } from './exchange.ts';
import { event, separate } from './native-binding.ts';
import { NativeError } from './native-error.ts';
import { ResponseHead } from './response-head.ts';
import type { Phase } from './types.ts';

/**
 * Bytes up to which a body that is whole crosses as text. Memory of its own costs V8 five times as much, and most short
 * bodies are read as text and are ASCII.
 */
const shortBody = 4 * 1024;

const headFlag = { reused: 1, ended: 2, apart: 4 } as const;

/**
 * Reads packed events and hands them to exchanges. Texts are taken out as one string a head and split only when asked
 * for; small bodies are copied, because the buffer is used again for the next wake-up: the shortest as text.
 */
export class EventReader {
	kind = 0;
	id = 0;
	readonly #bytes: Buffer;
	readonly #plain: Uint8Array;
	readonly #view: DataView;
	#bodies: Uint8Array[] | undefined;
	#nextBody = 0;
	#offset = 0;
	#end = 0;

	constructor(bytes: Buffer) {
		this.#bytes = bytes;
		// `slice` of a plain Uint8Array copies; Buffer's does not.
		this.#plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	/** Starts on the first `length` bytes; `bodies` are those that cross beside them, in order. */
	begin(length: number, bodies: Uint8Array[] | undefined): void {
		this.#offset = 0;
		this.#end = length;
		this.#bodies = bodies;
		this.#nextBody = 0;
	}

	/** `next` will find another event. */
	get hasMore(): boolean {
		return this.#offset < this.#end;
	}

	/** What is left, in memory of its own: the shared buffer is written again with the next batch. */
	apart(): EventReader {
		const rest = new EventReader(Buffer.from(this.#plain.slice(this.#offset, this.#end)));
		rest.begin(rest.#bytes.byteLength, this.#bodies?.slice(this.#nextBody));
		return rest;
	}

	/** Goes to the next event. An event of `closed` has no more than its head. */
	next(): boolean {
		if (!this.hasMore) {
			this.#bodies = undefined;
			return false;
		}
		this.kind = this.#u8();
		this.id = this.#u32();
		return true;
	}

	/**
	 * Hands the event over. It is read to its end also when nobody waits for it any more (`exchange?.f(this.#text())`
	 * would not call `#text`), or the next event would be read from its middle.
	 */
	deliver(exchange: Exchange | undefined): void {
		switch (this.kind) {
			case event.head: {
				const status = this.#u16();
				const version = this.#u8();
				const flags = this.#u8();
				const length = flags & headFlag.apart ? this.#f64() : 0;
				const text = this.#text('latin1');
				const body = flags & headFlag.ended ? this.#wholeBody() : this.#body();
				if (!exchange) break;
				const head = new ResponseHead(status, version, (flags & headFlag.reused) !== 0, text);
				exchange.receiveHead(
					head,
					body,
					flags & headFlag.ended ? 'ended' : flags & headFlag.apart ? 'apart' : 'coming',
					length,
				);
				break;
			}
			case event.data: {
				const body = this.#body();
				if (body) exchange?.receiveData(body);
				break;
			}
			case event.filled: {
				const bytes = this.#f64();
				exchange?.receiveFilled(bytes);
				break;
			}
			case event.end: {
				const text = this.#text('latin1');
				exchange?.receiveEnd(text);
				break;
			}
			case event.failed: {
				const [error, timings] = decodeFailure(this.#text('utf8'));
				exchange?.receiveFailure(error, timings);
				break;
			}
			case event.informational: {
				const status = this.#u16();
				const text = this.#text('latin1');
				exchange?.receiveInformational(status, text);
				break;
			}
			case event.phase: {
				const text = this.#text('latin1');
				exchange?.receivePhase(text);
				break;
			}
			case event.writable: {
				const taken = this.#f64();
				exchange?.receiveWritable(taken);
				break;
			}
			default:
				throw new NativeError({ code: 'ERR_INTERNAL', phase: 'total', detail: `unknown event ${this.kind}` });
		}
	}

	/** A short one as latin1. */
	#wholeBody(): Uint8Array | string | undefined {
		const length = this.#view.getUint32(this.#offset, true);
		return length > 0 && length <= shortBody ? this.#text('latin1') : this.#body();
	}

	#body(): Uint8Array | undefined {
		const length = this.#u32();
		if (length === separate) {
			const body = this.#bodies?.[this.#nextBody];
			this.#nextBody++;
			// Node makes a Buffer; callers get a plain array whatever the size.
			return body && new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
		}
		if (length === 0) return undefined;
		const start = this.#offset;
		this.#offset += length;
		return this.#plain.slice(start, this.#offset);
	}

	#text(encoding: 'latin1' | 'utf8'): string {
		const length = this.#u32();
		const start = this.#offset;
		this.#offset += length;
		return this.#bytes.toString(encoding, start, this.#offset);
	}

	#u8(): number {
		return this.#bytes[this.#offset++] ?? 0;
	}

	#u16(): number {
		const value = this.#view.getUint16(this.#offset, true);
		this.#offset += 2;
		return value;
	}

	#u32(): number {
		const value = this.#view.getUint32(this.#offset, true);
		this.#offset += 4;
		return value;
	}

	#f64(): number {
		const value = this.#view.getFloat64(this.#offset, true);
		this.#offset += 8;
		return value;
	}
}

/** The error, and the text of the timings up to it. */
function decodeFailure(text: string): [NativeError, string] {
	const [code = 'ERR_INTERNAL', phase, nodeCode, limitMs, proxyStatus, detail, replayable, timings = ''] =
		text.split('\0');
	const error = new NativeError({
		code,
		phase: (phase || 'total') as Phase,
		nodeCode: nodeCode || undefined,
		limitMs: limitMs ? Number(limitMs) : undefined,
		proxyStatus: proxyStatus ? Number(proxyStatus) : undefined,
		detail: detail || undefined,
		replayable: replayable === '1',
	});
	return [error, timings];
}
