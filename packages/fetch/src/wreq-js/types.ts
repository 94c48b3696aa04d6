/** Types of wreq-js 3.1, so that programs written against it compile. */
import type { BrowserName, ProfileOs } from '@wiretwin/profiles';
import type { CloseEvent } from '../websocket/socket-events.ts';
import type { Session } from './session.ts';
import type { Transport } from './transport.ts';

/** Name of a profile; every name of wreq-js is one. */
export type BrowserProfile = BrowserName;
/** Name that follows the newest release of a browser. */
export type BrowserAlias = BrowserName;
export type EmulationOS = ProfileOs;
export type CookieMode = 'session' | 'ephemeral';
export type SessionHandle = { readonly id: string };
export type HeaderTuple = [name: string, value: string];
export type HeadersInit =
	| Iterable<HeaderTuple>
	| HeaderTuple[]
	| Record<string, string | number | boolean | null | undefined>;
export type BodyInit =
	| string
	| ArrayBuffer
	| ArrayBufferView
	| URLSearchParams
	| Blob
	| FormData
	| ReadableStream<Uint8Array>
	| AsyncIterable<Uint8Array>
	| Iterable<Uint8Array>;
/** `combined`: Mozilla's roots and those of the system; `mozilla`: only the former; `defaultPaths`: only the latter. */
export type TrustStoreMode = 'combined' | 'mozilla' | 'defaultPaths';
export type ResolveMap = Record<string, string | string[]>;

export type AlpnProtocol = 'HTTP1' | 'HTTP2' | 'HTTP3';
export type AlpsProtocol = AlpnProtocol;
export type TlsVersion = '1.0' | '1.1' | '1.2' | '1.3' | 'TLS1.0' | 'TLS1.1' | 'TLS1.2' | 'TLS1.3';
export type Http2PseudoHeaderId = 'Method' | 'Scheme' | 'Authority' | 'Path' | 'Protocol';
export type Http2SettingId =
	| 'HeaderTableSize'
	| 'EnablePush'
	| 'MaxConcurrentStreams'
	| 'InitialWindowSize'
	| 'MaxFrameSize'
	| 'MaxHeaderListSize'
	| 'EnableConnectProtocol'
	| 'NoRfc7540Priorities';
export type Http2StreamDependency = { dependencyId: number; weight: number; exclusive?: boolean };
export type Http2Priority = { streamId: number; dependency: Http2StreamDependency };
/** Refused: see `CustomEmulationOptions`. */
export type CustomTlsOptions = { readonly [option: string]: unknown };
/** Refused: see `CustomEmulationOptions`. */
export type CustomHttp1Options = { readonly [option: string]: unknown };
/** Those that a profile of wiretwin can state; others are refused by name. */
export type CustomHttp2Options = {
	headerTableSize?: number;
	enablePush?: boolean;
	maxConcurrentStreams?: number;
	initialWindowSize?: number;
	maxFrameSize?: number;
	maxHeaderListSize?: number;
	enableConnectProtocol?: boolean;
	noRfc7540Priorities?: boolean;
	initialConnectionWindowSize?: number;
	settingsOrder?: Http2SettingId[];
	headersPseudoOrder?: Http2PseudoHeaderId[];
	readonly [option: string]: unknown;
};
/** Changes of a profile. What a whole browser would not say of itself is refused with a sentence. */
export type CustomEmulationOptions = {
	tlsOptions?: CustomTlsOptions;
	http1Options?: CustomHttp1Options;
	http2Options?: CustomHttp2Options;
	headers?: HeadersInit;
	origHeaders?: string[];
};

export type RequestEventType =
	| 'request_start'
	| 'request_sent'
	| 'response_headers'
	| 'body_progress'
	| 'body_complete'
	| 'done'
	| 'error';
export type RequestEvent = {
	type: RequestEventType;
	/** Milliseconds since the call. */
	timestamp: number;
	status?: number;
	url?: string;
	contentLength?: number | null;
	downloadedBytes?: number;
	message?: string;
};
export type RequestDiagnostics = {
	totalDurationMs?: number;
	headersDurationMs?: number;
	status?: number;
	localAddr?: string;
	remoteAddr?: string;
	tlsPeerCertificatePresent?: boolean;
	tlsPeerCertificateChainLength?: number;
};

/** What connections are like; fixed when a session or a transport is made. */
type ConnectionOptions = {
	/** @default 'chrome' */
	browser?: BrowserProfile | BrowserAlias;
	/** @default 'macos', where the browser runs there */
	os?: EmulationOS;
	emulation?: CustomEmulationOptions;
	proxy?: string;
	/** @default false */
	insecure?: boolean;
	/** @default 'combined' */
	trustStore?: TrustStoreMode;
	captureDiagnostics?: boolean;
};

export type RequestInit = ConnectionOptions & {
	/** @default 'GET' */
	method?: string;
	headers?: HeadersInit;
	/** Streams and iterables are read to their end before the request is sent. */
	body?: BodyInit | null;
	duplex?: 'half';
	signal?: AbortSignal | null;
	redirect?: 'follow' | 'manual' | 'error';
	transport?: Transport;
	/** Milliseconds, 0 = none. @default 30_000 */
	timeout?: number;
	cookieMode?: CookieMode;
	session?: Session;
	sessionId?: string;
	/** @default false */
	disableDefaultHeaders?: boolean;
	/** `false` leaves the body as it came. @default true */
	compress?: boolean;
	onRequestEvent?: (event: RequestEvent) => void;
};
/** @deprecated As in wreq-js: call `fetch`. */
export type RequestOptions = RequestInit & { url: string };

export type CreateSessionOptions = ConnectionOptions & {
	/** @default a random one */
	sessionId?: string;
	defaultHeaders?: HeadersInit;
	/** Milliseconds, 0 = none. @default 30_000 */
	timeout?: number;
};
export type CreateTransportOptions = ConnectionOptions & {
	resolve?: ResolveMap;
	/** Milliseconds. */
	poolIdleTimeout?: number;
	/** A browser keeps six; fewer means fewer at once over HTTP/1.1, and 0 a new one for each request. */
	poolMaxIdlePerHost?: number;
	/** Has no effect below a browser's own limits: see docs/migrate/wreq-js.md. */
	poolMaxSize?: number;
	/** Milliseconds. */
	connectTimeout?: number;
	/** Milliseconds of silence. */
	readTimeout?: number;
};

export type WebSocketBinaryType = 'nodebuffer' | 'arraybuffer' | 'blob';
export type WebSocketEventType = 'open' | 'message' | 'close' | 'error';
export type SessionWebSocketOptions = {
	headers?: HeadersInit;
	protocols?: string | string[];
	/** Bytes. Not told apart from `maxMessageSize`. */
	maxFrameSize?: number;
	/** Bytes. */
	maxMessageSize?: number;
	/** @default 'nodebuffer' */
	binaryType?: WebSocketBinaryType;
};
export type WebSocketOptions = SessionWebSocketOptions &
	Pick<ConnectionOptions, 'browser' | 'os' | 'proxy' | 'emulation'>;

/** A cookie as `getAllCookies()` lists it; what is not stated is absent. */
export type SessionCookie = {
	name: string;
	value: string;
	domain?: string;
	path?: string;
	secure: boolean;
	httpOnly: boolean;
	sameSite?: 'lax' | 'strict' | 'none';
	/** Milliseconds since 1970. */
	expiresAtMs?: number;
};

/** @deprecated As in wreq-js: `onmessage` and its like. */
export type LegacySocketCallbacks = {
	onMessage?: (data: string | Buffer) => void;
	onClose?: (event: CloseEvent) => void;
	onError?: (message: string) => void;
};
