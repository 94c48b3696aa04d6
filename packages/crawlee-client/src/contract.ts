/**
 * Crawlee's `BaseHttpClient` (Crawlee 3.10 and later), written down here so that this package loads no part of Crawlee.
 */
import type { Readable } from 'node:stream';

/** Header fields; a repeated one is a list. */
export type SimpleHeaders = Record<string, string | string[] | undefined>;

/** What is used of a cookie jar. */
export type CookieJarLike = {
	getCookieString(url: string): unknown;
	setCookie(rawCookie: string, url: string): unknown;
};

/** A request as Crawlee hands it over; further keys are options of got and are ignored. */
export type HttpRequest = {
	url: string | URL;
	method?: string | undefined;
	headers?: SimpleHeaders | undefined;
	body?: unknown;
	signal?: AbortSignal | undefined;
	/** got's limits, milliseconds. */
	timeout?: Readonly<Record<string, number | undefined>> | undefined;
	cookieJar?: unknown;
	followRedirect?: boolean | ((response: never) => boolean) | undefined;
	maxRedirects?: number | undefined;
	encoding?: BufferEncoding | undefined;
	responseType?: 'json' | 'text' | 'buffer' | undefined;
	throwHttpErrors?: boolean | undefined;
	proxyUrl?: string | undefined;
	/** The Crawlee session. */
	sessionToken?: object | undefined;
	/** `rejectUnauthorized: false` accepts any certificate. */
	https?: unknown;
	[key: string]: unknown;
};

/** Response without its body. */
export type ResponseData = {
	redirectUrls: URL[];
	url: string;
	ip?: string;
	statusCode: number;
	statusMessage?: string;
	headers: SimpleHeaders;
	rawHeaders: string[];
	trailers: SimpleHeaders;
	rawTrailers: string[];
	/** The body has been read to its end. */
	complete: boolean;
	httpVersion: string;
};

/** Told of a redirect before it is followed; may change the next request. */
export type RedirectHandler = (response: ResponseData, next: { url?: string | URL; headers: SimpleHeaders }) => void;

/** Bytes so far; `percent` is 0 until the end where the total is not known. */
export type Progress = { percent: number; transferred: number; total?: number };

/** What `stream` resolves with. */
export type StreamingResponse = ResponseData & {
	request: HttpRequest;
	stream: Readable;
	readonly downloadProgress: Progress;
	readonly uploadProgress: Progress;
};
