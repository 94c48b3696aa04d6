import { fingerprint } from '../fingerprints/fingerprint.ts';
import { parseClientHello } from './client-hello.ts';
import type { ConnectionRecord } from './records.ts';
import { hex16 } from './tls-names.ts';

const RECORD_HEADER = 5;
const HANDSHAKE_HEADER = 4;
const CONTENT_HANDSHAKE = 22;
const CONTENT_APPLICATION_DATA = 23;
const CLIENT_HELLO = 1;
/** A ClientHello larger than this is not kept; browsers send about 2 kB. */
const MAX_HELLO = 256 * 1024;
/** Records noted per connection: enough for the flight shape, bounded for a 200 MB upload. */
const MAX_RECORDS = 4096;

/**
 * Watches the client's bytes of one TLS connection: notes every record's header, and keeps the ClientHello messages,
 * which are the only clear-text handshake messages a fingerprint needs (the second follows a HelloRetryRequest).
 * Bytes are observed, never changed; bodies of encrypted records are skipped, not buffered.
 */
export class TlsTap {
	readonly #record: ConnectionRecord;
	readonly #elapsedMs: () => number;
	#header: Buffer = Buffer.alloc(0);
	#bodyLeft = 0;
	#bodyKept: Buffer[] | null = null;
	#handshake: Buffer = Buffer.alloc(0);
	#expectsHello = true;

	constructor(record: ConnectionRecord, elapsedMs: () => number) {
		this.#record = record;
		this.#elapsedMs = elapsedMs;
	}

	/** Takes bytes as they arrived from the network, cut anywhere. */
	observe(bytes: Buffer): void {
		let rest = bytes;
		while (rest.length > 0) {
			rest = this.#bodyLeft > 0 ? this.#takeBody(rest) : this.#takeHeader(rest);
		}
	}

	#takeHeader(bytes: Buffer): Buffer {
		const wanted = RECORD_HEADER - this.#header.length;
		this.#header = Buffer.concat([this.#header, bytes.subarray(0, wanted)]);
		if (this.#header.length === RECORD_HEADER) this.#startRecord();
		return bytes.subarray(wanted);
	}

	#startRecord(): void {
		const type = this.#header.readUInt8(0);
		const length = this.#header.readUInt16BE(3);
		if (type === CONTENT_APPLICATION_DATA) this.#expectsHello = false;
		this.#bodyLeft = length;
		this.#bodyKept = type === CONTENT_HANDSHAKE && this.#expectsHello ? [] : null;
		if (length === 0) this.#endRecord();
	}

	#takeBody(bytes: Buffer): Buffer {
		const part = bytes.subarray(0, this.#bodyLeft);
		this.#bodyKept?.push(part);
		this.#bodyLeft -= part.length;
		if (this.#bodyLeft === 0) this.#endRecord();
		return bytes.subarray(part.length);
	}

	#endRecord(): void {
		const { tlsRecords } = this.#record;
		if (tlsRecords.length < MAX_RECORDS) {
			const version = hex16(this.#header.readUInt16BE(1));
			tlsRecords.push([this.#header.readUInt8(0), version, this.#header.readUInt16BE(3), this.#elapsedMs()]);
		}
		this.#header = Buffer.alloc(0);
		if (this.#bodyKept) {
			this.#handshake = Buffer.concat([this.#handshake, ...this.#bodyKept]);
			this.#bodyKept = null;
			this.#readHellos();
		}
	}

	#readHellos(): void {
		while (this.#handshake.length >= HANDSHAKE_HEADER) {
			const total = HANDSHAKE_HEADER + this.#handshake.readUIntBE(1, 3);
			if (this.#handshake[0] !== CLIENT_HELLO || total > MAX_HELLO) {
				this.#expectsHello = false;
				this.#handshake = Buffer.alloc(0);
				return;
			}
			if (this.#handshake.length < total) return;
			this.#keepHello(Buffer.from(this.#handshake.subarray(0, total)));
			this.#handshake = this.#handshake.subarray(total);
		}
	}

	#keepHello(message: Buffer): void {
		try {
			const hello = parseClientHello(message);
			if (this.#record.clientHello) {
				this.#record.secondClientHello ??= hello;
				return;
			}
			this.#record.clientHello = hello;
			this.#record.fingerprints = fingerprint(hello);
		} catch (error) {
			if (!(error instanceof RangeError)) throw error;
			this.#expectsHello = false; // the TLS stack behind us answers with its own alert
		}
	}
}
