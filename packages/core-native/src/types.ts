/**
 * The contract between the native transport and everything above it. One exchange = one request on one connection and
 * its response; redirects, cookies, retries and JSON belong to the layers above.
 */

/** Where in its life an exchange was when something happened. */
export type Phase = 'queue' | 'resolve' | 'connect' | 'proxy' | 'tls' | 'send' | 'head' | 'body' | 'total';

/** A proxy that every connection of a transport goes through. There is no fallback to a direct connection. */
export type NativeProxy = {
	kind: 'http' | 'https' | 'socks4' | 'socks4a' | 'socks5' | 'socks5h';
	host: string;
	port: number;
	/** Decoded (not percent-encoded) credentials. */
	username?: string;
	password?: string;
	/** Extra fields of the CONNECT request, in order. */
	headers?: ReadonlyArray<readonly [name: string, value: string]>;
};

/** Client certificate: PEM chain and key, or a PKCS #12 container. */
export type NativeIdentity =
	| { cert: string | Uint8Array; key: string | Uint8Array; passphrase?: string }
	| { pfx: Uint8Array; passphrase?: string };

/** Name servers. */
export type NativeNameServers = {
	/** Asked in plain, one behind the other: `ip:port` or `[v6]:port`. */
	servers?: readonly string[];
	/** Asked over https (RFC 8484), with exchanges of its own. Not with `servers`. */
	overHttps?: { host: string; port: number; authority: string; target: string };
	/** Ask for HTTPS records where the profile's browser does. @default true */
	httpsRecords?: boolean;
};

export type NativeTransportOptions = {
	/** JSON text of the engine's part of a profile: `{name, tls, http2, http1, dns}`. Parsed once a process and text. */
	profile: string;
	proxy?: NativeProxy;
	/** Accept any certificate. Reported on each response as `tls.verified: false`. @default false */
	insecure?: boolean;
	/** PEM certificates trusted in addition to `trustStore`. */
	ca?: ReadonlyArray<string | Uint8Array>;
	/** `combined`: both `bundled` and `system`. @default 'bundled' */
	trustStore?: 'bundled' | 'system' | 'combined' | 'none';
	identity?: NativeIdentity;
	/** Local IP address to bind. */
	localAddress?: string;
	/**
	 * Time to live (IPv4) or hop limit (IPv6) of what is sent, 1 to 255; it tells the system of a client. The system's own by
	 * default, and where it cannot be set.
	 */
	hopLimit?: number;
	/** Where `host` or `host:port` is dialled instead of a DNS lookup: `ip` or `ip:port` (`[v6]:port`), in order; like curl's `--connect-to`. Changes nothing that the peer sees. */
	resolve?: Readonly<Record<string, readonly string[]>>;
	/** Who is asked for what is not in `resolve`. @default the system */
	dns?: NativeNameServers;
	/** Which protocols may be offered. `auto` is the profile's ALPN list. @default 'auto' */
	protocols?: 'auto' | 'http1' | 'http2';
	/** How long an unused connection is kept, ms. @default 90_000 */
	idleTimeoutMs?: number;
	/** HTTP/1.1 connections per origin. @default 6 (what browsers do) */
	maxHttp1Connections?: number;
	/** Resume TLS sessions. @default true */
	resumption?: boolean;
	/**
	 * Name that is shown to every origin (SNI) and that its certificate has to carry, instead of the host's; an address is
	 * looked for and not shown. `''`: none is shown, and the certificate has to carry the host's.
	 */
	serverName?: string;
	/**
	 * Absolute path of a file that the secrets of all TLS connections are appended to, in NSS key log format. Never taken
	 * from the environment. @default none
	 */
	keyLog?: string;
	/**
	 * Encrypted ClientHello: ECHConfigLists by `host` or `host:port`, as an HTTPS record has them, and whether only the profile's
	 * GREASE is sent whatever is known of a host. Means nothing for a profile whose browser does not do it.
	 */
	ech?: { onlyGrease?: boolean; configs?: Readonly<Record<string, Uint8Array>> };
	/** Refuses to connect to what is not public. @default nothing is refused */
	denyPrivateAddresses?: NativeAddressGuard;
	/**
	 * Where sockets are looked after: by the thread of the process, or by the loop of this JavaScript thread (`loop`), which saves
	 * two switches of threads with each request, but answers are heard only when no JavaScript runs. `auto`: by the loop while
	 * little goes on and it looks, else by a thread. On Windows, in Bun, Deno and Electron it is always the thread.
	 * @default the environment variable `WIRETWIN_IO`, else `auto` on Linux and `thread` elsewhere
	 */
	io?: 'auto' | 'thread' | 'loop';
	/**
	 * How many threads of the process this transport may be put on, 1 to 64; it goes to the one that has the fewest and stays there
	 * with all its connections, so more than one is of use to many transports, not to one. Above 1 `auto` is `thread`, and `loop`
	 * is refused. @default 1
	 */
	ioThreads?: number;
};

/**
 * Every address is judged before a socket connects to it, wherever it comes from; what a proxy is asked for as well, unless
 * it is a name that only the proxy looks up. `ERR_ADDRESS_DENIED` if none is left.
 */
export type NativeAddressGuard = {
	/** Addresses and networks that are all right nevertheless: `10.1.0.0/16`. */
	allow: readonly string[];
	/** The proxy's own address is judged, too. */
	proxies: boolean;
};

/** Limits in ms; an absent one is unlimited. */
export type NativeTimeouts = {
	total?: number;
	queue?: number;
	resolve?: number;
	connect?: number;
	proxy?: number;
	tls?: number;
	send?: number;
	head?: number;
	idle?: number;
};

/** HEADERS priority on HTTP/2 as the browser would set it for this kind of request. */
export type NativePriority = { weight: number; exclusive: boolean /** lower = more urgent */; rank: number };

/**
 * What an answer may be coded with. It crosses with the first request that has it, and is let go with the object: use the
 * same object for all.
 */
export type NativeDictionary = {
	/** Not changed any more. */
	readonly bytes: Uint8Array;
	/** SHA-256 of the bytes: 32 bytes. */
	readonly sha256: Uint8Array;
};

export type NativeRequest = {
	method: string;
	scheme: 'http' | 'https';
	/** Host name or IP address without brackets. */
	host: string;
	port: number;
	/** `:authority` / `Host`. */
	authority: string;
	/** Path and query. */
	target: string;
	/** name, value, name, value, ... in wire order, names with their HTTP/1.1 case; latin1. No Host, Connection or transfer-encoding. */
	headers: readonly string[];
	priority?: NativePriority;
	/** `null`: no body. Bytes: sent with the head. `'stream'`: follows through `write`/`end`. @default null */
	body?: Uint8Array | 'stream' | null;
	/** Total length of a streamed body if known; otherwise HTTP/1.1 sends it chunked. */
	contentLength?: number;
	/**
	 * The caller could give a streamed body of known length once more: up to 1 MiB it is kept until the answer, so that the request is
	 * repeated where the profile's browser does, as one is whose bytes are known. @default false
	 */
	repeatable?: boolean;
	timeouts?: NativeTimeouts;
	/** Decode content-encoding. @default true */
	decompress?: boolean;
	/** What the request says it has (RFC 9842); `dcb` and `dcz` are decoded with it if `accept-encoding` names them. */
	dictionary?: NativeDictionary;
	/** Fails the body with `ERR_BODY_TOO_LARGE` after this many decoded bytes. */
	maxResponseBytes?: number;
	/** Protocols for this exchange only (WebSocket: `http1`). */
	protocols?: 'auto' | 'http1' | 'http2';
	/** Refuses reuse of a pooled connection and does not give this one back. */
	newConnection?: boolean;
	/** Ask for `onPhase` calls. @default false */
	phases?: boolean;
	/** Sends `Connection: Upgrade` semantics: a 101 answer gives the raw stream. @default false */
	upgrade?: boolean;
	/**
	 * The handshake of a WebSocket, a GET with the fields of RFC 6455; implies `upgrade`. Where the profile's browser does
	 * so it goes over a shared HTTP/2 connection as extended CONNECT (RFC 8441) and a 2xx answer opens the raw stream;
	 * else over HTTP/1.1 on a connection of its own. `newConnection` and `protocols` have no effect. @default false
	 */
	webSocket?: boolean;
	/** Replay on a new connection when the peer provably did not process it, at most once. @default true */
	replay?: boolean;
	/**
	 * Connections and TLS tickets are shared only by requests of the same partition, what is known of names by those whose partitions
	 * are equal up to a `#`: printable ASCII, opaque but for that. @default ''
	 */
	partition?: string;
	/** Carries no credentials. A connection opened for another host is shared only by requests alike in this. @default false */
	anonymous?: boolean;
	/** The browser's HTTP cache would take part: some show on HTTP/2 when it keeps a redirect or a 304 renews what it has. @default false */
	storable?: boolean;
	/**
	 * On `http`: fails with `ERR_HTTPS_RECORD`, before anything is sent, where the browser would go on to https because of the host's
	 * HTTPS record. @default false
	 */
	upgradable?: boolean;
	/**
	 * HTTP/1.1 drops none of `headers`: the caller himself has named what the browser has over HTTP/2 only (`http1.drop` of the
	 * profile). @default false
	 */
	undropped?: boolean;
	/** IP addresses to dial instead of a DNS lookup, in order. An open connection is used whatever its address. */
	addresses?: readonly string[];
	/**
	 * Waits on the connection, also on one that is used again, until the caller has looked at the peer's certificates: the
	 * phase event `held` comes, whatever `phases` says, and not a byte of the request is sent before `confirm()`. Again if
	 * another connection has to carry on and shows others. On `http` there are none: who waits there wants the connection
	 * only. The limit of the phase before goes on.
	 * @default false
	 */
	hold?: boolean;
};

/** Milliseconds since the start of the exchange; `undefined` = phase did not happen (reused connection). */
export type NativeTimings = {
	queue?: number;
	resolve?: number;
	connect?: number;
	proxy?: number;
	tls?: number;
	send?: number;
	head?: number;
	total?: number;
};

export type NativeTlsInfo = {
	version: string;
	cipher: string;
	group?: string;
	alpn?: string;
	resumed: boolean;
	earlyData: boolean;
	verified: boolean;
	/**
	 * What became of the host's name: hidden by Encrypted ClientHello (`accepted`), shown because the server had refused to read
	 * it (`rejected`), shown beside random bytes that look alike (`grease`), or just shown.
	 */
	ech: 'accepted' | 'rejected' | 'grease' | 'none';
	/**
	 * What the peer has shown, in DER, its own certificate first; behind what it sent stand the trusted ones that lead to a
	 * root. New copies at each call. Empty when the connection has long been closed.
	 */
	peerCertificates(): Uint8Array[];
	/** Names what `peerCertificates()` gives: equal certificates have equal numbers, for as long as the process lives. */
	readonly chainId: number;
};

export type NativeResponseHead = {
	status: number;
	reason: string;
	httpVersion: '1.0' | '1.1' | '2';
	/** name, value, ... as received (case of the peer), latin1. */
	rawHeaders: string[];
	remoteAddress: string;
	remotePort: number;
	localAddress: string;
	localPort: number;
	/** The exchange used a connection that had served another one before. */
	reused: boolean;
	tls?: NativeTlsInfo | undefined;
	timings: NativeTimings;
	/** Content codings that the engine removes from the body (`['br']`), outermost last; empty when none or undecoded. */
	decoded: string[];
};

/** A phase that has just ended, for `lookup`, `connect`, `secureConnect` ... events of adapters. */
export type NativePhaseEvent =
	| { type: 'lookup'; address: string; family: 4 | 6 }
	| { type: 'connect'; remoteAddress: string; remotePort: number; localAddress: string; localPort: number }
	| { type: 'proxy' }
	| { type: 'secureConnect'; tls: NativeTlsInfo }
	/** Only with `hold`: has a connection and waits for `confirm()`. `tls` is there, but for `http`. */
	| ({ type: 'held' } & NativeAcquired)
	| ({ type: 'acquired' } & NativeAcquired)
	| { type: 'sent' };

/** The connection of an exchange. */
export type NativeAcquired = {
	reused: boolean;
	httpVersion: '1.1' | '2';
	remoteAddress: string;
	remotePort: number;
	localAddress: string;
	localPort: number;
	tls?: NativeTlsInfo;
};

/** Every callback is optional but `onHead` and `onError`; exactly one of `onError` / `onEnd` is the last. */
export type NativeExchangeHandler = {
	onPhase?(event: NativePhaseEvent): void;
	/** 1xx other than 101. Without it interim answers are dropped where they are read. */
	onInformational?(status: number, rawHeaders: string[]): void;
	onHead(head: NativeResponseHead): void;
	onError(error: NativeError): void;
	/** The body has been read to its end (also when it is empty). */
	onEnd?(trailers: string[], timings: NativeTimings): void;
	/** Called in place of `onEnd` by the exchange's user who asks for trailers and timings himself, or not at all. */
	onDone?(): void;
};

export interface NativeExchange {
	/**
	 * Next piece of the decoded body (up to 256 kB), `null` at the end. One call at a time. Nothing is read ahead of
	 * the flow-control window. Rejects with the same error as `onError`.
	 */
	read(): Promise<Uint8Array | null>;
	/** The whole rest of the body. Rejects with `ERR_BODY_TOO_LARGE` past the limit. */
	readAll(): Promise<Uint8Array>;
	/** The rest of the body without a promise, if it has already arrived whole; else `undefined`. */
	takeBufferedBody(): Uint8Array | undefined;
	/** The same as text, if it is a short body and ASCII; `undefined` leaves it where it is. */
	takeBufferedAscii(): string | undefined;
	/**
	 * Gives the rest up: reads on for up to `maxBytes` to keep the connection, else closes the stream. Ends with `onEnd`
	 * either way.
	 * @param maxBytes Default 65,536.
	 */
	discard(maxBytes?: number): void;
	/** Sends a piece of a streamed body; resolves when more may be written (backpressure), rejects if the exchange failed. */
	write(chunk: Uint8Array): Promise<void>;
	/** Resolves once the connection has taken all that was written so far; rejects if the exchange failed. */
	drained(): Promise<void>;
	/** Ends a streamed body. */
	end(trailers?: readonly string[]): void;
	/** Sends a held request to the peer that the last `held` has named; no effect unless one is unanswered. */
	confirm(): void;
	/** Stops at once, whatever the phase; idempotent, legal at any time. `onError` sees `ERR_ABORTED` unless already settled. */
	abort(): void;
	/** Everything has arrived, read or not: nothing of the connection is held any more. */
	readonly complete: boolean;
	/** Trailers, known once the body ended. name, value, ... */
	readonly trailers: string[];
	readonly timings: NativeTimings;
}

export interface NativeTransport {
	/** Starts at the next microtask, so that all requests of one turn cross into Rust in one call. */
	exchange(request: NativeRequest, handler: NativeExchangeHandler): NativeExchange;
	/** TLS session tickets, opaque; secret. Neither encrypted nor authenticated: seal them before they leave the program. */
	exportTickets(): Uint8Array;
	/**
	 * Takes tickets of an earlier `exportTickets`. For trusted bytes only: a resumed connection proves no certificate, it
	 * has the verdict and the chain that the ticket names, so whoever can write these bytes can stand for any server.
	 */
	importTickets(tickets: Uint8Array): void;
	/** Forgets what name servers have said, HTTPS records included. What is open stays. */
	forgetNames(): void;
	/** Aborts what runs and closes the connections. Idempotent. */
	close(): Promise<void>;
	readonly closed: boolean;
	/** Open sockets and running exchanges, for tests and diagnostics. */
	stats(): { connections: number; exchanges: number };
	[Symbol.asyncDispose](): Promise<void>;
}

/** A failure of an exchange. `code` and `phase` are API, the message is not. Carries no header, credential or body. */
export interface NativeError extends Error {
	readonly name: 'NativeError';
	/** `ERR_<AREA>_<WHAT>`, e.g. `ERR_TIMEOUT_CONNECT`, `ERR_TLS_CERT_UNTRUSTED`, `ERR_CONNECTION_REFUSED`. */
	readonly code: string;
	readonly phase: Phase;
	/** Node's spelling where there is one: `ECONNREFUSED`, `ECONNRESET`, `ENOTFOUND`, `EPIPE`, `CERT_HAS_EXPIRED`, ... */
	readonly nodeCode?: string;
	/** For `ERR_TIMEOUT_*`. */
	readonly limitMs?: number;
	/** Status of the proxy's refusal. */
	readonly proxyStatus?: number;
	/** TLS alert name, OpenSSL verify code text, errno text: detail without secrets. */
	readonly detail?: string;
	/** No byte of the request can have been processed by the peer. */
	readonly replayable: boolean;
}
