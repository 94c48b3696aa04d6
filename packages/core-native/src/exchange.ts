import { checkedBytes } from './bytes.ts';
import type { ExchangePort } from './exchange-port.ts';
import { invalidArgument, NativeError } from './native-error.ts';
import { checkFields } from './request-check.ts';
import { decodeFields, decodePhase, decodeTimings, type ResponseHead } from './response-head.ts';
import type { NativeExchange, NativeExchangeHandler, NativeTimings, Phase } from './types.ts';
import { UploadQueue } from './upload-queue.ts';

/** Largest piece of one `read`; the engine's own cap (limits.rs, BODY_PIECE_MAX). */
const pieceMax = 256 * 1024;
/**
 * Bytes up to which a body in pieces is left to the garbage collector's own pace, as one that is read whole is. A full
 * collection every dozen bodies of 1 MB cost three times as much as reading them.
 */
const ordinaryBody = 4 * 1024 * 1024;
/**
 * Lengths of a body from and to which the native half writes it to memory of ours, when it is wanted whole. A shorter one is
 * copied sooner than asked for. The length is the peer's word: memory that nobody writes to is only an address, but even of those
 * there are not endlessly many.
 */
const targetFrom = 32 * 1024;
const targetTo = 16 * 1024 * 1024;
/** Body bytes that `discard` reads on by default to save the connection (limits.rs, DISCARD_DEFAULT). */
const discardDefault = 64 * 1024;

/** What follows a head: nothing, a piece that the native half has ordered itself, or what is asked for. */
export type RestOfBody = 'ended' | 'coming' | 'apart';

/** Of a Buffer, but it takes any array of bytes: a body is a plain one, in memory of its own. */
const { latin1Write } = Buffer.prototype as unknown as {
	latin1Write(this: Uint8Array, text: string, offset: number, length: number): number;
};

type Waiter<T> = { resolve(value: T): void; reject(error: NativeError): void };

/** What a connection without TLS shows; numbers of chains begin with 1 (engine, `NO_CHAIN`). */
const noChain = 0;

/**
 * JavaScript's half of one exchange. The native half reports through the `receive...` methods; what is called back is
 * the caller's handler. `settled` means that `onEnd` or `onError` has been called.
 */
export class Exchange implements NativeExchange {
	readonly id: number;
	settled = false;
	/** Counted by the port among those that keep the process alive. */
	counted = true;
	/** Batch of commands that the start is in, and where in it, so that it can be taken back until it is sent. */
	startBatch = -1;
	startFrom = 0;
	startTo = 0;
	/** Set once the port may hold this exchange weakly. */
	weak: WeakExchange | undefined;
	readonly #port: ExchangePort;
	/** Keeps the transport from being collected, which would close it, while the exchange can be used. */
	readonly #transport: object;
	readonly #handler: NativeExchangeHandler;
	readonly #upload: UploadQueue | undefined;
	#headSeen = false;
	#aborted = false;
	/** The certificates that the caller has to confirm. */
	#held: number | undefined;
	/** A read order is on its way or being answered. */
	#reading = false;
	/** The order is for all of the rest. */
	#whole = false;
	/** The last byte is in `#chunks` or was taken. */
	#complete = false;
	/** Text of the event `end`: timings, then trailers. */
	#endText: string | undefined;
	#failure: NativeError | undefined;
	#chunks: Uint8Array[] = [];
	/** A short body that came whole with its head, as latin1: becomes the only chunk when somebody wants bytes. */
	#short = '';
	/** Length of a body of which nothing has come with the head, if that is known; 0 once some of it was asked for. */
	#length = 0;
	/** Memory that the native half writes the body to. */
	#target: Uint8Array | undefined;
	/** Bytes handed out in pieces. */
	#streamed = 0;
	#reader: Waiter<Uint8Array | null> | undefined;
	#collector: Waiter<Uint8Array> | undefined;
	#discarding = false;
	#consumed = false;

	constructor(id: number, port: ExchangePort, transport: object, handler: NativeExchangeHandler, streams: boolean) {
		this.id = id;
		this.#port = port;
		this.#transport = transport;
		this.#handler = handler;
		this.#upload = streams ? new UploadQueue() : undefined;
	}

	get transport(): object {
		return this.#transport;
	}

	get trailers(): string[] {
		const separator = this.#endText?.indexOf('\0') ?? -1;
		return separator < 0 ? [] : decodeFields(this.#endText?.slice(separator + 1) ?? '');
	}

	get timings(): NativeTimings {
		return decodeTimings(this.#endText?.split('\0', 1)[0] ?? '');
	}

	/** Something that only an event can bring is being waited for. */
	get waiting(): boolean {
		if (this.settled) return false;
		// Nothing will come before the caller has said his word, unless a limit passes.
		if (this.#held !== undefined && !this.#aborted) return false;
		if (!this.#headSeen || this.#aborted || this.#discarding) return true;
		return this.#reader !== undefined || this.#collector !== undefined || (this.#upload?.waiting ?? false);
	}

	get complete(): boolean {
		return this.#endText !== undefined && this.#complete;
	}

	read(): Promise<Uint8Array | null> {
		const busy = this.#busy();
		if (busy) return Promise.reject(busy);
		this.#unpack();
		const chunk = this.#chunks.shift();
		if (chunk) {
			this.#countStreamed(chunk.length);
			if (this.#complete && this.#chunks.length === 0) this.#consume();
			return Promise.resolve(chunk);
		}
		if (this.#failure) return this.#rejectWith(this.#failure);
		if (this.#complete) {
			this.#consume();
			return Promise.resolve(null);
		}
		return new Promise((resolve, reject) => {
			this.#reader = { resolve, reject };
			this.#order();
		});
	}

	readAll(): Promise<Uint8Array> {
		const busy = this.#busy();
		if (busy) return Promise.reject(busy);
		if (this.#failure) return this.#rejectWith(this.#failure);
		if (this.#complete) return Promise.resolve(this.#takeAll());
		return new Promise((resolve, reject) => {
			this.#collector = { resolve, reject };
			this.#order();
		});
	}

	takeBufferedBody(): Uint8Array | undefined {
		if (this.#failure || !this.#complete || this.#consumed || this.#reader || this.#collector) return undefined;
		return this.#takeAll();
	}

	takeBufferedAscii(): string | undefined {
		if (this.#failure || !this.#complete || this.#consumed || this.#reader || this.#collector) return undefined;
		const text = this.#short;
		// One byte a character says in UTF-8 that all of them are ASCII.
		if (text === '' || Buffer.byteLength(text, 'utf8') !== text.length) return undefined;
		this.#short = '';
		this.#consume();
		return text;
	}

	discard(maxBytes: number = discardDefault): void {
		if (typeof maxBytes !== 'number' || !(maxBytes >= 0)) throw invalidArgument('maxBytes must not be negative');
		if (this.settled || this.#aborted || this.#discarding) return;
		this.#drop();
		if (this.#failure) this.#settleError(this.#failure);
		else if (this.#complete) this.#consume();
		else {
			this.#discarding = true;
			this.#port.discard(this, Math.min(maxBytes, Number.MAX_SAFE_INTEGER));
		}
	}

	write(chunk: Uint8Array): Promise<void> {
		try {
			const bytes = checkedBytes(chunk, 'chunk');
			const upload = this.#openUpload();
			if (this.settled || this.#aborted) return this.#rejectWith(this.#failure ?? this.#abortError());
			if (this.#isOver) return Promise.resolve();
			this.#port.write(this, bytes);
			// Its memory is copied by now, and mostly dead.
			if (upload.written > ordinaryBody) this.#port.passed(bytes.length);
			return upload.sent(bytes.length, () => this.#port.count(this));
		} catch (error) {
			return Promise.reject(error);
		}
	}

	drained(): Promise<void> {
		if (!this.#upload) return Promise.reject(invalidArgument('the request was started without body: "stream"'));
		if (this.settled || this.#aborted) return this.#rejectWith(this.#failure ?? this.#abortError());
		if (this.#isOver) return Promise.resolve();
		return this.#upload.drained(() => this.#port.count(this));
	}

	end(trailers: readonly string[] = []): void {
		const text = checkFields(trailers, 'trailers');
		const upload = this.#openUpload();
		upload.ended = true;
		if (!this.settled && !this.#aborted && !this.#isOver) this.#port.end(this, text);
	}

	confirm(): void {
		const chain = this.#held;
		if (chain === undefined || this.settled || this.#aborted) return;
		this.#held = undefined;
		this.#port.confirm(this, chain);
	}

	abort(): void {
		if (this.settled || this.#aborted) return;
		this.#aborted = true;
		this.#drop();
		this.#upload?.fail(this.#abortError());
		// The native half has nothing left to answer with.
		if (this.#failure || this.#consumed || this.complete) {
			this.#settleError(this.#abortError());
			return;
		}
		this.#port.abort(this);
	}

	/** @internal */
	receiveHead(head: ResponseHead, body: Uint8Array | string | undefined, rest: RestOfBody, length: number): void {
		this.#headSeen = true;
		this.#length = length;
		this.#complete = rest === 'ended';
		this.#reading = rest === 'coming';
		if (this.#aborted) return;
		if (typeof body !== 'string') {
			if (body) this.#take(body);
		} else if (this.#reader) this.#take(bytesOf(body));
		else this.#short = body;
		this.#call(() => this.#handler.onHead(head));
	}

	/** @internal */
	receiveInformational(status: number, fields: string): void {
		if (this.#aborted || !this.#handler.onInformational) return;
		this.#call(() => this.#handler.onInformational?.(status, decodeFields(fields)));
	}

	/** @internal */
	receivePhase(text: string): void {
		if (this.#aborted) return;
		const phase = decodePhase(text);
		if (phase?.type === 'held') this.#held = phase.tls?.chainId ?? noChain;
		if (phase) this.#call(() => this.#handler.onPhase?.(phase));
	}

	/** @internal */
	receiveData(data: Uint8Array): void {
		this.#reading = this.#whole;
		if (this.#aborted || this.#discarding) return;
		this.#take(data);
		if (this.#collector) this.#order();
	}

	/** @internal The body is in the memory that it was given, as far as that goes. */
	receiveFilled(bytes: number): void {
		const target = this.#target;
		this.#target = undefined;
		if (!target) return;
		this.#port.passed(bytes);
		if (!this.#aborted && !this.#discarding) this.#take(bytes === target.length ? target : target.slice(0, bytes));
	}

	/** @internal */
	receiveWritable(taken: number): void {
		this.#upload?.took(taken);
	}

	/** @internal */
	receiveEnd(text: string): void {
		this.#endText = text;
		this.#complete = true;
		if (this.#aborted) this.#settleError(this.#abortError());
		else if (this.#consumed || this.#discarding) this.#settleEnd();
		else if (this.#collector) {
			const collector = this.#collector;
			this.#collector = undefined;
			collector.resolve(this.#takeAll());
		} else if (this.#reader) {
			const reader = this.#reader;
			this.#reader = undefined;
			this.#consume();
			reader.resolve(null);
		} else if (!this.#holdsBytes) this.#consume();
	}

	/** @internal A failure by the peer waits until what arrived before it has been read; a limit or abort does not. */
	receiveFailure(error: NativeError, timings = ''): void {
		if (this.settled) return;
		this.#endText = timings;
		if (this.#aborted) {
			this.#settleError(error.code === 'ERR_ABORTED' ? error : this.#abortError());
		} else if (this.#holdsBytes && !this.#collector && !/^ERR_(TIMEOUT|SESSION|INTERNAL)/.test(error.code)) {
			this.#failure = error;
			this.#upload?.fail(error);
		} else this.#settleError(error);
	}

	/** The native half has ended and wants no more of the upload; the id may be another exchange's by now. */
	get #isOver(): boolean {
		return this.#endText !== undefined;
	}

	#take(data: Uint8Array): void {
		const reader = this.#reader;
		this.#reader = undefined;
		if (reader) {
			this.#countStreamed(data.length);
			reader.resolve(data);
		} else this.#chunks.push(data);
	}

	#countStreamed(bytes: number): void {
		this.#streamed += bytes;
		this.#port.streamed(bytes, this.#streamed > ordinaryBody);
	}

	#openUpload(): UploadQueue {
		if (!this.#upload) throw invalidArgument('the request was started without body: "stream"');
		if (this.#upload.ended) throw invalidArgument('the request body has ended');
		return this.#upload;
	}

	#busy(): NativeError | TypeError | undefined {
		if (this.#reader || this.#collector) return invalidArgument('a read is pending already');
		if (this.#failure && this.settled) return this.#failure;
		if (this.#aborted) return this.#abortError();
		if (this.#discarding) return invalidArgument('the body was discarded');
		return undefined;
	}

	#order(): void {
		if (this.#headSeen && !this.#reading && !this.#complete) {
			this.#reading = true;
			this.#whole = this.#collector !== undefined;
			if (this.#whole) {
				this.#target = memoryFor(this.#length);
				this.#port.readWhole(this, this.#target);
			} else this.#port.read(this, pieceMax);
			this.#length = 0;
		}
		this.#port.count(this);
	}

	get #holdsBytes(): boolean {
		return this.#chunks.length > 0 || this.#short !== '';
	}

	/** Nobody will read what has come. */
	#drop(): void {
		this.#chunks = [];
		this.#short = '';
	}

	#unpack(): void {
		if (this.#short === '') return;
		this.#chunks.push(bytesOf(this.#short));
		this.#short = '';
	}

	#takeAll(): Uint8Array {
		this.#unpack();
		const chunks = this.#chunks;
		this.#chunks = [];
		this.#consume();
		if (chunks.length === 1 && chunks[0]) return chunks[0];
		const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
		// Every byte is written below, so nothing is cleared first.
		const whole = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
		let offset = 0;
		for (const chunk of chunks) {
			whole.set(chunk, offset);
			offset += chunk.length;
		}
		return whole;
	}

	/** The caller has all of the body; `onEnd` follows when the trailers and timings are known. */
	#consume(): void {
		this.#consumed = true;
		if (this.#endText !== undefined) this.#settleEnd();
	}

	#settleEnd(): void {
		if (this.settled) return;
		this.settled = true;
		this.#port.forget(this);
		this.#upload?.fail(this.#abortError());
		this.#call(() => {
			if (this.#handler.onDone) this.#handler.onDone();
			else this.#handler.onEnd?.(this.trailers, this.timings);
		});
	}

	#settleError(error: NativeError): void {
		if (this.settled) return;
		this.settled = true;
		this.#failure = error;
		this.#drop();
		this.#port.forget(this);
		this.#upload?.fail(error);
		this.#reader?.reject(error);
		this.#collector?.reject(error);
		this.#reader = undefined;
		this.#collector = undefined;
		this.#call(() => this.#handler.onError(error));
	}

	#rejectWith(error: NativeError): Promise<never> {
		if (!this.settled) this.#settleError(error);
		return Promise.reject(error);
	}

	#abortError(): NativeError {
		const phase: Phase = this.#headSeen ? 'body' : 'queue';
		return new NativeError({ code: 'ERR_ABORTED', phase, nodeCode: 'ABORT_ERR' });
	}

	/** A handler that throws must not cost other exchanges their events; its error surfaces as an uncaught one. */
	#call(callback: () => void): void {
		try {
			callback();
		} catch (error) {
			process.nextTick(() => {
				throw error;
			});
		}
	}
}

/** In memory of their own. */
function bytesOf(latin1: string): Uint8Array {
	const bytes = new Uint8Array(latin1.length);
	latin1Write.call(bytes, latin1, 0, bytes.length);
	return bytes;
}

/** Memory for a whole body of a known length, if it is worth it and there is any. */
function memoryFor(length: number): Uint8Array | undefined {
	if (length < targetFrom || length > targetTo) return undefined;
	try {
		// Every byte that anybody gets to see is written first, so nothing is cleared.
		return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
	} catch {
		return undefined;
	}
}

/** An exchange that only its user holds. The id outlives it, to stop it. */
export class WeakExchange extends WeakRef<Exchange> {
	readonly id: number;

	constructor(exchange: Exchange) {
		super(exchange);
		this.id = exchange.id;
	}
}
