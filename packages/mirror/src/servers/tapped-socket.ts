import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * The socket as a stream for `node:tls`, with every inbound byte shown to `observe` first. (TLSSocket reads a plain
 * `net.Socket` below JavaScript, where nobody could watch.) Backpressure passes through in both directions.
 */
export class TappedSocket extends Duplex {
	readonly #socket: Socket;

	constructor(socket: Socket, observe: (bytes: Buffer) => void) {
		super({ allowHalfOpen: true });
		this.#socket = socket;
		socket.on('data', (bytes: Buffer) => {
			observe(bytes);
			if (!this.push(bytes)) socket.pause();
		});
		socket.on('end', () => this.push(null));
		socket.on('error', (error) => this.destroy(error));
		socket.on('close', () => this.destroy());
	}

	override _read(): void {
		this.#socket.resume();
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
		this.#socket.write(chunk, callback);
	}

	override _final(callback: (error?: Error | null) => void): void {
		this.#socket.end(callback);
	}

	override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
		this.#socket.destroy();
		callback(error);
	}
}
