import type { ClientRequest, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Exchange, ExchangeHandler, PhaseEvent, ResponseHead, TlsInfo } from 'wiretwin';
import { type BrowserRequest, toBrowserRequest } from './browser-request.ts';
import { toNodeError } from './node-error.ts';
import type { AgentSettings } from './options.ts';
import { mismatch } from './request-body.ts';
import type { RequestHead } from './request-head.ts';
import { RequestReader, toBytes, type WrittenChunk } from './request-reader.ts';
import { ResponseFeed } from './response-feed.ts';
import type { Target } from './route.ts';
import {
	type SocketAddresses,
	type SocketLink,
	type VirtualSocket,
	VirtualTlsSocket,
	type WriteCallback,
} from './virtual-socket.ts';

/** How the body of a request goes out. */
type Upload =
	/** With the head; nothing more may be written. */
	| 'whole'
	/** Piece by piece, as Node writes it. */
	| 'stream'
	/** What Node writes after the answer is not a body but the other protocol's bytes. */
	| 'upgrade';

/**
 * One request of Node's ClientRequest as one exchange: what Node writes to its socket goes out as the browser would send
 * it, and the answer comes back as HTTP/1.1 text for Node's parser.
 */
export class ExchangeBridge implements SocketLink {
	readonly #request: ClientRequest;
	readonly #socket: VirtualSocket;
	readonly #target: Target;
	readonly #settings: AgentSettings;
	readonly #feed: ResponseFeed;
	readonly #reader = new RequestReader();
	#exchange: Exchange | undefined;
	#url = '';
	#upload: Upload = 'stream';
	/** Body bytes that wait for the exchange to exist. */
	#early: Buffer[] | undefined;
	#uploadEnded = false;
	#lastWrite: Promise<void> | undefined;
	/** A connection is there: until then no write succeeds, or an upload to a dead host would look finished. */
	#acquired = false;
	#waiting: WriteCallback[] = [];
	#lookedUp = false;
	#upgraded = false;
	#closed = false;

	constructor(request: ClientRequest, socket: VirtualSocket, target: Target, settings: AgentSettings) {
		this.#request = request;
		this.#socket = socket;
		this.#target = target;
		this.#settings = settings;
		this.#feed = new ResponseFeed(socket, (error) => this.#fail(error));
	}

	write(chunks: readonly WrittenChunk[], callback: WriteCallback): void {
		try {
			if (this.#upgraded) this.#writeRaw(chunks, callback);
			else this.#write(chunks, callback);
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
		const isOver = this.#feed.complete && this.#reader.ended;
		if (exchange && !exchange.settled && !isOver) exchange.abort(error ?? new Error('The socket was closed.'));
		if (this.#waiting.length === 0) return;
		// As with a real socket, pending writes fail after the socket has said why.
		setImmediate(() => this.#release(error ?? new Error('The socket was closed.')));
	}

	#write(chunks: readonly WrittenChunk[], callback: WriteCallback): void {
		const isFirst = this.#reader.head === undefined;
		const payload = this.#reader.read(chunks);
		const { head } = this.#reader;
		if (!head) {
			callback(); // the head goes on
			return;
		}
		if (isFirst) this.#start(head, payload);
		else this.#send(payload);
		if (this.#exchange?.settled) {
			callback();
			return;
		}
		this.#waiting.push(callback);
		if (this.#upload !== 'whole' && this.#acquired) this.#release();
	}

	#writeRaw(chunks: readonly WrittenChunk[], callback: WriteCallback): void {
		const pieces = chunks.map(({ chunk, encoding }) => toBytes(chunk, encoding));
		const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
		this.#exchange?.write(bytes).then(() => callback(), callback);
	}

	#start(head: RequestHead, payload: Buffer[]): void {
		const request = toBrowserRequest(head, this.#target, this.#settings);
		this.#url = request.url;
		this.#socket.requestKind = request.kind;
		this.#describeBody(request, head, payload);
		const { cookies } = this.#settings;
		if (!cookies || request.cookie !== undefined) {
			this.#open(request);
			return;
		}
		cookies.cookieHeader(request.url, request.cookieContext).then(
			(cookie) => {
				if (this.#closed) return;
				if (cookie !== '') request.cookie = cookie;
				this.#open(request);
			},
			(error: unknown) => this.#fail(error),
		);
	}

	/** A body that is here already goes with the head, with a length, as a browser sends it; any other is streamed. */
	#describeBody(request: BrowserRequest, { framing }: RequestHead, payload: Buffer[]): void {
		if (request.upgrade) {
			this.#upload = 'upgrade';
			if (payload.length > 0) request.body = Buffer.concat(payload);
		} else if (this.#reader.ended && this.#reader.trailers.length === 0) {
			this.#upload = 'whole';
			if (framing === 'none' && payload.length === 0) return;
			request.body = payload.length === 1 ? (payload[0] as Buffer) : Buffer.concat(payload);
		} else {
			request.body = 'stream';
			if (typeof framing === 'number') request.contentLength = framing;
			this.#early = payload;
		}
	}

	#open({ cookieContext, ...request }: BrowserRequest): void {
		try {
			this.#exchange = this.#settings.exchanger.exchange(request, this.#handler(request.method, cookieContext));
			const early = this.#early;
			this.#early = undefined;
			if (early) this.#send(early);
		} catch (error) {
			this.#fail(error);
		}
	}

	#send(payload: Buffer[]): void {
		if (this.#upload !== 'stream') {
			if (payload.length === 0) return;
			throw mismatch('The request body goes on after its end; it needs a Content-Length, or chunks.');
		}
		const exchange = this.#exchange;
		if (!exchange) this.#early?.push(...payload);
		if (!exchange || exchange.settled) return;
		for (const piece of payload) {
			this.#lastWrite = exchange.write(piece);
			this.#lastWrite.catch(ignore); // the failure comes through onError
		}
		if (!this.#reader.ended || this.#uploadEnded) return;
		this.#uploadEnded = true;
		exchange.end(this.#reader.trailers);
	}

	/** Calls back what was written: Node may write more once the engine has taken it. */
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

	#phase(event: PhaseEvent): void {
		if (this.#closed) return;
		const socket = this.#socket;
		if (event.type === 'lookup') this.#markLookedUp(event.address, event.family);
		else if (event.type === 'connect') {
			this.#markLookedUp(event.remoteAddress);
			socket.markConnected(event);
		} else if (event.type === 'secureConnect') {
			if (socket instanceof VirtualTlsSocket) socket.markSecure(event.tls);
		} else if (event.type === 'acquired') {
			this.#markConnected(event, event.reused, event.tls);
			this.#acquired = true;
			if (this.#upload !== 'whole') this.#release();
		} else if (event.type === 'sent' && this.#upload === 'whole') this.#release();
	}

	/** All events of connecting that have not come one by one: a connection used again brings them together. */
	#markConnected(addresses: SocketAddresses, isReused: boolean, tls: TlsInfo | undefined): void {
		if (this.#closed) return;
		if (this.#socket.connecting) {
			this.#request.reusedSocket = isReused;
			this.#markLookedUp(addresses.remoteAddress);
			this.#socket.markConnected(addresses);
		}
		if (tls && this.#socket instanceof VirtualTlsSocket) this.#socket.markSecure(tls);
	}

	#markLookedUp(address: string, family: 4 | 6 = address.includes(':') ? 6 : 4): void {
		if (this.#lookedUp) return;
		this.#lookedUp = true;
		const { host } = this.#target;
		if (isIP(host) === 0) this.#socket.emit('lookup', null, address, family, host);
	}

	#takeHead(head: ResponseHead, method: string, cookieContext: BrowserRequest['cookieContext']): void {
		this.#markConnected(head, head.reused, head.tls);
		if (this.#upload !== 'stream') this.#release();
		// got ends a request after its last write was called back, and takes an answer before that for one to an older
		// request. A real answer is a round trip later; here both may come in one turn.
		if (this.#reader.ended && !this.#request.writableEnded) {
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
		// The client may send its next request as soon as it sees this answer: the cookies are in the jar before.
		cookies.storeSetCookie(this.#url, lines, context).then(
			() => {
				if (!this.#closed) this.#feed.start(head, method, exchange);
			},
			(error: unknown) => this.#fail(error),
		);
	}

	/** The exchange failed, before its head or in its body. */
	#fail(reason: unknown): void {
		if (this.#closed) return;
		const { host, port, scheme } = this.#target;
		const error = toNodeError(reason, host, port ?? (scheme === 'https' ? 443 : 80));
		if (this.#feed.started) {
			// Head and failure may come in one turn; the client listens to the response in the next.
			setImmediate(() => this.#failBody(error));
			return;
		}
		if ((error as NodeJS.ErrnoException).syscall === 'getaddrinfo') {
			this.#socket.emit('lookup', error, undefined, undefined, host);
		}
		this.#socket.destroy(error);
	}

	/** As with a real socket: the response fails, or the whole request if there is no response yet. */
	#failBody(error: NodeJS.ErrnoException): void {
		if (this.#closed || this.#feed.complete) return;
		const { res } = this.#request as { res?: IncomingMessage | null };
		if (!res || this.#upgraded) {
			this.#socket.destroy(error);
			return;
		}
		// A connection that ends early gives Node's own "aborted" (ECONNRESET); any other failure is told as it is, by the
		// response alone: with the socket closed first, the request does not repeat it.
		this.#socket.destroy();
		if (!res.complete && error.code !== 'ECONNRESET') res.destroy(error);
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
