import type { ConnectionRecord, HeaderField, RequestRecord } from '../capture/records.ts';

/** What may be sent as a body: bytes, text (UTF-8), or a stream that is pulled as the client reads. */
export type ReplyBody = string | Uint8Array | AsyncIterable<Uint8Array>;

/** A complete answer to a request. */
export type Reply = {
	/** @default 200 */
	status?: number;
	/** Sent in this order and, on HTTP/1, in this case. `content-length` is added for text and bytes. */
	headers?: HeaderField[];
	body?: ReplyBody;
	/** Sent after the body (chunked on HTTP/1). */
	trailers?: HeaderField[];
	/**
	 * Takes over the stream after the head, for WebSocket: with status 101 on HTTP/1, 200 for an extended CONNECT
	 * (RFC 8441). The connection (or stream) ends when the promise settles.
	 */
	tunnel?: (tunnel: Tunnel) => Promise<void>;
};

/** A byte stream in both directions, on HTTP/1 or in one HTTP/2 stream. */
export type Tunnel = {
	readonly input: AsyncIterable<Buffer>;
	/** Resolves when the bytes were handed on, which is slow while the client does not read. */
	write(bytes: Uint8Array): Promise<void>;
};

/** Where a protocol writes one answer. */
export type ReplySink = {
	/** Interim answer. */
	inform(status: number, headers: readonly HeaderField[]): void;
	/** Final head; `end`: nothing follows. */
	head(status: number, headers: readonly HeaderField[], end: boolean, hasTrailers: boolean): void;
	/** Resolves when more may be written. @throws Error when the client is gone. */
	write(bytes: Uint8Array): Promise<void>;
	end(trailers: readonly HeaderField[]): void;
};

/** Things a handler can do to the connection instead of, or besides, answering. */
export type ConnectionControl = {
	/** HTTP/2: RST_STREAM for this request. HTTP/1: closes the connection with a TCP reset. */
	resetStream(code?: number): void;
	/** HTTP/2: GOAWAY (`lastStreamId` defaults to this stream). HTTP/1: `Connection: close` on this answer. */
	goAway(code?: number, lastStreamId?: number): void;
	/**
	 * HTTP/2: PING (RFC 9113 6.7); resolves once the client has acknowledged it, so once it has read all that was sent before.
	 * Rejects if the connection ends. HTTP/1 has no such thing: resolves at once.
	 */
	ping(): Promise<void>;
	/** Ends the connection: close_notify and FIN. What was written before is flushed. */
	close(): void;
	/** Kills the connection with a TCP reset. */
	destroy(): void;
};

/** One request as a handler sees it. */
export type MirrorRequest = {
	readonly record: RequestRecord;
	readonly connection: ConnectionRecord;
	readonly method: string;
	/** Parsed target; host and port come from the authority. */
	readonly url: URL;
	/** Value of the first such field, any case, or `null`. */
	header(name: string): string | null;
	/** Body bytes as they arrive; the client is held back while nobody reads. Can be read once. */
	readonly body: AsyncIterable<Buffer>;
	/** Reads the whole body. @throws RangeError above `limit` bytes (default 16 MiB). */
	readBody(limit?: number): Promise<Buffer>;
	/** Sends an interim answer (100..199). */
	inform(status: number, headers?: HeaderField[]): void;
	/** Fires when the client reset the stream or the connection ended. */
	readonly signal: AbortSignal;
	readonly control: ConnectionControl;
};

/**
 * Answers a request. `undefined` means: not mine, try the default routes. {@link noReply} means: handled, send nothing
 * (the request hangs, or `control` was used).
 */
export type Handler = (
	request: MirrorRequest,
) => Reply | typeof noReply | undefined | Promise<Reply | typeof noReply | undefined>;

/** Returned by a handler that answers nothing. */
export const noReply: unique symbol = Symbol('no reply');
