import type { ClientRequest } from 'node:http';
import { isIP } from 'node:net';
import type { Exchange, ExchangeHandler, PhaseEvent, ResponseHead } from 'wiretwin';
import { type BrowserRequest, type Target, toBrowserRequest } from './browser-request.ts';
import { toNodeError } from './node-error.ts';
import type { AgentSettings } from './options.ts';
import { type BodyReader, createBodyReader, mismatch } from './request-body.ts';
import { parseRequestHead } from './request-head.ts';
import { ResponseFeed } from './response-feed.ts';
import { type SocketLink, type VirtualSocket, VirtualTlsSocket, type WriteCallback } from './virtual-socket.ts';

type WrittenChunk = { chunk: string | Buffer; encoding: BufferEncoding };

const headEnd = '\r\n\r\n';

/**
 * One request of Node's ClientRequest as one exchange: reads the HTTP/1.1 text that Node writes to its socket, sends
 * what it says as the browser would, and writes the answer as HTTP/1.1 text for Node's parser.
 */
export class ExchangeBridge implements SocketLink {
	readonly #request: ClientRequest;
	readonly #socket: VirtualSocket;
	readonly #target: Target;
	readonly #settings: AgentSettings;
	readonly #feed: ResponseFeed;
	#headText = '';
	#body: BodyReader | undefined;
	#exchange: Exchange | undefined;
	#url = '';
	/** Body bytes that came while the cookies were looked up. */
	#early: Buffer[] | undefined;
	/** The request is sent whole with its head; nothing more is written. */
	#sentWhole = false;
	/** A connection is there: until then no write succeeds, or an upload to a dead host would look finished. */
	#acquired = false;
	#waiting: WriteCallback[] = [];
	#lookedUp = false;
	#closed = false;
	#upgraded = false;

	constructor(request: ClientRequest, socket: VirtualSocket, target: Target, settings: AgentSettings) {
		this.#request = request;
		this.#socket = socket;
		this.#target = target;
		this.#settings = settings;
		this.#feed = new ResponseFeed(socket, (error) => this.#failBody(error));
	}

	write(chunks: readonly WrittenChunk[], callback: WriteCallback): void {
		try {
			this.#write(chunks, callback);
		} catch (error) {
			callback(error as Error);
		}
	}

	/** The writable side ends: only an upgraded connection has something to say about it. */
	end(callback: WriteCallback): void {
		if (this.#upgraded) this.#exchange?.end();
		callback();
	}

	read(): void {
		this.#feed.resume();
	}

	close(error: Error | null): void {
		this.#closed = true;
		const exchange = this.#exchange;
		if (exchange && !exchange.settled && !(this.#feed.complete && this.#body?.ended)) {
			exchange.abort(error ?? new Error('The socket was closed.'));
		}
		this.#release(error ?? undefined);
	}

	#write(chunks: readonly WrittenChunk[], callback: WriteCallback): void {
		if (this.#upgraded) {
			this.#writeRaw(chunks, callback);
			return;
		}
		const payload: Buffer[] = [];
		let isFirst = false;
		for (const { chunk, encoding } of chunks) {
			if (this.#body) this.#readBody(chunk, encoding, payload);
			else isFirst = this.#readHead(chunk, encoding, payload) || isFirst;
		}
		if (!this.#body) {
			callback(); // the head is not complete yet
			return;
		}
		if (isFirst) this.#start(payload);
		else this.#send(payload);
		this.#settle(callback);
	}

	/** Node writes the head as one text, perhaps with a body behind it. */
	#readHead(chunk: string | Buffer, encoding: BufferEncoding, payload: Buffer[]): boolean {
		const text = typeof chunk === 'string' ? chunk : chunk.toString('latin1');
		const end = (this.#headText.length > 0 ? this.#headText + text : text).indexOf(headEnd);
		if (end < 0) {
			this.#headText += text;
			return false;
		}
		const whole = this.#headText + text;
		this.#headText = whole.slice(0, end);
		this.#body = createBodyReader(parseRequestHead(this.#headText).framing);
		const rest = whole.slice(end + headEnd.length);
		if (rest.length > 0) this.#readBody(rest, typeof chunk === 'string' ? encoding : 'latin1', payload);
		return true;
	}

	#readBody(chunk: string | Buffer, encoding: BufferEncoding, payload: Buffer[]): void {
		const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
		for (const piece of this.#body?.read(bytes) ?? []) payload.push(piece);
	}

	#start(payload: Buffer[]): void {
		const head = parseRequestHead(this.#headText);
		this.#headText = '';
		const request = toBrowserRequest(head, this.#target, this.#settings);
		this.#url = request.url;
		this.#describeBody(request, payload, head.framing);
		const { cookies } = this.#settings;
		if (!cookies || request.cookie !== undefined) {
			this.#open(request, head.method);
			return;
		}
		if (!this.#sentWhole) this.#early = [];
		cookies.cookieHeader(request.url, request.cookieContext).then(
			(cookie) => {
				if (this.#closed) return;
				if (cookie !== '') request.cookie = cookie;
				this.#guard(() => this.#open(request, head.method));
			},
			(error: unknown) => this.#fail(error),
		);
	}

	/** A body that is here already goes with the head, with a length, as a browser sends it; any other is streamed. */
	#describeBody(request: BrowserRequest, payload: Buffer[], framing: 'none' | 'chunked' | number): void {
		const body = this.#body;
		this.#sentWhole = body?.ended === true && body.trailers.length === 0 && request.upgrade !== true;
		if (!this.#sentWhole) {
			if (request.upgrade) return;
			request.body = 'stream';
			if (typeof framing === 'number') request.contentLength = framing;
			if (payload.length > 0) queueMicrotask(() => this.#guard(() => this.#send(payload)));
			else if (body?.ended) queueMicrotask(() => this.#guard(() => this.#send([])));
		} else if (framing !== 'none' || payload.length > 0) {
			request.body = payload.length === 1 ? (payload[0] as Buffer) : Buffer.concat(payload);
		}
	}

	#open({ cookieContext, ...request }: BrowserRequest, method: string): void {
		this.#exchange = this.#settings.exchanger.exchange(request, this.#handler(method, cookieContext));
		const early = this.#early;
		this.#early = undefined;
		if (early) this.#send(early);
	}

	#handler(method: string, cookieContext: BrowserRequest['cookieContext']): ExchangeHandler {
		return {
			onPhase: (event) => this.#phase(event),
			onInformational: (status, rawHeaders) => this.#feed.inform(status, rawHeaders),
			onHead: (head) => this.#takeHead(head, method, cookieContext),
			onEnd: (trailers) => {
				this.#feed.finish(trailers);
				this.#release();
			},
			onError: (error) => this.#fail(error),
		};
	}

	#takeHead(head: ResponseHead, method: string, cookieContext: BrowserRequest['cookieContext']): void {
		this.#markConnected(head, head.reused, head.tls);
		if (this.#sentWhole) this.#release();
		// got ends a request after its last write was called back, and takes an answer before that for one to an older
		// request. A real answer is a round trip later; here both may come in one turn.
		if (this.#body?.ended && !this.#request.writableEnded) {
			setImmediate(() => this.#answer(head, method, cookieContext));
		} else this.#answer(head, method, cookieContext);
	}

	#answer(head: ResponseHead, method: string, context: BrowserRequest['cookieContext']): void {
		const exchange = this.#exchange;
		if (this.#closed || !exchange) return;
		if (head.status === 101) {
			this.#upgraded = true;
			this.#feed.upgrade(head, exchange);
			return;
		}
		const { cookies } = this.#settings;
		const lines = cookies ? setCookieLines(head.rawHeaders) : undefined;
		if (!cookies || !lines) {
			this.#feed.start(head, method, exchange);
			return;
		}
		// The next request of the client may be sent in its callback, so the cookies are in the jar before that.
		cookies.storeSetCookie(this.#url, lines, context).then(
			() => this.#closed || this.#feed.start(head, method, exchange),
			(error: unknown) => this.#fail(error),
		);
	}

	#phase(event: PhaseEvent): void {
		if (this.#closed) return;
		const socket = this.#socket;
		if (event.type === 'lookup') this.#markLookedUp(event.address, event.family);
		else if (event.type === 'connect') {
			this.#markLookedUp(event.remoteAddress, event.remoteAddress.includes(':') ? 6 : 4);
			socket.markConnected(event);
		} else if (event.type === 'secureConnect') {
			if (socket instanceof VirtualTlsSocket) socket.markSecure(event.tls);
		} else if (event.type === 'acquired') {
			this.#markConnected(event, event.reused, event.tls);
			this.#acquired = true;
			if (!this.#sentWhole) this.#release();
		} else if (event.type === 'sent' && this.#sentWhole) this.#release();
	}

	/** All events of connecting that have not come one by one: a connection used again brings them together. */
	#markConnected(
		at: Parameters<VirtualSocket['markConnected']>[0],
		isReused: boolean,
		tls: Parameters<VirtualTlsSocket['markSecure']>[0] | undefined,
	): void {
		if (this.#closed) return;
		if (this.#socket.connecting) {
			this.#request.reusedSocket = isReused;
			this.#markLookedUp(at.remoteAddress, at.remoteAddress.includes(':') ? 6 : 4);
			this.#socket.markConnected(at);
		}
		if (tls && this.#socket instanceof VirtualTlsSocket) this.#socket.markSecure(tls);
	}

	#markLookedUp(address: string, family: 4 | 6): void {
		if (this.#lookedUp) return;
		this.#lookedUp = true;
		if (isIP(this.#target.host) === 0) this.#socket.emit('lookup', null, address, family, this.#target.host);
	}

	#send(payload: Buffer[]): void {
		const exchange = this.#exchange;
		if (!exchange) {
			if (this.#early) this.#early.push(...payload);
			return;
		}
		if (this.#sentWhole && payload.length > 0) {
			throw mismatch('The request body goes on after its end; it needs a Content-Length, or chunks.');
		}
		if (this.#sentWhole || exchange.settled) return;
		for (const piece of payload) {
			this.#lastWrite = exchange.write(piece);
			this.#lastWrite.catch(ignore); // the failure comes through onError
		}
		const body = this.#body;
		if (body?.ended && !this.#bodyEnded) {
			this.#bodyEnded = true;
			exchange.end(body.trailers);
		}
	}

	#lastWrite: Promise<void> | undefined;
	#bodyEnded = false;

	/** Calls back when Node may write more: a connection is there and the engine has taken what was written. */
	#settle(callback: WriteCallback): void {
		if (this.#exchange?.settled) {
			callback();
			return;
		}
		this.#waiting.push(callback);
		if (!this.#sentWhole && this.#acquired) this.#release();
	}

	#release(error?: Error): void {
		if (this.#waiting.length === 0) return;
		const callbacks = this.#waiting;
		this.#waiting = [];
		const call = () => {
			for (const callback of callbacks) callback(this.#closed ? error : undefined);
		};
		const pending = this.#lastWrite;
		this.#lastWrite = undefined;
		if (pending && !this.#closed) pending.then(call, call);
		else call();
	}

	#writeRaw(chunks: readonly WrittenChunk[], callback: WriteCallback): void {
		const pieces = chunks.map(({ chunk, encoding }) =>
			typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
		);
		const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
		this.#exchange?.write(bytes).then(() => callback(), callback);
	}

	#guard(work: () => void): void {
		try {
			work();
		} catch (error) {
			this.#fail(error);
		}
	}

	/** The exchange failed, before its head or in its body. */
	#fail(reason: unknown): void {
		if (this.#closed) return;
		if (this.#feed.started) {
			this.#failBody(reason);
			return;
		}
		const { host, port, scheme } = this.#target;
		const error = toNodeError(reason, host, port ?? (scheme === 'https' ? 443 : 80));
		if ((error as { syscall?: string }).syscall === 'getaddrinfo')
			this.#socket.emit('lookup', error, undefined, undefined, host);
		this.#socket.destroy(error);
	}

	/** As with a real socket: the response fails, or the whole request if the client has no response yet. */
	#failBody(reason: unknown): void {
		if (this.#closed || this.#feed.complete) return;
		const { host, port, scheme } = this.#target;
		const error = toNodeError(reason, host, port ?? (scheme === 'https' ? 443 : 80));
		const response = (this.#request as { res?: { destroy(error?: Error): void; complete: boolean } }).res;
		const code = (error as { code?: string }).code;
		// A connection that ends early gives Node's own "aborted" (ECONNRESET); any other failure is told as it is.
		if (response && !response.complete && code !== 'ECONNRESET') response.destroy(error);
		if (response || this.#upgraded) this.#socket.destroy(this.#upgraded ? error : undefined);
		else this.#socket.destroy(error);
	}
}

function setCookieLines(rawHeaders: readonly string[]): string[] | undefined {
	let lines: string[] | undefined;
	for (let index = 0; index < rawHeaders.length; index += 2) {
		const name = rawHeaders[index] as string;
		if (name.length !== 10 || name.toLowerCase() !== 'set-cookie') continue;
		lines ??= [];
		lines.push(rawHeaders[index + 1] as string);
	}
	return lines;
}

function ignore(): void {}
