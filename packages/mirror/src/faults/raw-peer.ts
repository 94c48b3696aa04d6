import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FaultConnection } from './fault-log.ts';

/** Largest request body skipped or head read. */
const MAX_BUFFERED = 64 * 1024 * 1024;

/** Thrown inside a script when the client is gone; the runner expects it. */
export class PeerGone extends Error {
	override readonly name = 'PeerGone';
}

/** A server's end of one connection, scripted byte by byte. */
export class RawPeer {
	readonly log: FaultConnection;
	readonly #stream: Duplex;
	readonly #socket: Socket;
	#buffer: Buffer = Buffer.alloc(0);
	#ended = false;
	#wake: (() => void)[] = [];
	/** Writes that TLS has not handed to the socket yet. */
	#unwritten = 0;
	#afterWrites: (() => void)[] = [];

	/**
	 * @param stream plaintext (the TLS stream, or the socket itself)
	 * @param socket the TCP socket underneath
	 */
	constructor(stream: Duplex, socket: Socket, log: FaultConnection) {
		this.#stream = stream;
		this.#socket = socket;
		this.log = log;
		stream.on('data', (bytes: Buffer) => {
			log.bytesReceived += bytes.length;
			this.#buffer = Buffer.concat([this.#buffer, bytes]);
			if (this.#buffer.length > MAX_BUFFERED) stream.pause();
			this.#notify();
		});
		const over = (reason: string) => {
			this.#ended = true;
			log.closed ??= reason;
			this.#notify();
		};
		for (const emitter of new Set([stream, socket])) {
			emitter.on('end', () => over('eof'));
			emitter.on('error', (error: NodeJS.ErrnoException) => over(error.code ?? error.message));
			emitter.on('close', () => over('closed'));
		}
	}

	/** True once the client has ended its side, or the connection is gone. */
	get isGone(): boolean {
		return this.#ended;
	}

	/** Bytes up to and including `mark`. @throws PeerGone */
	async readUntil(mark: string): Promise<Buffer> {
		for (;;) {
			const at = this.#buffer.indexOf(mark, 0, 'latin1');
			if (at >= 0) return this.#cut(at + mark.length);
			await this.#more();
		}
	}

	/** @throws PeerGone */
	async readExactly(length: number): Promise<Buffer> {
		while (this.#buffer.length < length) await this.#more();
		return this.#cut(length);
	}

	/** Whatever has arrived, at least one byte. @throws PeerGone */
	async readSome(): Promise<Buffer> {
		while (this.#buffer.length === 0) await this.#more();
		return this.#cut(this.#buffer.length);
	}

	/** An HTTP/1 request: its head is logged and returned, a body with Content-Length is skipped. @throws PeerGone */
	async readRequest(): Promise<string> {
		const head = (await this.readUntil('\r\n\r\n')).toString('latin1');
		this.log.requests.push(head);
		const length = /^content-length: *(\d+)/im.exec(head)?.[1];
		if (length !== undefined) await this.readExactly(Number(length));
		return head;
	}

	/** Writes, waiting while the client does not read. @throws PeerGone */
	async write(data: string | Uint8Array): Promise<void> {
		const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
		if (this.#stream.destroyed || !this.#stream.writable) throw new PeerGone();
		this.log.bytesSent += bytes.length;
		this.#unwritten++;
		const isRoomLeft = this.#stream.write(bytes, () => {
			this.#unwritten--;
			if (this.#unwritten === 0) for (const action of this.#afterWrites.splice(0)) action();
		});
		if (!isRoomLeft) await this.#event('drain');
	}

	/** Writes in pieces of `size` bytes, each in its own segment (and TLS record). @throws PeerGone */
	async writeInPieces(data: string | Uint8Array, size: number): Promise<void> {
		const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
		for (let at = 0; at < bytes.length; at += size) await this.write(bytes.subarray(at, at + size));
	}

	/** Orderly end: close_notify on TLS, then FIN. */
	end(): void {
		this.#stream.end();
	}

	/** FIN without close_notify: what was written before is flushed, the TLS stream looks truncated. */
	truncate(): void {
		this.#onceWritten(() => this.#socket.end());
	}

	/** TCP reset, behind what was written before. */
	reset(): void {
		this.#onceWritten(() => this.#socket.resetAndDestroy());
	}

	/** Stops reading: the client's bytes stay in the kernel. */
	stopReading(): void {
		this.#stream.pause();
	}

	/** Resolves when the client has ended its side or the connection is gone; what arrives until then is dropped. */
	async untilGone(): Promise<void> {
		while (!this.#ended) {
			this.#buffer = Buffer.alloc(0);
			await new Promise<void>((resolve) => this.#wake.push(resolve));
		}
	}

	async #more(): Promise<void> {
		if (this.#ended) throw new PeerGone();
		this.#stream.resume();
		await new Promise<void>((resolve) => this.#wake.push(resolve));
	}

	#cut(length: number): Buffer {
		const bytes = this.#buffer.subarray(0, length);
		this.#buffer = this.#buffer.subarray(length);
		return bytes;
	}

	#onceWritten(action: () => void): void {
		if (this.#unwritten === 0) action();
		else this.#afterWrites.push(action);
	}

	#notify(): void {
		for (const wake of this.#wake.splice(0)) wake();
	}

	#event(name: 'drain'): Promise<void> {
		return new Promise((resolve, reject) => {
			const settle = (gone: boolean) => {
				this.#stream.off(name, onEvent).off('close', onClose);
				this.#socket.off('close', onClose);
				if (gone) reject(new PeerGone());
				else resolve();
			};
			const onEvent = () => settle(false);
			const onClose = () => settle(true);
			this.#stream.on(name, onEvent).on('close', onClose);
			this.#socket.on('close', onClose);
		});
	}
}
