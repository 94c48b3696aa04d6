import { TlsInfo } from './tls-info.ts';
import type { NativePhaseEvent, NativeResponseHead, NativeTimings } from './types.ts';

/** Places of the NUL-separated parts of a head's text; the reason stands before them, the header fields follow. Written by binding/src/event_text.rs. */
const part = { endpoints: 1, timings: 5, decoded: 6, tls: 7, headers: 12 } as const;
const timingNames = ['queue', 'resolve', 'connect', 'proxy', 'tls', 'send', 'head', 'total'] as const;
const httpVersions = ['1.0', '1.1', '2'] as const;

/** Characters up to which a block of header fields is kept. */
const keptBlock = 4096;
/** The last one that was split: answers that come together mostly have the same one, date included. */
let lastBlock: { readonly text: string; readonly fields: string[] } = { text: '', fields: [''] };

/** A response head that decodes what is asked for: most callers never look at TLS, addresses or timings. */
export class ResponseHead implements NativeResponseHead {
	readonly status: number;
	readonly httpVersion: '1.0' | '1.1' | '2';
	readonly reused: boolean;
	readonly #text: string;
	#parts: string[] | undefined;

	constructor(status: number, version: number, reused: boolean, text: string) {
		this.status = status;
		this.httpVersion = httpVersions[version] ?? '1.1';
		this.reused = reused;
		this.#text = text;
	}

	get reason(): string {
		const end = this.#text.indexOf('\0');
		return end < 0 ? this.#text : this.#text.slice(0, end);
	}

	/** A new array at each call; it is the caller's. */
	get rawHeaders(): string[] {
		// What stands before them is mostly asked for by nobody.
		let start = 0;
		for (let skipped = 0; skipped < part.headers; skipped++) {
			start = this.#text.indexOf('\0', start) + 1;
			if (start === 0) return [];
		}
		const block = this.#text.slice(start);
		if (block === lastBlock.text) return lastBlock.fields.slice();
		const fields = block.split('\0');
		if (block.length > keptBlock) return fields;
		lastBlock = { text: block, fields };
		return fields.slice();
	}

	get remoteAddress(): string {
		return this.#part(part.endpoints);
	}

	get remotePort(): number {
		return Number(this.#part(part.endpoints + 1));
	}

	get localAddress(): string {
		return this.#part(part.endpoints + 2);
	}

	get localPort(): number {
		return Number(this.#part(part.endpoints + 3));
	}

	get tls(): TlsInfo | undefined {
		return decodeTls(this.#split(), part.tls);
	}

	get timings(): NativeTimings {
		return decodeTimings(this.#part(part.timings));
	}

	get decoded(): string[] {
		const list = this.#part(part.decoded);
		return list === '' ? [] : list.split(',');
	}

	/** All fields as a plain object, for logs and `JSON.stringify`. */
	toJSON(): NativeResponseHead {
		const { status, reason, httpVersion, rawHeaders, remoteAddress, remotePort, localAddress, localPort } = this;
		const { reused, tls, timings, decoded } = this;
		const head = { status, reason, httpVersion, rawHeaders, remoteAddress, remotePort, localAddress, localPort };
		return { ...head, reused, ...(tls && { tls }), timings, decoded };
	}

	[Symbol.for('nodejs.util.inspect.custom')](): NativeResponseHead {
		return this.toJSON();
	}

	#split(): string[] {
		this.#parts ??= this.#text.split('\0');
		return this.#parts;
	}

	#part(index: number): string {
		return this.#split()[index] ?? '';
	}
}

/** name, value, ... of a NUL-joined list. */
export function decodeFields(text: string): string[] {
	return text === '' ? [] : text.split('\0');
}

/** Microseconds in the order of the phases, comma-separated, empty where a phase did not happen. */
export function decodeTimings(text: string): NativeTimings {
	const timings: NativeTimings = {};
	if (text === '') return timings;
	const values = text.split(',');
	timingNames.forEach((name, index) => {
		const value = values[index];
		if (value) timings[name] = Number(value) / 1000;
	});
	return timings;
}

/** A phase event from its NUL-separated text; `undefined` for a type that this version does not know. */
export function decodePhase(text: string): NativePhaseEvent | undefined {
	const [type, ...parts] = text.split('\0');
	const first = parts[0] ?? '';
	switch (type) {
		case 'lookup':
			return { type, address: first, family: first.includes(':') ? 6 : 4 };
		case 'connect':
			return { type, ...decodeEndpoints(parts, 0) };
		case 'proxy':
		case 'sent':
			return { type };
		case 'secureConnect': {
			const tls = decodeTls(parts, 0);
			return tls && { type, tls };
		}
		case 'held':
		case 'acquired': {
			const tls = decodeTls(parts, 6);
			const httpVersion = parts[1] === '2' ? '2' : '1.1';
			return { type, reused: first === '1', httpVersion, ...decodeEndpoints(parts, 2), ...(tls && { tls }) };
		}
		default:
			return undefined;
	}
}

type Endpoints = { remoteAddress: string; remotePort: number; localAddress: string; localPort: number };

function decodeEndpoints(parts: string[], start: number): Endpoints {
	const [remoteAddress = '', remotePort, localAddress = '', localPort] = parts.slice(start, start + 4);
	return { remoteAddress, remotePort: Number(remotePort), localAddress, localPort: Number(localPort) };
}

/**
 * version, cipher, group, alpn, then in one part a digit each for resumed, early data and verified, and the number of the
 * chain; no version = no TLS.
 */
function decodeTls(parts: string[], start: number): TlsInfo | undefined {
	const [version, cipher = '', group, alpn, flags = ''] = parts.slice(start, start + 5);
	if (!version) return undefined;
	return new TlsInfo(version, cipher, group, alpn, flags);
}
