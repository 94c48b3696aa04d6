/** Types of impit 0.14, so that programs written against it compile. */
import type { BrowserName } from '@wiretwin/profiles';
import type { ImpitCookieJar } from './cookies.ts';

/** Name of a profile; every name of impit is one. */
export type Browser = BrowserName;
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD' | 'OPTIONS' | 'TRACE';
export type HeadersInput =
	| Headers
	| Record<string, string>
	| ReadonlyMap<string, string>
	| ReadonlyArray<readonly [name: string, value: string]>;

export type ImpitOptions = {
	/** @default none: nothing of a browser's is sent */
	browser?: Browser;
	/** @default false */
	ignoreTlsErrors?: boolean;
	/** Refused. */
	vanillaFallback?: boolean;
	proxyUrl?: string;
	/** Milliseconds. @default 30_000 */
	timeout?: number;
	/** Refused. */
	http3?: boolean;
	/** @default true */
	followRedirects?: boolean;
	/** @default 20 */
	maxRedirects?: number;
	/** @default none: no cookie is kept */
	cookieJar?: ImpitCookieJar;
	/** An empty value takes the browser's field away. */
	headers?: HeadersInput;
	localAddress?: string;
};

export type RequestInit = {
	/** @default 'GET' */
	method?: HttpMethod;
	/** An empty value takes the browser's field away. */
	headers?: HeadersInput;
	body?:
		| string
		| ArrayBuffer
		| ArrayBufferView
		| Blob
		| URLSearchParams
		| FormData
		| ReadableStream<Uint8Array>
		| AsyncIterable<Uint8Array | string>
		| null;
	/** Milliseconds. */
	timeout?: number;
	/** Refused. */
	forceHttp3?: boolean;
	signal?: AbortSignal;
	redirect?: 'follow' | 'manual' | 'error';
};
