import { Duplex } from 'node:stream';
import type { Exchange, ResponseHead } from 'wiretwin';

/** The raw stream after a 101 answer, with what undici's WebSocket and its users read from a socket. */
export class UpgradedSocket extends Duplex {
	readonly encrypted: boolean;
	readonly remoteAddress: string;
	readonly remotePort: number;
	readonly localAddress: string;
	readonly localPort: number;
	bytesRead = 0;
	bytesWritten = 0;
	readonly #exchange: Exchange;

	constructor(exchange: Exchange, head: ResponseHead) {
		// As a socket of Node's client: when the peer ends, so do we.
		super({ allowHalfOpen: false });
		this.#exchange = exchange;
		this.encrypted = head.tls !== undefined;
		this.remoteAddress = head.remoteAddress;
		this.remotePort = head.remotePort;
		this.localAddress = head.localAddress;
		this.localPort = head.localPort;
	}

	override _read(): void {
		this.#exchange.read().then(
			(chunk) => {
				this.bytesRead += chunk?.byteLength ?? 0;
				this.push(chunk);
			},
			(error) => this.destroy(error),
		);
	}

	override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
		this.#exchange.write(chunk).then(() => {
			this.bytesWritten += chunk.byteLength;
			callback();
		}, callback);
	}

	override _final(callback: () => void): void {
		this.#exchange.end();
		callback();
	}

	override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
		this.#exchange.abort(error ?? undefined);
		callback(error);
	}
}
