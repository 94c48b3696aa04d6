/** The response of wreq-js: that of wiretwin behind its members. */
import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { headerValue, headerValues } from '../headers/caller-headers.ts';
import type { WiretwinResponse } from '../response/wiretwin-response.ts';
import { Headers } from './headers.ts';
import { requestError } from './request-error.ts';
import type { HeaderTuple, RequestDiagnostics } from './types.ts';

/** Statuses without a body (fetch: "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/** What of a call its response has to know. */
export type ResponseContext = { diagnostics: RequestDiagnostics | null; isHead: boolean; isDecoded: boolean };

/** Fields that say nothing true of a body that has been decoded. */
const OF_CODED_BODY: ReadonlySet<string> = new Set(['content-encoding', 'content-length']);

/** What a server answered. */
export class Response {
	/** The same response with what wiretwin knows beyond wreq-js: `tls`, `timings`, `rawHeaders`, `redirects`. */
	readonly wiretwin: WiretwinResponse;
	readonly status: number;
	readonly ok: boolean;
	readonly url: string;
	readonly type = 'basic';
	/** Bytes of the body after decoding, where that is known; 0 without one. */
	readonly contentLength: number | null;
	/** With `captureDiagnostics`. */
	readonly diagnostics: RequestDiagnostics | null;
	readonly #context: ResponseContext;
	#headers: Headers | undefined;
	#cookies: Record<string, string | string[]> | undefined;
	#taken = false;

	/** @internal */
	constructor(own: WiretwinResponse, context: ResponseContext) {
		const isCoded = context.isDecoded && headerValue(own.rawHeaders, 'content-encoding') !== undefined;
		this.#context = { ...context, isDecoded: isCoded };
		this.wiretwin = own;
		this.status = own.status;
		this.ok = own.ok;
		this.url = own.url;
		this.contentLength = contentLengthOf(own, this.#context);
		this.diagnostics = context.diagnostics;
	}

	get statusText(): string {
		return this.wiretwin.statusText;
	}

	get redirected(): boolean {
		return this.wiretwin.redirected;
	}

	get bodyUsed(): boolean {
		return this.#taken || this.wiretwin.bodyUsed;
	}

	get headers(): Headers {
		if (this.#headers) return this.#headers;
		const raw = this.wiretwin.rawHeaders;
		const tuples: HeaderTuple[] = [];
		for (let index = 0; index < raw.length; index += 2) {
			const name = (raw[index] as string).toLowerCase();
			if (!this.#context.isDecoded || !OF_CODED_BODY.has(name)) tuples.push([name, raw[index + 1] as string]);
		}
		this.#headers = new Headers(tuples);
		return this.#headers;
	}

	/** Names and values of this response's `Set-Cookie`; a name that is set twice has a list. */
	get cookies(): Record<string, string | string[]> {
		this.#cookies ??= cookiesOf(this.wiretwin);
		return this.#cookies;
	}

	get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
		return this.wiretwin.body;
	}

	// biome-ignore lint/suspicious/noExplicitAny: the body is whatever the server sent
	async json<T = any>(): Promise<T> {
		return JSON.parse(await this.text());
	}

	arrayBuffer(): Promise<ArrayBuffer> {
		return this.#read(() => this.wiretwin.arrayBuffer());
	}

	bytes(): Promise<Uint8Array<ArrayBuffer>> {
		return this.#read(() => this.wiretwin.bytes());
	}

	text(): Promise<string> {
		return this.#read(() => this.wiretwin.text());
	}

	blob(): Promise<Blob> {
		return this.#read(() => this.wiretwin.blob());
	}

	formData(): Promise<FormData> {
		return this.#read(() => this.wiretwin.formData());
	}

	/** The body as a stream of Node's. */
	readable(): Readable {
		this.#assertUnused();
		this.#taken = true;
		const { body } = this.wiretwin;
		return body === null ? Readable.from([]) : Readable.fromWeb(body as NodeStream<Uint8Array>);
	}

	clone(): Response {
		if (this.bodyUsed) throw new TypeError('Cannot clone a response whose body is already used');
		return new Response(this.wiretwin.clone(), this.#context);
	}

	async #read<T>(read: () => Promise<T>): Promise<T> {
		this.#assertUnused();
		this.#taken = true;
		try {
			return await read();
		} catch (error) {
			throw error instanceof DOMException ? error : requestError(error);
		}
	}

	#assertUnused(): void {
		if (this.bodyUsed) throw new TypeError('Response body is already used');
	}
}

function contentLengthOf({ rawHeaders, status }: WiretwinResponse, { isHead, isDecoded }: ResponseContext) {
	if (isHead || BODILESS.has(status)) return 0;
	const length = isDecoded ? undefined : headerValue(rawHeaders, 'content-length');
	return length === undefined || !/^\d+$/.test(length) ? null : Number(length);
}

function cookiesOf({ rawHeaders }: WiretwinResponse): Record<string, string | string[]> {
	const record: Record<string, string | string[]> = Object.create(null);
	for (const line of headerValues(rawHeaders, 'set-cookie')) {
		const [pair = ''] = line.split(';');
		const equals = pair.indexOf('=');
		if (equals < 0) continue;
		const name = pair.slice(0, equals).trim();
		const value = pair.slice(equals + 1).trim();
		const known = record[name];
		record[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value];
	}
	return record;
}
