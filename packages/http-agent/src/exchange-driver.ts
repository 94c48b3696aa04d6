import {
	type Exchange,
	type ExchangeHandler,
	isWiretwinError,
	type PhaseEvent,
	type ResponseHead,
	type TlsInfo,
} from 'wiretwin';
import { type BrowserRequest, toBrowserRequest } from './browser-request.ts';
import { FormCollector } from './form-collector.ts';
import { toNodeError } from './node-error.ts';
import type { AgentSettings } from './options.ts';
import { mismatch } from './request-body.ts';
import type { RequestHead } from './request-head.ts';
import { authorityOf, type Target } from './route.ts';
import { identityCheck } from './server-identity.ts';
import { type SocketAddresses, type VirtualSocket, VirtualTlsSocket, type WriteCallback } from './virtual-socket.ts';

const { AsyncResource } = process.getBuiltinModule('node:async_hooks');
const { isIP } = process.getBuiltinModule('node:net');

/** How the body of a request goes out. */
type Upload =
	/** With the head; nothing more may be written. */
	| 'whole'
	/** Piece by piece, as it is written. */
	| 'stream'
	/** What is written after the answer is not a body but the other protocol's bytes. */
	| 'upgrade';

/** The half of a request that its user sees. */
export type DrivenRequest = {
	/** The request would miss an event of connecting or sending that comes with the head of the answer. */
	readonly heedsPhases: boolean;
	/** All of the body is here, but its writer has yet to say so. */
	readonly awaitsEnd: boolean;
	/** The connection carried other requests before. */
	reusedSocket: boolean;
	/** A phase has ended; told only where phases are heeded. */
	notePhase?(type: PhaseEvent['type']): void;
};

/** What becomes of the answer. */
export type AnswerReader = {
	/** 1xx other than 101. */
	inform(status: number, rawHeaders: string[]): void;
	/** The final head, or a 101. Its cookies are stored. */
	answer(head: ResponseHead, exchange: Exchange): void;
	/** The body has been read to its end, or is just being handed over. */
	finish(trailers: readonly string[]): void;
	/** The exchange failed, before its head or in its body; the error is as Node reports it. */
	fail(error: NodeJS.ErrnoException): void;
};

/** Runs the exchange of one request: opens it, tells the socket of its phases, sends the body, keeps the cookies. */
export class ExchangeDriver {
	/** Nobody wants to hear of it any more. */
	closed = false;
	exchange: Exchange | undefined;
	readonly #request: DrivenRequest;
	readonly #reader: AnswerReader;
	readonly #socket: VirtualSocket;
	readonly #target: Target;
	readonly #settings: AgentSettings;
	/** Events come from nowhere; their listeners are to find the AsyncLocalStorage of whoever made the request. */
	readonly #scope = new AsyncResource('WiretwinRequest');
	#url = '';
	#upload: Upload = 'stream';
	/** Body bytes that wait for the exchange to exist. */
	#early: Buffer[] = [];
	/** A form whose boundary is to be exchanged waits for the last of its body. */
	#form: FormCollector | undefined;
	/** The body is complete, with these after it. */
	#trailers: readonly string[] | undefined;
	#uploadEnded = false;
	#lastWrite: Promise<void> | undefined;
	/** A connection is there: until then no write succeeds, or an upload to a dead host would look finished. */
	#acquired = false;
	#waiting: WriteCallback[] = [];
	/** Gets a connection for a request whose head is still to come. */
	#opener: Exchange | undefined;
	#hasBegun = false;
	#lookedUp = false;
	/** The client looks at the certificate itself: the socket is not secure before. */
	#isChecked = false;

	constructor(
		request: DrivenRequest,
		reader: AnswerReader,
		socket: VirtualSocket,
		target: Target,
		settings: AgentSettings,
	) {
		this.#request = request;
		this.#reader = reader;
		this.#socket = socket;
		this.#target = target;
		this.#settings = settings;
	}

	/**
	 * Gets a connection before there is a head to send, as Node does at once: its events and limits count from now, and
	 * its failure is the request's.
	 */
	connect(): void {
		if (this.closed || this.#hasBegun || this.#opener) return;
		const { lookup, server, tls } = this.#target;
		const scope = this.#scope;
		// Whom the client looks at himself is secure once the request asks.
		this.#isChecked = identityCheck(this.#settings.checkServerIdentity, server, this.#socket) !== undefined;
		try {
			this.#opener = this.#settings.exchanger.exchange(
				{ url: `${this.#target.scheme}://${authorityOf(this.#target)}/`, connectOnly: true, lookup, tls },
				{
					onPhase: (event) => scope.runInAsyncScope(this.#connectPhase, this, event),
					onHead: ignore,
					onError: (error) => scope.runInAsyncScope(this.#failToConnect, this, error),
				},
			);
		} catch (error) {
			this.#failToConnect(error);
		}
	}

	/** That the session is closed is told to a request that is sent, not to one that nobody has gone on with. */
	#failToConnect(error: unknown): void {
		if (!this.#hasBegun && !(isWiretwinError(error) && error.code.endsWith('_CLOSED') && error.phase === 'input')) {
			this.fail(error);
		}
	}

	/**
	 * Opens the exchange. `trailers` says that `payload` is all of the body: without any it goes with the head, with a
	 * length, as a browser sends it; anything else is streamed.
	 */
	start(head: RequestHead, payload: Buffer[], trailers: readonly string[] | undefined): void {
		this.#hasBegun = true;
		this.#opener?.abort();
		this.#opener = undefined;
		const form = FormCollector.of(head);
		if (!form) this.#begin(head, payload, trailers);
		else {
			this.#form = form;
			this.#collect(form, payload, trailers);
		}
	}

	#collect(form: FormCollector, payload: readonly Buffer[], trailers: readonly string[] | undefined): void {
		form.add(payload);
		if (trailers === undefined && !form.isFull) return;
		this.#form = undefined;
		const body = trailers?.length === 0 ? form.finish(this.#settings.profile) : form.pieces;
		this.#begin(form.head, body, trailers);
	}

	#begin(head: RequestHead, payload: Buffer[], trailers: readonly string[] | undefined): void {
		const request = toBrowserRequest(head, this.#target, this.#settings);
		this.#url = request.url;
		this.#socket.requestKind = request.kind;
		this.#trailers = trailers;
		this.#describeBody(request, head, payload);
		const { cookies } = this.#settings;
		if (!cookies || request.cookie !== undefined) {
			this.#open(request);
			return;
		}
		const open = (cookie: string): void => {
			if (this.closed) return;
			if (cookie !== '') request.cookie = cookie;
			this.#open(request);
		};
		const fail = (error: unknown): void => this.fail(error);
		try {
			const cookie = cookies.cookieHeader(request.url, request.cookieContext);
			if (typeof cookie === 'string') open(cookie);
			else cookie.then(open, fail);
		} catch (error) {
			fail(error); // a store of the caller's
		}
	}

	/** More of the body; `trailers` says that it was the last of it. Throws if there can be no more. */
	send(payload: readonly Buffer[], trailers: readonly string[] | undefined): void {
		if (this.#form) {
			this.#collect(this.#form, payload, trailers);
			return;
		}
		if (this.#upload !== 'stream') {
			if (payload.length === 0) return;
			throw mismatch('The request body goes on after its end; it needs a Content-Length, or chunks.');
		}
		this.#trailers ??= trailers;
		const { exchange } = this;
		if (!exchange) this.#early.push(...payload);
		if (!exchange || exchange.settled) return;
		for (const piece of payload) {
			this.#lastWrite = exchange.write(piece);
			this.#lastWrite.catch(ignore); // the failure comes through onError
		}
		if (this.#trailers === undefined || this.#uploadEnded) return;
		this.#uploadEnded = true;
		exchange.end(this.#trailers);
	}

	/** Calls back once what was written so far has been taken. */
	whenTaken(callback: WriteCallback): void {
		if (this.#form || this.exchange?.settled) {
			callback();
			return;
		}
		this.#waiting.push(callback);
		if (this.#upload !== 'whole' && this.#acquired) this.#release();
	}

	/** Stops the exchange unless it is over, and whatever is still to be called back. */
	close(error: Error | null, isOver: boolean): void {
		this.closed = true;
		this.#opener?.abort();
		const { exchange } = this;
		if (exchange && !exchange.settled && !isOver) exchange.abort(error ?? new Error('The socket was closed.'));
		if (this.#waiting.length === 0) return;
		// As with a real socket, pending writes fail after the socket has said why.
		setImmediate(() => this.#release(error ?? new Error('The socket was closed.')));
	}

	/** All is over and said: what the exchange holds need not live as long as the request that its user has. */
	release(): void {
		this.closed = true;
		this.exchange = undefined;
	}

	/** Reports a failure, of the exchange or of reading its body. */
	fail(reason: unknown): void {
		if (this.closed) return;
		const { host, lookup, port, scheme } = this.#target;
		if (lookup && isWiretwinError(reason) && reason.phase === 'resolve' && reason.cause instanceof Error) {
			this.#reader.fail(reason.cause); // what the client's own lookup has said, as Node passes it on
			return;
		}
		this.#reader.fail(toNodeError(reason, host, port ?? (scheme === 'https' ? 443 : 80)));
	}

	/** Says that the name could not be found, as a socket does before it fails. */
	failLookup(error: NodeJS.ErrnoException): void {
		if (error.syscall === 'getaddrinfo') {
			this.#socket.emit('lookup', error, undefined, undefined, this.#target.host);
		}
	}

	#describeBody(request: BrowserRequest, { framing }: RequestHead, payload: Buffer[]): void {
		if (request.upgrade) {
			this.#upload = 'upgrade';
			if (payload.length > 0) request.body = Buffer.concat(payload);
		} else if (this.#trailers?.length === 0) {
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
		const check = identityCheck(this.#settings.checkServerIdentity, this.#target.server, this.#socket);
		if (check) request.checkServerIdentity = check;
		this.#isChecked = check !== undefined;
		const { lookup, tls } = this.#target;
		if (lookup) request.lookup = lookup;
		if (tls) request.tls = tls;
		try {
			this.exchange = this.#settings.exchanger.exchange(request, this.#handler(request, cookieContext));
			this.#socket.requestHeaders = this.exchange.requestHeaders;
			if (request.body !== 'stream') return;
			const early = this.#early;
			this.#early = [];
			this.send(early, undefined);
		} catch (error) {
			this.fail(error);
		}
	}

	/** Calls back what was written: more may be written once the engine has taken it. */
	#release(error?: Error): void {
		if (this.#waiting.length === 0) return;
		const callbacks = this.#waiting;
		this.#waiting = [];
		const call = () => {
			for (const callback of callbacks) callback(this.closed ? error : undefined);
		};
		const pending = this.#lastWrite;
		this.#lastWrite = undefined;
		if (pending && !this.closed) pending.then(call, call);
		else call();
	}

	#handler(request: Pick<BrowserRequest, 'body'>, cookieContext: BrowserRequest['cookieContext']): ExchangeHandler {
		const scope = this.#scope;
		const handler: ExchangeHandler = {
			onInformational: (status, rawHeaders) =>
				scope.runInAsyncScope(this.#reader.inform, this.#reader, status, rawHeaders),
			onHead: (head) => scope.runInAsyncScope(this.#takeHead, this, head, cookieContext),
			onDone: () => scope.runInAsyncScope(this.#finish, this),
			onError: (error) => scope.runInAsyncScope(this.fail, this, error),
		};
		// Told one by one they wake Node once more for each request; with the head they come for nothing.
		const isHeeded = request.body !== undefined || this.#socket.isWatched || this.#request.heedsPhases;
		if (isHeeded) handler.onPhase = (event) => scope.runInAsyncScope(this.#phase, this, event);
		return handler;
	}

	#finish(): void {
		this.#reader.finish(this.exchange?.trailers ?? []);
		this.#release();
	}

	#connectPhase(event: PhaseEvent): void {
		if (event.type !== 'acquired' || !this.#isChecked) this.#phase(event);
		else if (!this.closed) this.#socket.markConnected(event);
	}

	#phase(event: PhaseEvent): void {
		if (this.closed) return;
		const socket = this.#socket;
		this.#request.notePhase?.(event.type);
		if (event.type === 'lookup') this.#markLookedUp(event.address, event.family);
		else if (event.type === 'connect') {
			this.#markLookedUp(event.remoteAddress);
			socket.markConnected(event);
		} else if (event.type === 'secureConnect') {
			if (socket instanceof VirtualTlsSocket && !this.#isChecked) socket.markSecure(event.tls);
		} else if (event.type === 'acquired') {
			this.#markConnected(event, event.reused, event.tls);
			this.#acquired = true;
			if (this.#upload !== 'whole') this.#release();
		} else if (event.type === 'sent' && this.#upload === 'whole') this.#release();
	}

	/** All events of connecting that have not come one by one: a connection used again brings them together. */
	#markConnected(addresses: SocketAddresses, isReused: boolean, tls: TlsInfo | undefined): void {
		if (this.closed) return;
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

	#takeHead(head: ResponseHead, cookieContext: BrowserRequest['cookieContext']): void {
		this.#markConnected(head, head.reused, head.tls);
		if (this.#upload !== 'stream') this.#release();
		// got ends a request after its last write was called back, and takes an answer before that for one to an older
		// request. A real answer is a round trip later; here both may come in one turn.
		if (this.#request.awaitsEnd) setImmediate(() => this.#answer(head, cookieContext));
		else this.#answer(head, cookieContext);
	}

	#answer(head: ResponseHead, context: BrowserRequest['cookieContext']): void {
		const { exchange } = this;
		if (this.closed || !exchange) return;
		const { cookies } = this.#settings;
		if (!cookies || head.status === 101) {
			this.#reader.answer(head, exchange);
			return;
		}
		// The client may send its next request as soon as it sees this answer: the cookies are in the jar before.
		const answer = (): void => {
			if (!this.closed) this.#reader.answer(head, exchange);
		};
		let storing: void | Promise<void>;
		try {
			storing = cookies.storeCookies(this.#url, head.rawHeaders, context);
		} catch (error) {
			this.fail(error); // a store of the caller's
			return;
		}
		if (storing) storing.then(answer, (error: unknown) => this.fail(error));
		else answer();
	}
}

function ignore(): void {}
