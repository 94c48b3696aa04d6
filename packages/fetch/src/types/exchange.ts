import type { LayoutRequest, RequestKind } from '@wiretwin/profiles';
import type { NormalizedTimeouts } from '../options/timeouts.ts';
import type { CheckServerIdentity } from '../tls/peer-certificate.ts';
import type { Initiator } from './initiator.ts';
import type { ExactHeadersInput, HeadersInput, LookupFunction, ProxyOptions, RequestTlsOptions } from './options.ts';
import type { ConnectionInfo, Timings, TlsInfo } from './response.ts';

export type { Timings } from './response.ts';

/** A phase that has just ended; what Node's `lookup`, `connect` and `secureConnect` events say. */
export type PhaseEvent =
	| { readonly type: 'lookup'; readonly address: string; readonly family: 4 | 6 }
	| ({ readonly type: 'connect' } & SocketAddresses)
	| { readonly type: 'proxy' }
	| { readonly type: 'secureConnect'; readonly tls: TlsInfo }
	| ({
			readonly type: 'acquired';
			readonly reused: boolean;
			readonly httpVersion: '1.1' | '2';
			readonly tls?: TlsInfo;
	  } & SocketAddresses)
	| { readonly type: 'sent' };

type SocketAddresses = {
	readonly remoteAddress: string;
	readonly remotePort: number;
	readonly localAddress: string;
	readonly localPort: number;
};

/** Head of a response. */
export type ResponseHead = ConnectionInfo & {
	readonly status: number;
	readonly reason: string;
	/** name, value, ... as received; latin1. */
	readonly rawHeaders: string[];
	readonly timings: Timings;
	/** Codings taken off the body, outermost last; empty when none or with `decompress: false`. */
	readonly decoded: string[];
};

/** What an exchange reports. Exactly one of `onEnd` and `onError` is the last call. */
export type ExchangeHandler = {
	/** Reported only if given. */
	onPhase?(event: PhaseEvent): void;
	/** 1xx other than 101. */
	onInformational?(status: number, rawHeaders: string[]): void;
	onHead(head: ResponseHead): void;
	/** A `WiretwinError`, or the reason given to `abort`. */
	onError(error: unknown): void;
	/** Bytes of the body read so far. */
	onProgress?(bytes: number): void;
	/** The body has been read to its end. */
	onEnd?(trailers: readonly string[], timings: Timings): void;
	/** Called in place of `onEnd` by those who ask the exchange for what they want to know. */
	onDone?(): void;
};

/** One request for `transport.exchange`. */
export type ExchangeRequest = {
	url: string | URL;
	/** @default 'GET' */
	method?: string | undefined;
	/** Placed where the browser puts each name. */
	headers?: HeadersInput | undefined;
	/** As in `fetch`: exactly this order and case. */
	exactHeaders?: ExactHeadersInput | undefined;
	/** @default 'fetch' */
	kind?: RequestKind | undefined;
	/**
	 * Who causes the request, for the connections that it may share, `sec-fetch-storage-access` and what workers send. The
	 * other facts that follow from it are those of `pageFacts`. @default a page at `layout.referer` or `layout.origin`
	 */
	initiator?: string | URL | Initiator | undefined;
	/** Facts for the layout of the browser's fields: `site`, `referer`, `origin`, `redirected`, `hints`, ... */
	layout?:
		| Omit<
				LayoutRequest,
				| ('kind' | 'method' | 'scheme' | 'headers' | 'verbatim')
				| ('body' | 'cookie' | 'trustworthy' | 'client' | 'party')
		  >
		| undefined;
	/** Cookie string in wire order. */
	cookie?: string | undefined;
	/** `false`: the given headers are all there is. @default what `defaultHeaders` of the session says */
	browserHeaders?: boolean | undefined;
	/** `'stream'`: follows through `write` and `end`. @default null */
	body?: Uint8Array | 'stream' | null | undefined;
	contentType?: string | undefined;
	/** Total length of a streamed body, if known. */
	contentLength?: number | undefined;
	signal?: AbortSignal | undefined;
	/** Milliseconds. Each part that is absent is the session's, 0 = none. */
	timeouts?: NormalizedTimeouts | undefined;
	/** `false` gives the body as it was sent. @default the session's, `true` for a transport */
	decompress?: boolean | undefined;
	/** Longest decoded body, bytes. @default the session's, none for a transport */
	maxResponseBytes?: number | undefined;
	newConnection?: boolean | undefined;
	/**
	 * Only get a connection, as for this request, and leave it to those that follow: nothing is sent, `onEnd` says that it is
	 * there. The phases are told, `acquired` last.
	 */
	connectOnly?: boolean | undefined;
	/**
	 * A 101 answer gives the raw stream. `true`: the kind's layout asks for it, as that of `websocket` does. Text: the value
	 * of `Upgrade`, over HTTP/1.1.
	 */
	upgrade?: boolean | string | undefined;
	/** Through this proxy instead of the transport's. */
	proxy?: string | URL | ProxyOptions | undefined;
	/** Instead of the transport's, for this request; connections are kept for the last 100 proxies and TLS options. */
	tls?: RequestTlsOptions | undefined;
	/** Offer only this protocol for this request. */
	protocols?: 'auto' | 'http1' | 'http2' | undefined;
	/**
	 * Instead of the transport's, for this request: as `dns.lookup` with `all: true`; its answers are used for 30 s. An open
	 * connection is used whatever its address.
	 */
	lookup?: LookupFunction | undefined;
	/**
	 * Asked on `https` before a byte of the request is sent, on a new connection and on one that is used again, after the
	 * transport's own check. An error that it returns or throws refuses the server: `onError` gets that very error.
	 */
	checkServerIdentity?: CheckServerIdentity | undefined;
};
