import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HeaderField } from '../capture/records.ts';
import { headerValue } from '../capture/records.ts';
import type { ReplySink } from '../servers/exchange.ts';

/** Writes one HTTP/1.1 answer. Adds framing (chunked) when the reply has no length, and `Connection: close` when asked. */
export class ReplyWriter implements ReplySink {
	readonly #transport: Duplex;
	readonly #isHead: boolean;
	readonly #onEnd: () => void;
	readonly #onUpgrade: () => void;
	#chunked = false;
	#ended = false;
	/** Set before the head to close after this answer. */
	closeAfter: boolean;

	constructor(
		transport: Duplex,
		options: { isHead: boolean; closeAfter: boolean; onEnd: () => void; onUpgrade: () => void },
	) {
		this.#transport = transport;
		this.#isHead = options.isHead;
		this.closeAfter = options.closeAfter;
		this.#onEnd = options.onEnd;
		this.#onUpgrade = options.onUpgrade;
	}

	inform(status: number, headers: readonly HeaderField[]): void {
		this.#transport.write(encodeHead(status, headers));
	}

	head(status: number, headers: readonly HeaderField[], end: boolean, hasTrailers: boolean): void {
		const fields = [...headers];
		const length = headerValue(fields, 'content-length');
		const isTunnel = status === 101;
		if (!end && !isTunnel && (length === null || hasTrailers)) {
			this.#chunked = true;
			fields.push(['transfer-encoding', 'chunked']);
		}
		if (headerValue(fields, 'connection')?.toLowerCase() === 'close') this.closeAfter = true;
		else if (this.closeAfter && !isTunnel) fields.push(['connection', 'close']);
		this.#transport.write(encodeHead(status, fields));
		if (isTunnel) this.#onUpgrade();
		if (end) this.#finish();
	}

	async write(bytes: Uint8Array): Promise<void> {
		if (this.#ended || !this.#transport.writable) throw new Error('the connection is closed');
		if (bytes.length === 0 || this.#isHead) return;
		const size = this.#chunked ? [Buffer.from(`${bytes.length.toString(16)}\r\n`, 'ascii')] : [];
		const tail = this.#chunked ? [Buffer.from('\r\n', 'ascii')] : [];
		if (!this.#transport.write(Buffer.concat([...size, bytes, ...tail]))) await drained(this.#transport);
	}

	end(trailers: readonly HeaderField[]): void {
		if (this.#chunked) this.#transport.write(`0\r\n${encodeFields(trailers)}\r\n`, 'latin1');
		this.#finish();
	}

	#finish(): void {
		if (this.#ended) return;
		this.#ended = true;
		this.#onEnd();
	}
}

function encodeHead(status: number, headers: readonly HeaderField[]): Buffer {
	return Buffer.from(
		`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${encodeFields(headers)}\r\n`,
		'latin1',
	);
}

function encodeFields(fields: readonly HeaderField[]): string {
	return fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

/** Resolves at the next `drain`; rejects if the connection ends before. */
function drained(transport: Duplex): Promise<void> {
	return new Promise((resolve, reject) => {
		const settle = (error?: Error) => {
			transport.off('drain', onDrain).off('close', onClose);
			if (error) reject(error);
			else resolve();
		};
		const onDrain = () => settle();
		const onClose = () => settle(new Error('the connection ended'));
		transport.on('drain', onDrain).on('close', onClose);
	});
}
