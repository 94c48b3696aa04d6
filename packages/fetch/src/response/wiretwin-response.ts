import { StateError } from '../errors/classes.ts';
import { isShared } from '../exchange/abort-listeners.ts';
import { headerValue } from '../headers/caller-headers.ts';
import type { ResponseKind } from '../types/fetch-terms.ts';
import type { ConnectionInfo, RedirectRecord, Timings, TlsInfo } from '../types/response.ts';
import { type BodySource, StreamSource } from './body-source.ts';
import { lockedStream, toByteStream } from './body-stream.ts';
import { decodeUtf8 } from './decode-text.ts';
import { immutableHeaders } from './immutable-headers.ts';
import { inheritFromResponse } from './lazy-ancestor.ts';
import { pageCharset } from './page-charset.ts';

type Threads = typeof import('node:worker_threads');

let isMarkedAsUntransferable: Threads['isMarkedAsUntransferable'] | undefined;

/** Everything that a response says apart from its body. Shared by the clones of one response. */
export type ResponseFacts = {
	readonly status: number;
	readonly statusText: string;
	readonly url: string;
	readonly rawHeaders: readonly string[];
	readonly connection: ConnectionInfo;
	readonly redirects: readonly RedirectRecord[];
	/** Grows until the body has ended. */
	readonly timings: () => Timings;
	/** name, value, ... known once the body has ended. */
	readonly trailers: () => readonly string[];
	/** Of the call: what it aborts cannot be read any more, also if all of it is here. */
	readonly signal: AbortSignal | undefined;
	/** Where it came from, if not from the server. */
	readonly fromCache?: 'fresh' | 'revalidated' | undefined;
};

/** Bodies of collected responses are given up, so that a forgotten response does not hold its connection (B08). */
const forgotten = new FinalizationRegistry<BodySource>((source) => source.cancel());

/** Responses that began in this turn of the event loop and are to be watched. */
let fresh: WiretwinResponse[] = [];

type ResponseShape = { readonly [member in keyof Response]: Response[member] };

/**
 * The response of a request: a `Response` (`instanceof` holds, also for code that got the global), made lazily. It has none of
 * the base's own slots, which would cost each response a constructor and the process all of Node's fetch; so every member of
 * `Response` is overridden here.
 */
export class WiretwinResponse implements ResponseShape {
	static {
		inheritFromResponse(WiretwinResponse);
	}

	readonly #facts: ResponseFacts;
	#source: BodySource | null;
	#stream: ReadableStream<Uint8Array> | null = null;
	#headers: Headers | undefined;
	#used = false;
	/** `forgotten` knows this response. */
	#watched = false;

	constructor(facts: ResponseFacts, source: BodySource | null) {
		this.#facts = facts;
		this.#source = source;
		// Registered objects survive until the next full collection, so those with nothing to give up are not, nor those whose
		// body is being read whole before the event loop goes round.
		if (source !== null && source.complete !== true && fresh.push(this) === 1)
			setImmediate(WiretwinResponse.#watchFresh);
	}

	static #watchFresh(): void {
		const responses = fresh;
		fresh = [];
		for (const response of responses) response.#watch();
	}

	get [Symbol.toStringTag](): string {
		return 'Response';
	}
	get status(): number {
		return this.#facts.status;
	}
	get statusText(): string {
		return this.#facts.statusText;
	}
	get ok(): boolean {
		return this.#facts.status >= 200 && this.#facts.status <= 299;
	}
	get url(): string {
		return this.#facts.url;
	}
	get redirected(): boolean {
		return this.#facts.redirects.length > 0;
	}
	get type(): ResponseKind {
		return 'basic';
	}
	get headers(): Headers {
		if (this.#headers) return this.#headers;
		this.#headers = immutableHeaders(this.#facts.rawHeaders);
		return this.#headers;
	}

	/** name, value, name, value, ... as received: order, case and duplicates kept; latin1. */
	get rawHeaders(): readonly string[] {
		return this.#facts.rawHeaders;
	}
	/** `1.0`, `1.1` or `2`. */
	get httpVersion(): ConnectionInfo['httpVersion'] {
		return this.#facts.connection.httpVersion;
	}
	/** Phases of the last hop, milliseconds. `total` appears once the body has been read. */
	get timings(): Timings {
		return this.#facts.timings();
	}
	/** What the handshake agreed on; `undefined` for plain http. */
	get tls(): TlsInfo | undefined {
		return this.#facts.connection.tls;
	}
	/** IP address of the server, or of the proxy if there is one. */
	get remoteAddress(): string {
		return this.#facts.connection.remoteAddress;
	}
	/** The connection in full. */
	get connection(): ConnectionInfo {
		return this.#facts.connection;
	}
	/**
	 * `fresh`: kept by the session (option `cache`), nothing was sent; `revalidated`: kept, and the server has said that it is
	 * still good (304). `undefined`: the server's.
	 */
	get fromCache(): 'fresh' | 'revalidated' | undefined {
		return this.#facts.fromCache;
	}
	/** Redirects that were followed, first to last. */
	get redirects(): readonly RedirectRecord[] {
		return this.#facts.redirects;
	}
	/** Fields after the body, known once it has been read. */
	get trailers(): Headers {
		const headers = new Headers();
		const raw = this.#facts.trailers();
		for (let index = 0; index < raw.length; index += 2) headers.append(raw[index] as string, raw[index + 1] as string);
		return headers;
	}

	get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
		const source = this.#source;
		if (this.#stream === null && source !== null) {
			if (this.#used) {
				this.#stream = lockedStream();
			} else if (source instanceof StreamSource) {
				if (this.#watched) forgotten.unregister(source);
				this.#stream = source.stream;
			} else {
				// The stream may outlive the response, so from now on the stream is what is watched.
				if (this.#watched) forgotten.unregister(source);
				this.#stream = toByteStream(source);
				if (this.#watched) forgotten.register(this.#stream, source, source);
			}
		}
		return this.#stream as ReadableStream<Uint8Array<ArrayBuffer>> | null;
	}

	get bodyUsed(): boolean {
		return this.#used || (this.#stream !== null && isDisturbed(this.#stream));
	}

	async bytes(): Promise<Uint8Array<ArrayBuffer>> {
		return transferable(this.#live(await this.#consume()));
	}
	async text(): Promise<string> {
		return this.#takeAscii() ?? decodeUtf8(this.#live(await this.#consume()));
	}
	/**
	 * The body as a browser shows it: in the encoding of its byte order mark, of `content-type`, of a `<meta>`; else
	 * windows-1252. `text()` is UTF-8 whatever they say, as the fetch standard wants.
	 */
	async pageText(): Promise<string> {
		const bytes = this.#live(await this.#consume());
		return new TextDecoder(pageCharset(bytes, this.#contentType())).decode(bytes);
	}
	// biome-ignore lint/suspicious/noExplicitAny: the signature of the global Response
	async json(): Promise<any> {
		return JSON.parse(this.#takeAscii() ?? decodeUtf8(this.#live(await this.#consume())));
	}
	async arrayBuffer(): Promise<ArrayBuffer> {
		const bytes = transferable(this.#live(await this.#consume()));
		const { buffer } = bytes;
		if (buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength) return buffer;
		return new Uint8Array(bytes).buffer; // `slice` of a Buffer would share its pool with other data
	}
	async blob(): Promise<Blob> {
		const bytes = this.#live(await this.#consume());
		return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: this.#contentType() });
	}
	async formData(): Promise<FormData> {
		const bytes = this.#live(await this.#consume());
		const type = this.#contentType();
		return new Response(bytes as Uint8Array<ArrayBuffer>, {
			headers: type === '' ? {} : { 'content-type': type },
		}).formData();
	}

	clone(): WiretwinResponse {
		if (this.bodyUsed || this.#stream?.locked === true) throw this.#usedError();
		if (this.#source === null) return new WiretwinResponse(this.#facts, null);
		this.#watch();
		const [mine, theirs] = (this.body as ReadableStream<Uint8Array>).tee();
		this.#source = new StreamSource(mine);
		this.#stream = mine;
		return new WiretwinResponse(this.#facts, new StreamSource(theirs));
	}

	/** The whole body, once. The quick way takes it from the source without making a stream. */
	#consume(): Uint8Array | Promise<Uint8Array> {
		if (this.bodyUsed || this.#stream?.locked === true) throw this.#usedError();
		const source = this.#source;
		if (source === null) return new Uint8Array(0);
		const { signal } = this.#facts;
		if (signal?.aborted) throw signal.reason;
		if (source.failure !== undefined) throw source.failure;
		this.#used = true;
		const whole = this.#stream === null ? this.#take(source) : new StreamSource(this.#stream).readAll();
		return signal !== undefined && isShared(signal) ? inOwnTurn(whole) : whole;
	}

	/**
	 * The whole body at once, if it is short, here and ASCII, and nobody else can have a say in it; `undefined`: ask
	 * `#consume`, which knows also what is wrong.
	 */
	#takeAscii(): string | undefined {
		const source = this.#source;
		if (source?.takeAscii === undefined || this.#used || this.#stream !== null) return undefined;
		if (this.#facts.signal !== undefined || source.failure !== undefined) return undefined;
		// Before it is taken: who is told of its end meanwhile finds it used.
		this.#used = true;
		const text = source.takeAscii();
		this.#used = text !== undefined;
		if (text === undefined) return undefined;
		if (this.#watched) forgotten.unregister(source);
		return text;
	}

	/** From now on the body is given up when nobody can reach it any more: the response, or the stream that was made of it. */
	#watch(): void {
		const source = this.#source;
		if (this.#watched || this.#used || source === null || source.complete === true) return;
		// The half of a clone belongs to who took it out, and its source leads to it.
		if (source instanceof StreamSource && this.#stream !== null) return;
		this.#watched = true;
		forgotten.register(this.#stream ?? this, source, source);
	}

	#take(source: BodySource): Uint8Array | Promise<Uint8Array> {
		if (this.#watched) forgotten.unregister(source);
		return source.takeBuffered() ?? source.readAll();
	}

	/** An abort while a member was at work is heeded, although the bytes were there (fetch: abort the fetch() call). */
	#live(bytes: Uint8Array): Uint8Array {
		const { signal } = this.#facts;
		if (signal?.aborted && this.#source !== null) throw signal.reason;
		return bytes;
	}

	#usedError(): StateError {
		return new StateError('The response body was already read or is locked to a reader.', {
			code: 'ERR_BODY_USED',
			phase: 'body',
			request: undefined,
		});
	}

	#contentType(): string {
		return headerValue(this.#facts.rawHeaders, 'content-type') ?? '';
	}
}

function isDisturbed(stream: ReadableStream): boolean {
	const { Readable } = process.getBuiltinModule('node:stream');
	return Readable.isDisturbed(stream as never);
}

/** The same bytes in memory that may go to another thread; that of the native half may not, it ends with this one. */
function transferable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	isMarkedAsUntransferable ??= process.getBuiltinModule('node:worker_threads').isMarkedAsUntransferable;
	return isMarkedAsUntransferable(bytes.buffer) ? new Uint8Array(bytes) : (bytes as Uint8Array<ArrayBuffer>);
}

/**
 * Bodies that arrive together are given out one a turn when they share a signal: whoever aborts it at the first one means
 * the others too, and in browsers they come in turns of their own.
 */
async function inOwnTurn(whole: Uint8Array | Promise<Uint8Array>): Promise<Uint8Array> {
	const bytes = await whole;
	await new Promise((resolve) => setImmediate(resolve));
	return bytes;
}
