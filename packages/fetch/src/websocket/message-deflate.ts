import type { DeflateRaw, InflateRaw } from 'node:zlib';
import { closeCode, SocketFailure } from './failure.ts';
import { badText, tooLarge } from './frame-reader.ts';

const { isUtf8 } = process.getBuiltinModule('node:buffer');

/** What the server agreed to of permessage-deflate (RFC 7692 7.1). */
export type DeflateTerms = {
	serverWindowBits: number;
	clientWindowBits: number;
	serverKeepsContext: boolean;
	clientKeepsContext: boolean;
};

/** What a sender leaves off the end of a message, and a receiver puts back (RFC 7692 7.2.1). */
const tail = Buffer.from([0x00, 0x00, 0xff, 0xff]);
/** zlib makes 9 of 8 in raw streams, which a peer with a window of 8 could not read: such a peer gets no compression. */
const smallestDeflateWindow = 9;

/** Both directions of permessage-deflate on one connection. One call of each at a time. */
export class MessageDeflate {
	readonly #terms: DeflateTerms;
	readonly #maxMessageBytes: number;
	#inflater: InflateRaw | undefined;
	#deflater: DeflateRaw | undefined;

	constructor(terms: DeflateTerms, maxMessageBytes: number) {
		this.#terms = terms;
		this.#maxMessageBytes = maxMessageBytes;
	}

	/** Messages may be sent compressed. */
	get canDeflate(): boolean {
		return this.#terms.clientWindowBits >= smallestDeflateWindow;
	}

	/** The message as it was before compression; stops at the size limit, so that a bomb costs no more than that. */
	async inflate(payload: Buffer, isText: boolean): Promise<Buffer> {
		const { constants, createInflateRaw } = process.getBuiltinModule('node:zlib');
		this.#inflater ??= createInflateRaw({ windowBits: this.#terms.serverWindowBits });
		const inflater = this.#inflater;
		try {
			const message = await collect(inflater, [payload, tail], constants.Z_SYNC_FLUSH, this.#maxMessageBytes);
			if (isText && !isUtf8(message)) throw badText();
			return message;
		} catch (error) {
			this.close();
			if (error instanceof SocketFailure) throw error;
			throw new SocketFailure(closeCode.data, 'compressed data that cannot be inflated');
		} finally {
			// A final block ends the stream; what comes next starts anew, as without context takeover.
			if (!this.#terms.serverKeepsContext || inflater.readableEnded) {
				inflater.close();
				this.#inflater = undefined;
			}
		}
	}

	/** The message compressed, ready for a frame with RSV1. */
	async deflate(payload: Uint8Array): Promise<Buffer> {
		const { constants, createDeflateRaw } = process.getBuiltinModule('node:zlib');
		this.#deflater ??= createDeflateRaw({ windowBits: this.#terms.clientWindowBits });
		const deflater = this.#deflater;
		const bytes = await collect(deflater, [payload], constants.Z_SYNC_FLUSH, Number.POSITIVE_INFINITY);
		if (!this.#terms.clientKeepsContext) {
			deflater.close();
			this.#deflater = undefined;
		}
		return bytes.subarray(0, bytes.length - tail.length);
	}

	/** Frees zlib's memory. */
	close(): void {
		this.#inflater?.close();
		this.#deflater?.close();
		this.#inflater = undefined;
		this.#deflater = undefined;
	}
}

function collect(
	stream: InflateRaw | DeflateRaw,
	input: readonly Uint8Array[],
	flush: number,
	limit: number,
): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let length = 0;
		const settle = () => {
			stream.off('data', onData).off('error', onError).off('close', onClose);
		};
		const onData = (chunk: Buffer) => {
			length += chunk.length;
			if (length <= limit) {
				chunks.push(chunk);
				return;
			}
			settle();
			stream.on('error', () => undefined);
			stream.destroy();
			reject(tooLarge());
		};
		const onError = (error: Error) => {
			settle();
			stream.on('error', () => undefined);
			reject(error);
		};
		const onClose = () => onError(new Error('closed'));
		stream.on('data', onData).on('error', onError).on('close', onClose);
		for (const bytes of input) stream.write(bytes);
		stream.flush(flush, () => {
			settle();
			resolve(Buffer.concat(chunks, length));
		});
	});
}

/**
 * Reads the server's `Sec-WebSocket-Extensions`; `undefined` = none agreed.
 * @param offered Value that the browser sent, `undefined` = no extension offered.
 * @throws SocketFailure for anything that was not offered or is not valid (RFC 6455 9.1, RFC 7692 7.1).
 */
export function readDeflateTerms(answer: string | undefined, offered: string | undefined): DeflateTerms | undefined {
	if (answer === undefined || answer.trim() === '') return undefined;
	const [name, ...parameters] = answer.split(';').map((part) => part.trim());
	if (name?.toLowerCase() !== 'permessage-deflate' || offered === undefined || answer.includes(',')) {
		throw refused(`the extension "${name}" was not offered`);
	}
	const terms = { serverWindowBits: 15, clientWindowBits: 15, serverKeepsContext: true, clientKeepsContext: true };
	const seen = new Set<string>();
	for (const parameter of parameters) {
		const [key = '', value] = parameter.split('=', 2).map((part) => part.trim());
		if (seen.has(key)) throw refused(`the parameter "${key}" is given twice`);
		seen.add(key);
		if (key === 'server_no_context_takeover' && value === undefined) terms.serverKeepsContext = false;
		else if (key === 'client_no_context_takeover' && value === undefined) terms.clientKeepsContext = false;
		else if (key === 'server_max_window_bits') terms.serverWindowBits = windowBits(value);
		else if (key === 'client_max_window_bits' && offered.includes(key)) terms.clientWindowBits = windowBits(value);
		else throw refused(`the parameter "${key}" was not offered or is not valid`);
	}
	return terms;
}

/** RFC 7692 7.1.2: 8 to 15, without leading zeros; may be quoted. */
function windowBits(value: string | undefined): number {
	const digits = /^"?([89]|1[0-5])"?$/.exec(value ?? '')?.[1];
	if (digits === undefined) throw refused('the window size is not valid');
	return Number(digits);
}

function refused(what: string): SocketFailure {
	return new SocketFailure(closeCode.protocol, what);
}
