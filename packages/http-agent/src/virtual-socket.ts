import type { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { peerCertificate, peerX509Certificate, type TlsInfo } from 'wiretwin';
import type { RequestKind } from './options.ts';

/** What a socket needs from the exchange behind it. */
export type SocketLink = {
	write(chunks: ReadonlyArray<{ chunk: string | Buffer; encoding: BufferEncoding }>, callback: WriteCallback): void;
	end(callback: WriteCallback): void;
	read(): void;
	close(error: Error | null): void;
};

/** What a socket says while it becomes one. */
const connectingEvents = ['lookup', 'connect', 'ready', 'secureConnect', 'secure'] as const;

export type WriteCallback = (error?: Error | null) => void;

/** Both ends of the connection that carries the request. */
export type SocketAddresses = {
	readonly remoteAddress: string;
	readonly remotePort: number;
	readonly localAddress: string;
	readonly localPort: number;
};

const { Duplex } = process.getBuiltinModule('node:stream');

/**
 * What Node's ClientRequest and its users take for the socket of a request. Bytes written are read by the link, bytes
 * pushed are read by Node's parser. One serves one request; connections are pooled by the engine.
 */
export class VirtualSocket extends Duplex {
	connecting = true;
	remoteAddress: string | undefined;
	remotePort: number | undefined;
	remoteFamily: string | undefined;
	localAddress: string | undefined;
	localPort: number | undefined;
	localFamily: string | undefined;
	bytesRead = 0;
	bytesWritten = 0;
	/** What the browser does with the request; known once its head has been written. */
	requestKind: RequestKind | undefined;
	/** Name, value, ... as the browser sends them; known once the exchange has begun. */
	requestHeaders: readonly string[] | undefined;
	/** Milliseconds of silence after which `timeout` is emitted; 0 = never. */
	timeout = 0;
	#timer: NodeJS.Timeout | undefined;
	#link: SocketLink | undefined;

	constructor(highWaterMark?: number) {
		super({
			decodeStrings: false,
			emitClose: false,
			...(highWaterMark === undefined ? {} : { highWaterMark }),
		});
	}

	/** Joins the two; nothing is written before. */
	attach(link: SocketLink): void {
		this.#link = link;
	}

	/**
	 * The request is over and the socket stays as one that may serve again, like Node's. Nothing leads on from it: V8 keeps
	 * every Duplex, and all it refers to, until a full collection (docs/internals/performance.md, "Closures in old space").
	 */
	release(): void {
		this.setTimeout(0); // its silence is nobody's any more
		this.#link = undefined;
		(this as { _httpMessage?: unknown })._httpMessage = null; // as Node's agent does
	}

	/** Hands bytes of the response to the reader; `false`: it has enough for now. */
	receive(bytes: Buffer): boolean {
		this.bytesRead += bytes.length;
		this.#timer?.refresh();
		return this.push(bytes);
	}

	/** Bytes went in a direction without passing through here. */
	touch(direction: 'bytesRead' | 'bytesWritten', bytes: number): void {
		this[direction] += bytes;
		this.#timer?.refresh();
	}

	/** Becomes connected, with the events of a socket that does. Once. */
	markConnected(addresses: SocketAddresses): void {
		if (!this.connecting) return;
		this.connecting = false;
		this.remoteAddress = addresses.remoteAddress;
		this.remotePort = addresses.remotePort;
		this.remoteFamily = familyOf(addresses.remoteAddress);
		this.localAddress = addresses.localAddress;
		this.localPort = addresses.localPort;
		this.localFamily = familyOf(addresses.localAddress);
		this.#timer?.refresh();
		this.emit('connect');
		this.emit('ready');
	}

	get pending(): boolean {
		return this.connecting;
	}

	/** Somebody waits for an event of connecting, or for silence since one. */
	get isWatched(): boolean {
		return this.timeout > 0 || connectingEvents.some((event) => this.listenerCount(event) > 0);
	}

	get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
		if (this.connecting) return 'opening';
		if (this.readable && this.writable) return 'open';
		if (this.readable) return 'readOnly';
		return this.writable ? 'writeOnly' : 'closed';
	}

	/** Local address, `{}` while connecting. */
	address(): AddressInfo | Record<string, never> {
		if (this.localAddress === undefined) return {};
		return { address: this.localAddress, family: this.localFamily ?? 'IPv4', port: this.localPort ?? 0 };
	}

	/** Emits `timeout` after so many milliseconds without a byte in either direction; 0 stops that. */
	setTimeout(milliseconds: number, callback?: () => void): this {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.timeout = milliseconds;
		if (milliseconds === 0) {
			if (callback) this.removeListener('timeout', callback);
			return this;
		}
		// Like a socket's own timer it does not keep the process alive: the exchange does that.
		this.#timer = setTimeout(() => this.emit('timeout'), milliseconds).unref();
		if (callback) this.once('timeout', callback);
		return this;
	}

	/** Closes after what was written has been taken. */
	destroySoon(): void {
		if (this.writable) this.end();
		if (this.writableFinished) this.destroy();
		else this.once('finish', () => this.destroy());
	}

	/** Closes at once. */
	resetAndDestroy(): this {
		return this.destroy();
	}

	// The settings of the real socket are the engine's, as a browser has them.
	setNoDelay(): this {
		return this;
	}

	setKeepAlive(): this {
		return this;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}

	override _write(chunk: string | Buffer, encoding: BufferEncoding, callback: WriteCallback): void {
		this._writev([{ chunk, encoding }], callback);
	}

	override _writev(chunks: Array<{ chunk: string | Buffer; encoding: BufferEncoding }>, callback: WriteCallback): void {
		this.#timer?.refresh();
		for (const { chunk } of chunks) this.bytesWritten += chunk.length;
		if (this.#link) this.#link.write(chunks, callback);
		else callback(Object.assign(new Error('The request of this socket is over.'), { code: 'EPIPE' }));
	}

	override _final(callback: WriteCallback): void {
		if (this.#link) this.#link.end(callback);
		else callback();
	}

	override _read(): void {
		this.#link?.read();
	}

	override _destroy(error: Error | null, callback: WriteCallback): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.connecting = false;
		const link = this.#link;
		this.#link = undefined;
		link?.close(error);
		callback(error);
		// As with a real socket, whose handle takes until the end of the turn to close: the response closes before.
		setImmediate(() => this.emit('close', error !== null));
	}
}

/** The same for `https:`. Node and its users tell the two apart by the property `encrypted`. */
export class VirtualTlsSocket extends VirtualSocket {
	readonly encrypted = true;
	secureConnecting = true;
	authorized = false;
	authorizationError: string | null = null;
	alpnProtocol: string | false | null = null;
	readonly servername: string;
	#tls: TlsInfo | undefined;
	#isDistrusted = false;

	constructor(servername: string, highWaterMark?: number) {
		super(highWaterMark);
		this.servername = servername;
	}

	/** The handshake is done, now or earlier on a connection that is used again. Once. */
	markSecure(tls: TlsInfo): void {
		if (!this.secureConnecting) return;
		this.secureConnecting = false;
		this.#tls = tls;
		if (!this.#isDistrusted) {
			this.authorized = tls.verified;
			this.authorizationError = tls.verified ? null : 'UNABLE_TO_VERIFY';
		}
		this.alpnProtocol = tls.alpn ?? false;
		this.emit('secureConnect');
		this.emit('secure');
	}

	/** The client has found the server to be the wrong one. */
	distrust(error: Error): void {
		this.#isDistrusted = true;
		this.authorized = false;
		this.authorizationError = (error as NodeJS.ErrnoException).code ?? error.message;
	}

	getProtocol(): string | null {
		return this.#tls?.version ?? null;
	}

	getCipher(): { name: string; standardName: string; version: string } | undefined {
		const tls = this.#tls;
		return tls && { name: tls.cipher, standardName: tls.cipher, version: tls.version };
	}

	isSessionReused(): boolean {
		return this.#tls?.resumed ?? false;
	}

	/** As Node's, `{}` until there is one. Parsed anew at each call. */
	getPeerCertificate(detailed: boolean = false): ReturnType<typeof peerCertificate> {
		return peerCertificate(this.#tls, detailed);
	}

	getPeerX509Certificate(): X509Certificate | undefined {
		return peerX509Certificate(this.#tls);
	}

	getCertificate(): Record<string, never> {
		return {};
	}

	getSession(): undefined {
		return undefined;
	}

	getTLSTicket(): undefined {
		return undefined;
	}

	getEphemeralKeyInfo(): Record<string, never> {
		return {};
	}

	getFinished(): undefined {
		return undefined;
	}

	getPeerFinished(): undefined {
		return undefined;
	}
}

/** Hears errors of sockets whose requests tell of them. */
export function ignore(): void {}

function familyOf(address: string): 'IPv4' | 'IPv6' {
	return address.includes(':') ? 'IPv6' : 'IPv4';
}
