import type { Exchange, ResponseHead } from 'wiretwin';
import type { DirectRequest } from './direct-request.ts';
import { DirectResponse } from './direct-response.ts';
import { type AnswerReader, type DrivenRequest, ExchangeDriver } from './exchange-driver.ts';
import type { AgentSettings } from './options.ts';
import { mismatch } from './request-body.ts';
import { createHead, type RequestHead, takeField } from './request-head.ts';
import type { Target } from './route.ts';
import type { SocketLink, VirtualSocket, WriteCallback } from './virtual-socket.ts';

/** Methods for which Node announces no body unless there is one. */
const bodylessMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/** What joins a `DirectRequest` to its exchange: decides when it goes out and how, hands the answer over, tells of failures. */
export class DirectLink implements SocketLink, DrivenRequest, AnswerReader {
	readonly #request: DirectRequest;
	readonly #socket: VirtualSocket;
	readonly #driver: ExchangeDriver;
	readonly #isSecure: boolean;
	/** The request has its socket: nothing is sent before its user could look at that. */
	isOpen = false;
	/** The head has gone out, or is about to. */
	hasStarted = false;
	/** The head is not to wait for the body. */
	#isFlushed = false;
	/** When the exchange began, ms of the epoch. */
	#opened = 0;
	/** Body bytes that wait for the start, and whom to tell that they were taken. */
	#early: Buffer[] = [];
	#pending: WriteCallback | undefined;
	/** Bytes of the body so far, and all of them where that is known. */
	#size = 0;
	#length: number | undefined;
	/** The last byte has been taken; `finish` follows in the next tick. */
	#isSent = false;
	/** There is a head, if not yet a response. */
	#isAnswered = false;
	/** The exchange ended before there was a response. */
	#trailers: readonly string[] | undefined;
	/** Request and answer are complete, or their failure is being told. */
	#isOver = false;

	constructor(request: DirectRequest, socket: VirtualSocket, target: Target, settings: AgentSettings) {
		this.#request = request;
		this.#socket = socket;
		this.#isSecure = target.scheme === 'https';
		this.#driver = new ExchangeDriver(this, this, socket, target, settings);
	}

	get heedsPhases(): boolean {
		// 'upload-complete' is what got makes of the end of a request, to begin its limits `send` and `response`.
		const request = this.#request;
		return request.listenerCount('finish') > 0 || request.listenerCount('upload-complete') > 0;
	}

	get awaitsEnd(): boolean {
		return this.#size === this.#length && !this.#request.writableEnded;
	}

	set reusedSocket(isReused: boolean) {
		this.#request.reusedSocket = isReused;
	}

	get reusedSocket(): boolean {
		return this.#request.reusedSocket;
	}

	notePhase(type: string): void {
		const { timings } = this.#request;
		if (type === 'lookup' || type === 'connect' || type === 'secureConnect') timings.mark(type);
	}

	/** Sends the head before there is a body. */
	flush(): void {
		this.#isFlushed = true;
		if (this.isOpen) this.#start();
	}

	/** The request has told of its socket. */
	open(): void {
		this.isOpen = true;
		if (this.#isFlushed || this.#pending || this.#request.getHeader('expect') !== undefined) this.#start();
		else setImmediate(connect, this.#driver); // most clients write what they have within the turn
	}

	/** Some of the body. */
	take(pieces: readonly Buffer[], callback: WriteCallback): void {
		for (const piece of pieces) this.#size += piece.length;
		this.#socket.touch('bytesWritten', 0);
		if (this.hasStarted) {
			this.#guard(() => {
				this.#checkLength();
				this.#driver.send(pieces, this.#size === this.#length ? [] : undefined);
				this.#driver.whenTaken(callback);
			}, callback);
			return;
		}
		this.#early.push(...pieces);
		this.#pending = callback;
		// What is written in one turn goes out as a whole, if that was all.
		if (this.isOpen) process.nextTick(() => this.#start());
	}

	/** The body has ended. */
	finishBody(callback: WriteCallback): void {
		const taken = () => {
			this.#isSent = true;
			this.#request.timings.markUpload();
			callback();
		};
		if (this.hasStarted) {
			this.#guard(() => {
				if (this.#length !== undefined && this.#size < this.#length) throw tooShort();
				if (this.#size !== this.#length) this.#driver.send([], []);
				this.#driver.whenTaken(taken);
			});
			return;
		}
		this.#pending = taken;
		if (this.isOpen) this.#start();
	}

	/** The request is being destroyed. What its `error` event is to say. */
	destroy(error: Error | null): Error | null {
		if (this.#isOver) return error;
		const { res } = this.#request;
		// Given up by `abort` before there was a socket, a ClientRequest just closes.
		const isQuiet = res !== null || (this.#request.aborted && !this.isOpen);
		const failure = error ?? (isQuiet ? null : reset('socket hang up'));
		this.#stop(failure);
		if (failure) this.#request.timings.markFailure('error');
		if (res && !res.complete) {
			res.dump();
			// After the request's own error, as with a socket that closes.
			this.#request.prependOnceListener('close', () => this.#abortResponse(res, reset('aborted')));
		}
		return failure;
	}

	// The socket carries no bytes of its own here.
	write(_chunks: unknown, callback: WriteCallback): void {
		callback();
	}

	end(callback: WriteCallback): void {
		callback();
	}

	read(): void {}

	/** The socket was closed, by whoever has it: the user, or a response that was given up. */
	close(error: Error | null): void {
		if (!this.#driver.closed) this.#request.destroy(error ?? undefined);
	}

	inform(status: number, rawHeaders: string[]): void {
		this.#socket.touch('bytesRead', 0);
		this.#request.inform(status, rawHeaders);
	}

	answer(head: ResponseHead, exchange: Exchange): void {
		this.#isAnswered = true;
		this.#socket.touch('bytesRead', 0);
		// Both may come in one turn; `finish` comes first, for listeners and for the callback of `end` (got 14.0 takes a redirect's
		// request away with the answer and then looks at it in that callback).
		if (this.#isSent && !this.#request.writableFinished) {
			process.nextTick(() => this.#respond(head, exchange));
		} else this.#respond(head, exchange);
	}

	finish(trailers: readonly string[]): void {
		this.#trailers = trailers;
		this.#request.res?.finish(trailers);
	}

	fail(error: NodeJS.ErrnoException): void {
		if (!this.#isAnswered) {
			this.#driver.failLookup(error);
			this.#request.destroy(error);
			return;
		}
		// Head and failure may come in one turn; the client listens to the response in the next.
		setImmediate(() => {
			const { res } = this.#request;
			if (this.#driver.closed || !res || res.complete) return;
			this.#stop(error);
			// A connection that ends early gives "aborted" (ECONNRESET); any other failure is told as it is, by the response alone.
			if (error.code === 'ECONNRESET') this.#abortResponse(res, reset('aborted'));
			else {
				res.timings.markFailure('abort');
				res.fail(error);
			}
			this.#request.destroy();
		});
	}

	#respond(head: ResponseHead, exchange: Exchange): void {
		if (this.#driver.closed) return;
		const request = this.#request;
		request.timings.markResponse(this.#opened, head.timings, this.#isSecure);
		const response = new DirectResponse(request, this.#socket, head, exchange, (error) => this.#driver.fail(error));
		if (this.#trailers) response.finish(this.#trailers);
		request.res = response;
		response.once('end', () => this.#end());
		if (!request.emit('response', response)) response.dump();
	}

	/** Sends the head, and as much of the body as is here. */
	#start(): void {
		if (this.hasStarted || this.#request.destroyed) return;
		this.hasStarted = true;
		this.#opened = Date.now();
		const pending = this.#pending;
		this.#pending = undefined;
		this.#guard(() => {
			const head = this.#head();
			this.#checkLength();
			const early = this.#early;
			this.#early = [];
			this.#driver.start(head, early, head.framing === 'none' || this.#size === this.#length ? [] : undefined);
			if (pending) this.#driver.whenTaken(pending);
		}, pending);
	}

	#head(): RequestHead {
		const request = this.#request;
		const { writableEnded, writableLength } = request;
		const head = createHead(request.method, request.path);
		request.eachHeader((name, value) => takeField(head, name, value));
		const isAll = writableEnded && writableLength === this.#size;
		if (typeof head.framing === 'number') {
			if (isAll && this.#size < head.framing) throw tooShort();
		} else if (!isAll) head.framing = 'chunked';
		else head.framing = this.#size > 0 || !bodylessMethods.has(request.method) ? this.#size : 'none';
		if (typeof head.framing === 'number') this.#length = head.framing;
		return head;
	}

	/** Node lets a caller write more than he announced; on a shared connection that would be a second request. */
	#checkLength(): void {
		if (this.#length !== undefined && this.#size > this.#length) {
			throw mismatch('The request body is longer than its Content-Length.');
		}
	}

	/** What cannot be sent fails the request, and then the write that it came with. */
	#guard(send: () => void, callback?: WriteCallback): void {
		try {
			send();
		} catch (error) {
			this.#request.destroy(error as Error);
			if (callback) setImmediate(callback, error as Error);
		}
	}

	/** The answer has been read. The socket stays as one that may serve again. */
	#end(): void {
		const request = this.#request;
		request.timings.markEnd();
		const close = () => {
			this.#isOver = true;
			this.#socket.release();
			this.#driver.release();
			request.destroy();
		};
		// One that was written to after its end never finishes.
		if (request.writableFinished || request.errored) close();
		else request.once('finish', close);
	}

	#stop(error: Error | null): void {
		this.#isOver = true;
		this.#driver.close(error, this.#request.res?.complete === true && this.#request.writableFinished);
		this.#socket.destroy();
	}

	#abortResponse(response: DirectResponse, error: Error): void {
		if (response.complete || response.destroyed) return;
		response.timings.markFailure('abort');
		response.destroy(error);
	}
}

function connect(driver: ExchangeDriver): void {
	driver.connect();
}

function tooShort(): Error {
	return mismatch('The request body is shorter than its Content-Length.');
}

/** What Node says of a connection that is gone. */
function reset(message: string): Error {
	return Object.assign(new Error(message), { code: 'ECONNRESET' });
}
