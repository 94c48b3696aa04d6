import type { OutgoingHttpHeader } from 'node:http';
import type { Socket } from 'node:net';
import { DirectLink } from './direct-link.ts';
import type { DirectResponse } from './direct-response.ts';
import { http } from './node-modules.ts';
import type { AgentSettings } from './options.ts';
import { RequestTimings } from './request-timings.ts';
import { reasonOf } from './response-text.ts';
import type { Target } from './route.ts';
import { ignore, VirtualSocket, VirtualTlsSocket, type WriteCallback } from './virtual-socket.ts';

/** What a request is made of. */
export type DirectRequestOptions = {
	method: string;
	/** Path and query. */
	path: string;
	headers: Readonly<Record<string, OutgoingHttpHeader | undefined>>;
	target: Target;
	/** For the socket's own `timeout` event, ms. */
	timeout?: number | undefined;
	signal?: AbortSignal | undefined;
};

const { addAbortSignal, Writable } = process.getBuiltinModule('node:stream');

/**
 * A request with the manners of Node's ClientRequest: the same events in the same order, the same methods for what clients
 * use of it. It is not one: no HTTP/1.1 text is written and none is parsed, which is most of what ClientRequest costs.
 */
export class DirectRequest extends Writable {
	readonly method: string;
	readonly path: string;
	readonly protocol: 'http:' | 'https:';
	readonly host: string;
	readonly socket: VirtualSocket;
	readonly timings: RequestTimings = new RequestTimings();
	/** The connection carried other requests before; known once there is an answer. */
	reusedSocket = false;
	aborted = false;
	res: DirectResponse | null = null;
	readonly #headers = new Map<string, { name: string; value: OutgoingHttpHeader }>();
	readonly #link: DirectLink;
	#heedsSilence = false;

	/** @internal Made by `wiretwinRequest`. Throws for names and values that are no fields. */
	constructor(options: DirectRequestOptions, settings: AgentSettings) {
		// It is destroyed once its answer has been read.
		super({ autoDestroy: false });
		const { target } = options;
		this.method = options.method;
		this.path = options.path;
		this.protocol = `${target.scheme}:`;
		this.host = target.host;
		for (const name in options.headers) {
			const value = options.headers[name];
			if (value !== undefined) this.setHeader(name, value);
		}
		this.socket = target.scheme === 'https' ? new VirtualTlsSocket(target.host) : new VirtualSocket();
		this.#link = new DirectLink(this, this.socket, target, settings);
		this.socket.attach(this.#link);
		this.socket.on('error', ignore); // the request tells of it
		if (options.timeout) this.setTimeout(options.timeout);
		if (options.signal) addAbortSignal(options.signal, this);
		process.nextTick(() => this.#open());
	}

	get connection(): VirtualSocket {
		return this.socket;
	}

	/** The head has gone out, or is about to. */
	get headersSent(): boolean {
		return this.#link.hasStarted;
	}

	getHeader(name: string): OutgoingHttpHeader | undefined {
		return this.#headers.get(name.toLowerCase())?.value;
	}

	getHeaderNames(): string[] {
		return [...this.#headers.keys()];
	}

	getRawHeaderNames(): string[] {
		return [...this.#headers.values()].map(({ name }) => name);
	}

	getHeaders(): Record<string, OutgoingHttpHeader> {
		const headers: Record<string, OutgoingHttpHeader> = Object.create(null);
		for (const [lower, { value }] of this.#headers) headers[lower] = value;
		return headers;
	}

	hasHeader(name: string): boolean {
		return this.#headers.has(name.toLowerCase());
	}

	setHeader(name: string, value: OutgoingHttpHeader): this {
		this.#refuseLate('set');
		http.validateHeaderName(name);
		if (Array.isArray(value)) for (const each of value) http.validateHeaderValue(name, each);
		else http.validateHeaderValue(name, value as string);
		this.#headers.set(name.toLowerCase(), { name, value });
		return this;
	}

	removeHeader(name: string): void {
		this.#refuseLate('remove');
		this.#headers.delete(name.toLowerCase());
	}

	/** Each field line as it is to be sent. */
	eachHeader(take: (name: string, value: string) => void): void {
		for (const { name, value } of this.#headers.values()) {
			if (!Array.isArray(value)) take(name, String(value));
			else if (name.toLowerCase() === 'cookie') take(name, value.join('; '));
			else for (const each of value) take(name, each);
		}
	}

	/** Emits `timeout` after so many milliseconds of silence once there is a connection. */
	setTimeout(milliseconds: number, callback?: () => void): this {
		this.heedSilence();
		if (callback) this.once('timeout', callback);
		const { socket } = this;
		if (socket.connecting) socket.once('connect', () => socket.setTimeout(milliseconds));
		else socket.setTimeout(milliseconds);
		return this;
	}

	/** Passes the socket's `timeout` on to request and response. */
	heedSilence(): void {
		if (this.#heedsSilence) return;
		this.#heedsSilence = true;
		this.socket.on('timeout', () => {
			this.emit('timeout');
			this.res?.emit('timeout');
		});
	}

	/** The same as `destroy()`, and says so. */
	abort(): void {
		if (this.aborted) return;
		this.aborted = true;
		if (!this.#link.isOpen) this.destroy(); // and closes before it says why, like a ClientRequest
		process.nextTick(() => this.emit('abort'));
		this.destroy();
	}

	/** Sends the head now, before the body is known: that is then one of unknown length. */
	flushHeaders(): void {
		this.#link.flush();
	}

	// The settings of the real socket are the engine's.
	setNoDelay(): void {}

	setSocketKeepAlive(): void {}

	/** Like ClientRequest's: `callback` hears of the end, and only `error` of a failure. */
	override end(...parameters: unknown[]): this {
		const callback = parameters.at(-1);
		if (typeof callback === 'function') {
			parameters[parameters.length - 1] = (error?: Error | null) => {
				if (!error) callback();
			};
		}
		return super.end(...(parameters as [unknown, BufferEncoding, () => void]));
	}

	/** @internal An interim answer. */
	inform(status: number, rawHeaders: string[]): void {
		if (this.destroyed) return;
		if (status === 100) this.emit('continue');
		const message = new http.IncomingMessage(this.socket as unknown as Socket);
		(message as unknown as { _addHeaderLines(fields: string[], count: number): void })._addHeaderLines(
			rawHeaders,
			rawHeaders.length,
		);
		this.emit('information', {
			statusCode: status,
			statusMessage: reasonOf(status, ''),
			httpVersion: '1.1',
			httpVersionMajor: 1,
			httpVersionMinor: 1,
			headers: message.headers,
			rawHeaders,
		});
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
		this.#link.take([chunk], callback);
	}

	override _writev(chunks: Array<{ chunk: Buffer }>, callback: WriteCallback): void {
		this.#link.take(
			chunks.map(({ chunk }) => chunk),
			callback,
		);
	}

	override _final(callback: WriteCallback): void {
		this.#link.finishBody(callback);
	}

	override _destroy(error: Error | null, callback: WriteCallback): void {
		callback(this.#link.destroy(error));
	}

	#open(): void {
		if (this.destroyed) return;
		this.emit('socket', this.socket);
		this.#link.open();
	}

	#refuseLate(verb: string): void {
		if (!this.#link?.hasStarted) return;
		const message = `Cannot ${verb} headers after they are sent to the client`;
		throw Object.assign(new Error(message), { code: 'ERR_HTTP_HEADERS_SENT' });
	}
}
