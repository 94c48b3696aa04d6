import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Exchange, ResponseHead } from 'wiretwin';
import { type AnswerReader, type DrivenRequest, ExchangeDriver } from './exchange-driver.ts';
import type { AgentSettings } from './options.ts';
import { RequestReader, toBytes, type WrittenChunk } from './request-reader.ts';
import { ResponseFeed } from './response-feed.ts';
import type { Target } from './route.ts';
import { ignore, type SocketLink, type VirtualSocket, type WriteCallback } from './virtual-socket.ts';

/**
 * One request of Node's ClientRequest as one exchange: what Node writes to its socket goes out as the browser would send
 * it, and the answer comes back as HTTP/1.1 text for Node's parser.
 */
export class ExchangeBridge implements SocketLink, DrivenRequest, AnswerReader {
	readonly #request: ClientRequest;
	readonly #socket: VirtualSocket;
	readonly #driver: ExchangeDriver;
	readonly #feed: ResponseFeed;
	readonly #reader = new RequestReader();
	#method = '';
	#upgraded = false;

	constructor(request: ClientRequest, socket: VirtualSocket, target: Target, settings: AgentSettings) {
		this.#request = request;
		this.#socket = socket;
		this.#driver = new ExchangeDriver(this, this, socket, target, settings);
		this.#feed = new ResponseFeed(socket, (error) => this.#driver.fail(error));
	}

	get heedsPhases(): boolean {
		return this.#request.listenerCount('finish') > 0;
	}

	get awaitsEnd(): boolean {
		return this.#reader.ended && !this.#request.writableEnded;
	}

	set reusedSocket(isReused: boolean) {
		this.#request.reusedSocket = isReused;
	}

	get reusedSocket(): boolean {
		return this.#request.reusedSocket;
	}

	/** To be called once the request has its socket: one that has written nothing by then, and by the end of the turn, waits for its user. */
	awaitHead(): void {
		if (this.#reader.head === undefined) setImmediate(() => this.#driver.connect());
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
		if (this.#upgraded) this.#driver.exchange?.end();
		callback();
	}

	read(): void {
		this.#feed.resume();
	}

	close(error: Error | null): void {
		this.#driver.close(error, this.#feed.complete && this.#reader.ended);
	}

	inform(status: number, rawHeaders: string[]): void {
		this.#feed.inform(status, rawHeaders);
	}

	answer(head: ResponseHead, exchange: Exchange): void {
		if (head.status === 101) {
			this.#upgraded = true;
			this.#socket.off('error', ignore); // from here on it is its user's
			this.#feed.upgrade(head, exchange);
		} else this.#feed.start(head, this.#method, exchange);
	}

	finish(trailers: readonly string[]): void {
		this.#feed.finish(trailers);
	}

	fail(error: NodeJS.ErrnoException): void {
		if (this.#feed.started) {
			// Head and failure may come in one turn; the client listens to the response in the next.
			setImmediate(() => this.#failBody(error));
			return;
		}
		this.#driver.failLookup(error);
		this.#socket.destroy(error);
	}

	#write(chunks: readonly WrittenChunk[], callback: WriteCallback): void {
		const reader = this.#reader;
		const isFirst = reader.head === undefined;
		const payload = reader.read(chunks);
		const { head } = reader;
		if (!head) {
			callback(); // the head goes on
			return;
		}
		const trailers = reader.ended ? reader.trailers : undefined;
		if (isFirst) {
			this.#method = head.method;
			this.#driver.start(head, payload, trailers);
		} else this.#driver.send(payload, trailers);
		this.#driver.whenTaken(callback);
	}

	#writeRaw(chunks: readonly WrittenChunk[], callback: WriteCallback): void {
		const pieces = chunks.map(({ chunk, encoding }) => toBytes(chunk, encoding));
		const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
		this.#driver.exchange?.write(bytes).then(() => callback(), callback);
	}

	/** As with a real socket: the response fails, or the whole request if there is no response yet. */
	#failBody(error: NodeJS.ErrnoException): void {
		if (this.#driver.closed || this.#feed.complete) return;
		const { res } = this.#request as { res?: IncomingMessage | null };
		if (!res || this.#upgraded) {
			this.#socket.destroy(error);
			return;
		}
		// A connection that ends early gives Node's own "aborted" (ECONNRESET); any other failure is told as it is, by the
		// response alone: with the socket closed first, the request does not repeat it.
		this.#socket.destroy();
		if (!res.complete && error.code !== 'ECONNRESET') failResponse(res, error);
	}
}

/**
 * Ends a response with an error that is no loss of the connection. Node would tell `aborted` first, which clients take for the
 * whole story; as by Node nobody has to listen to a response.
 */
function failResponse(response: IncomingMessage, error: Error): void {
	response._destroy = (reason, callback) =>
		process.nextTick(() => callback(response.listenerCount('error') === 0 ? null : reason));
	response.destroy(error);
}
