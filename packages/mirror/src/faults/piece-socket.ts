import type { Socket } from 'node:net';
import { TappedSocket } from '../servers/tapped-socket.ts';

/** Cuts what the server sends into pieces, each written on its own: with TCP_NODELAY, each its own segment. */
export class PieceSocket extends TappedSocket {
	readonly #size: number;

	constructor(socket: Socket, size: number) {
		super(socket, () => {});
		this.#size = size;
	}

	override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
		const next = (at: number, error?: Error | null) => {
			if (error || at >= chunk.length) {
				callback(error);
				return;
			}
			const piece = chunk.subarray(at, at + this.#size);
			super._write(piece, encoding, (failure) => setImmediate(next, at + this.#size, failure));
		};
		next(0);
	}
}
