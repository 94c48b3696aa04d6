import { InvalidArgumentError, ProtocolError } from '../errors/classes.ts';
import { summarize } from '../errors/wiretwin-error.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { closeCode, SocketFailure } from './failure.ts';
import { FrameReader, type Incoming } from './frame-reader.ts';
import { type OpenSocket, openSocket } from './handshake.ts';
import { binary, messageBytes, type WebSocketData } from './message-data.ts';
import { MessageDeflate } from './message-deflate.ts';
import { Outbox } from './outbox.ts';
import { CloseEvent, SocketErrorEvent } from './socket-events.ts';
import { type NormalizedSocket, normalizeSocket, type WebSocketOptions } from './socket-options.ts';
import { SocketTarget, shapeAsInBrowsers } from './socket-target.ts';

type Handler<E> = ((this: WebSocket, event: E) => void) | null;

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

/** Where the profile names no times: Chromium's (docs/internals/websocket.md). */
const defaultCloseTimes = { answerMs: 60_000, endMs: 2_000 };
/** Longest reason of a close frame, bytes (RFC 6455 5.5: 125 less the code). */
const maxReasonBytes = 123;

const errorCodes: { readonly [code: number]: string } = {
	[closeCode.data]: 'ERR_WS_DATA',
	[closeCode.tooLarge]: 'ERR_WS_TOO_LARGE',
};

/**
 * The `WebSocket` of browsers, with the handshake of the chosen one: `new WebSocket(url, protocols?, options?)` or
 * `new WebSocket(url, options)`. A connection of its own over HTTP/1.1, or a stream of an HTTP/2 connection whose server
 * allows it, where that browser does so.
 * @example const socket = new WebSocket('wss://example.test/live', { session });
 */
export class WebSocket extends SocketTarget {
	declare static readonly CONNECTING: 0;
	declare static readonly OPEN: 1;
	declare static readonly CLOSING: 2;
	declare static readonly CLOSED: 3;
	declare readonly CONNECTING: 0;
	declare readonly OPEN: 1;
	declare readonly CLOSING: 2;
	declare readonly CLOSED: 3;

	readonly #given: NormalizedSocket;
	readonly #abort = new AbortController();
	readonly #handlers = new Map<string, (event: Event) => void>();
	#state: 0 | 1 | 2 | 3 = states.CONNECTING;
	#binaryType: 'blob' | 'arraybuffer' = 'blob';
	#open: OpenSocket | undefined;
	#outbox: Outbox | undefined;
	#deflate: MessageDeflate | undefined;
	/** The peer's close frame. */
	#goodbye: { code: number; reason: string } | undefined;
	#closeSent = false;
	#failure: unknown;
	/** Resolves `#leave`. */
	#left: (() => void) | undefined;
	#timer: NodeJS.Timeout | undefined;
	/** Bytes of `send` calls after the end, which count as buffered for ever (WHATWG WebSockets 3.1, send). */
	#neverSent = 0;

	constructor(
		url: string | URL,
		...rest: [protocols?: string | readonly string[] | WebSocketOptions, options?: WebSocketOptions]
	) {
		super();
		if (url === undefined) throw new InvalidArgumentError('A WebSocket needs a URL.');
		this.#given = normalizeSocket(url, rest[0], rest[1]);
		void this.#run();
	}

	get [Symbol.toStringTag](): string {
		return 'WebSocket';
	}

	/** Absolute, with ws or wss. */
	get url(): string {
		return this.#given.url.href;
	}

	get readyState(): 0 | 1 | 2 | 3 {
		return this.#state;
	}

	/** Sub-protocol that the server chose, `''` = none. */
	get protocol(): string {
		return this.#open?.protocol ?? '';
	}

	/** Extensions in use, as the server answered. */
	get extensions(): string {
		return this.#open?.extensions ?? '';
	}

	/** Bytes of messages that `send` has taken and that are not on their way yet. */
	get bufferedAmount(): number {
		return (this.#outbox?.buffered ?? 0) + this.#neverSent;
	}

	/** What `MessageEvent.data` is for binary messages. @default 'blob' */
	get binaryType(): 'blob' | 'arraybuffer' {
		return this.#binaryType;
	}

	set binaryType(value: 'blob' | 'arraybuffer') {
		if (value === 'blob' || value === 'arraybuffer') this.#binaryType = value;
	}

	get onopen(): Handler<Event> {
		return this.#handler('open');
	}

	set onopen(handler: Handler<Event>) {
		this.#setHandler('open', handler);
	}

	get onmessage(): Handler<MessageEvent> {
		return this.#handler('message');
	}

	set onmessage(handler: Handler<MessageEvent>) {
		this.#setHandler('message', handler);
	}

	get onerror(): Handler<SocketErrorEvent> {
		return this.#handler('error');
	}

	set onerror(handler: Handler<SocketErrorEvent>) {
		this.#setHandler('error', handler);
	}

	get onclose(): Handler<CloseEvent> {
		return this.#handler('close');
	}

	set onclose(handler: Handler<CloseEvent>) {
		this.#setHandler('close', handler);
	}

	/** Sends a message. Throws `InvalidStateError` before `open`; after the end it does nothing, as in browsers. */
	send(data: WebSocketData): void {
		// biome-ignore lint/complexity/noArguments: with a rest parameter its length would be 0
		if (arguments.length === 0) throw new InvalidArgumentError('send() needs something to send.');
		if (this.#state === WebSocket.CONNECTING) {
			throw new DOMException('The WebSocket is not open yet.', 'InvalidStateError');
		}
		const { bytes, isText } = messageBytes(data);
		const size = bytes instanceof Blob ? bytes.size : bytes.byteLength;
		if (this.#state !== WebSocket.OPEN || !this.#outbox) this.#neverSent += size;
		else this.#outbox.message(bytes, size, isText);
	}

	/** Says goodbye after everything sent so far: the code is 1000, or 3000 to 4999, the reason has at most 123 bytes. */
	close(...given: [code?: number, reason?: string]): void {
		const code = given[0] === undefined ? undefined : Math.round(Number(given[0]));
		const reason = given[1] === undefined ? '' : String(given[1]);
		if (code !== undefined && code !== closeCode.normal && !(code >= 3000 && code <= 4999)) {
			throw new DOMException('The close code must be 1000, or 3000 to 4999.', 'InvalidAccessError');
		}
		if (Buffer.byteLength(reason) > maxReasonBytes) {
			throw new DOMException('The close reason is longer than 123 bytes.', 'SyntaxError');
		}
		if (this.#state >= WebSocket.CLOSING) return;
		const wasConnecting = this.#state === WebSocket.CONNECTING;
		this.#state = WebSocket.CLOSING;
		if (wasConnecting) this.#abort.abort(new DOMException('Closed before it was open.', 'AbortError'));
		else this.#sendClose(code === undefined && reason !== '' ? closeCode.normal : code, reason);
	}

	async #run(): Promise<void> {
		try {
			await this.#connect();
			if (this.#open) await this.#listen(this.#open);
		} catch (error) {
			this.#finished(error);
		}
		this.#ended();
	}

	async #connect(): Promise<void> {
		const { session, signal, target, protocols, client, headers, compression } = this.#given;
		const forward = () => this.#abort.abort(signal?.reason);
		if (signal?.aborted) forward();
		signal?.addEventListener('abort', forward);
		try {
			const { credentials } = this.#given;
			const handshake = {
				url: target,
				protocols,
				client,
				headers,
				compression,
				credentials,
				signal: this.#abort.signal,
			};
			const context = session.context('GET', target);
			if (session.ready) await context.running.until(session.ready, this.#abort.signal);
			this.#open = await openSocket(handshake, context, (error) => this.#finished(error));
		} finally {
			signal?.removeEventListener('abort', forward);
		}
		if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
		const { exchange, deflate } = this.#open;
		if (deflate) this.#deflate = new MessageDeflate(deflate, this.#given.maxMessageBytes);
		this.#outbox = new Outbox(exchange, this.#deflate);
		this.#state = WebSocket.OPEN;
		this.dispatchEvent(new Event('open'));
	}

	/** Takes frames one after the other, so that a peer cannot make us hold more than one message of its. */
	async #listen({ exchange, deflate, isStream }: OpenSocket): Promise<void> {
		const reader = new FrameReader(this.#given.maxMessageBytes, deflate !== undefined);
		try {
			for (;;) {
				const bytes = await exchange.read();
				if (bytes === null) break;
				for (const incoming of reader.receive(bytes)) {
					await this.#take(incoming);
					// Nothing after a close frame counts, not even another one (RFC 6455 5.5.1).
					if (this.#goodbye) return await this.#leave(exchange, isStream);
				}
			}
			this.#failure ??= this.#closeSent ? undefined : this.#broken('the connection closed without a close frame', 1006);
		} catch (error) {
			if (!(error instanceof SocketFailure)) throw error;
			this.#failure ??= this.#broken(error.message, error.closeCode);
			// Neither browser says why over HTTP/2: the stream is reset.
			if (isStream) return;
			if (!this.#closeSent) this.#sendClose(error.closeCode, '');
			await this.#leave(exchange, isStream);
		}
	}

	async #take(incoming: Incoming): Promise<void> {
		if (incoming.type === 'close') {
			this.#goodbye = incoming;
			this.#state = WebSocket.CLOSING;
			if (!this.#closeSent) this.#sendClose(incoming.code === closeCode.noStatus ? undefined : incoming.code, '');
		} else if (incoming.type === 'ping') {
			if (!this.#closeSent) this.#outbox?.pong(incoming.payload);
		} else if (incoming.type === 'message') {
			const { payload, isText, isCompressed } = incoming;
			const message = isCompressed && this.#deflate ? await this.#deflate.inflate(payload, isText) : payload;
			// After our own close() messages still arrive, but browsers do not show them.
			if (this.#state !== WebSocket.OPEN) return;
			const data = isText ? message.toString('utf8') : binary(message, this.#binaryType);
			this.dispatchEvent(new MessageEvent('message', { data, origin: this.#given.url.origin }));
		}
	}

	#sendClose(code: number | undefined, reason: string): void {
		this.#closeSent = true;
		const { answerMs } = this.#closeTimes();
		this.#outbox?.goodbye(code, reason, this.#open?.isStream === true, () => {
			if (!this.#goodbye) this.#stopAfter(answerMs);
		});
	}

	/** Both sides have said goodbye, or we have had enough: the server closes first, if it does so in time (RFC 6455 7.1.1). */
	async #leave(exchange: Exchange, isStream: boolean): Promise<void> {
		this.#stopAfter(this.#closeTimes().endMs);
		await this.#outbox?.done();
		if (!isStream) exchange.end();
		// Closing with bytes unread would reset the connection, and the peer might never see our close frame.
		exchange.discard(Number.MAX_SAFE_INTEGER);
		await new Promise<void>((resolve) => {
			this.#left = resolve;
			if (exchange.settled) resolve();
		});
	}

	/** The exchange has ended. How it does so does not matter any more once we have said goodbye. */
	#finished(error: unknown): void {
		if (!this.#closeSent) this.#failure ??= error;
		this.#left?.();
	}

	#stopAfter(limitMs: number): void {
		clearTimeout(this.#timer);
		if (this.#state === WebSocket.CLOSED) return;
		this.#timer = setTimeout(() => this.#open?.exchange.abort(), limitMs).unref();
	}

	#closeTimes(): { answerMs: number; endMs: number } {
		return this.#given.session.transport.profile.document.headers.webSocketClose ?? defaultCloseTimes;
	}

	#ended(): void {
		clearTimeout(this.#timer);
		this.#open?.exchange.abort();
		this.#deflate?.close();
		this.#outbox?.stop();
		this.#state = WebSocket.CLOSED;
		if (this.#given.ownsSession) void this.#given.session.close();
		const clean = this.#goodbye !== undefined && this.#failure === undefined;
		if (this.#failure !== undefined) this.dispatchEvent(new SocketErrorEvent(this.#failure));
		const { code, reason } = clean && this.#goodbye ? this.#goodbye : { code: closeCode.abnormal, reason: '' };
		this.dispatchEvent(new CloseEvent(code, reason, clean));
	}

	#broken(what: string, code: number): ProtocolError {
		return new ProtocolError(`The WebSocket failed: ${what}.`, {
			code: errorCodes[code] ?? 'ERR_WS_PROTOCOL',
			phase: 'body',
			request: summarize('GET', this.#given.target),
		});
	}

	#handler<E>(type: string): Handler<E> {
		return (this.#handlers.get(type) as Handler<E> | undefined) ?? null;
	}

	#setHandler<E>(type: string, handler: Handler<E>): void {
		const before = this.#handlers.get(type);
		if (before) this.removeEventListener(type, before);
		this.#handlers.delete(type);
		// HTML: an object that cannot be called is kept, and never called.
		if ((typeof handler !== 'object' && typeof handler !== 'function') || handler === null) return;
		this.#handlers.set(type, handler as unknown as (event: Event) => void);
		if (typeof handler !== 'function') return;
		this.addEventListener(type, handler as unknown as (event: Event) => void);
	}
}

shapeAsInBrowsers(WebSocket, states);
