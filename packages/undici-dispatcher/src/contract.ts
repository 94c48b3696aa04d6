/**
 * What undici asks of a dispatcher, written down here so that this package needs no undici: versions 6 (legacy handlers),
 * 7 (both) and 8 (controller handlers), and the copy inside Node, all fit these shapes.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';

/** Options of `dispatch`, as `undici.request`, `stream`, `pipeline`, `upgrade` and `fetch` fill them. */
export type DispatchOptions = {
	origin?: string | URL | undefined;
	path: string;
	method: string;
	query?: Record<string, unknown> | null | undefined;
	/** Flat list, record (values may be lists) or iterable of pairs. */
	headers?: unknown;
	/** String, bytes, stream, iterable, `Blob`, `FormData`, `URLSearchParams`. */
	body?: unknown;
	/** Milliseconds; 0 = no limit. */
	headersTimeout?: number | null | undefined;
	/** Milliseconds between pieces of the body; 0 = no limit. */
	bodyTimeout?: number | null | undefined;
	/** Name of the protocol; `websocket`, in any case, gets the browser's handshake. */
	upgrade?: boolean | string | null | undefined;
	/** Do not reuse the connection. */
	reset?: boolean | null | undefined;
	/** Name for TLS instead of the host's; undici's DNS interceptor sets it where it puts an address into `origin`. */
	servername?: string | null | undefined;
};

/** Handler of undici 7 and 8. */
export type DispatchHandler = {
	onRequestStart?(controller: DispatchController, context: unknown): void;
	onRequestUpgrade?(
		controller: DispatchController,
		statusCode: number,
		headers: IncomingHttpHeaders,
		socket: Duplex,
	): void;
	onResponseStart?(
		controller: DispatchController,
		statusCode: number,
		headers: IncomingHttpHeaders,
		statusMessage?: string,
	): void;
	onResponseData?(controller: DispatchController, chunk: Buffer): void;
	onResponseEnd?(controller: DispatchController, trailers: IncomingHttpHeaders): void;
	onResponseError?(controller: DispatchController, error: Error): void;
	onResponseStarted?(): void;
	/** A chunk; the wider type is undici's declaration, which its code has never kept to. */
	onBodySent?(chunk: Buffer | number, total?: number): void;
	onRequestSent?(): void;
};

/** What undici 7 and 8 hand to each callback. */
export type DispatchController = {
	readonly aborted: boolean;
	readonly paused: boolean;
	readonly reason: Error | null;
	/** name, value, ... of the response being reported. */
	rawHeaders: Buffer[] | null;
	rawTrailers: Buffer[] | null;
	abort(reason: Error): void;
	pause(): void;
	resume(): void;
};

/** Handler of undici 6 and of the fetch inside Node 22 and 24. Returning `false` pauses until `resume` is called. */
export type LegacyDispatchHandler = {
	onConnect?(abort: (reason?: Error) => void, context?: unknown): void;
	onHeaders?(statusCode: number, headers: Buffer[], resume: () => void, statusText: string): boolean | undefined;
	onData?(chunk: Buffer): boolean | undefined;
	/** Buffers; the wider type is undici's own. */
	onComplete?(trailers: Buffer[] | string[] | null): void;
	onError?(error: Error): void;
	onUpgrade?(statusCode: number, headers: Buffer[], socket: Duplex): void;
	onResponseStarted?(): void;
	/** A chunk; the wider type is undici's declaration, which its code has never kept to. */
	onBodySent?(chunk: Buffer | number, total?: number): void;
	onRequestSent?(): void;
};

/** `dispatch` of undici. Its result means "send more at once"; ours always says so, the engine does the queueing. */
export type Dispatch = (options: DispatchOptions, handler: DispatchHandler | LegacyDispatchHandler) => boolean;
