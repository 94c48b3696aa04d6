/** The response of impit: that of wiretwin behind its members. */
import type { WiretwinResponse } from '../response/wiretwin-response.ts';
import { impitError } from './impit-error.ts';
import { pageText } from './page-text.ts';

/** What a server answered. */
export class ImpitResponse {
	/** The same response with what wiretwin knows beyond impit: `tls`, `timings`, `rawHeaders`, `redirects`. */
	readonly wiretwin: WiretwinResponse;
	readonly status: number;
	readonly statusText: string;
	readonly headers: Headers;
	readonly ok: boolean;
	/** Where redirects have led. */
	readonly url: string;

	/** @internal */
	constructor(own: WiretwinResponse) {
		this.wiretwin = own;
		this.status = own.status;
		this.statusText = own.statusText;
		this.headers = own.headers;
		this.ok = own.ok;
		this.url = own.url;
	}

	get bodyUsed(): boolean {
		return this.wiretwin.bodyUsed;
	}

	get redirected(): boolean {
		return this.wiretwin.redirected;
	}

	get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
		return this.wiretwin.body ?? empty();
	}

	arrayBuffer(): Promise<ArrayBuffer> {
		return read(() => this.wiretwin.arrayBuffer());
	}

	bytes(): Promise<Uint8Array<ArrayBuffer>> {
		return read(() => this.wiretwin.bytes());
	}

	/** Decoded by the charset of the page: byte order mark, `Content-Type`, `<meta>`; else UTF-8. */
	async text(): Promise<string> {
		return this.decodeBuffer(await this.bytes());
	}

	// biome-ignore lint/suspicious/noExplicitAny: the signature of the global Response
	json(): Promise<any> {
		return read(() => this.wiretwin.json());
	}

	/** Text of bytes in the charset of this page. */
	decodeBuffer(bytes: Uint8Array): string {
		return pageText(bytes, this.headers.get('content-type') ?? '');
	}

	/** A standard `Response` with the same body. Its `text()` knows the page's charset, too. */
	clone(): Response {
		const copy = this.wiretwin.clone() as unknown as Response;
		return Object.defineProperty(copy, 'text', { value: async () => this.decodeBuffer(await copy.bytes()) });
	}

	/** Gives the body up. */
	abort(): void {
		this.wiretwin.body?.cancel().catch(() => undefined);
	}
}

async function read<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw impitError(error);
	}
}

function empty(): ReadableStream<Uint8Array<ArrayBuffer>> {
	return new ReadableStream({ start: (controller) => controller.close() });
}
