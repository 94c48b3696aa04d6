import type { LookupAddress, LookupOptions } from 'node:dns';
import type {
	BrowserName,
	CacheMode,
	Profile,
	ProfileBrand,
	ProfileOs,
	RequestKind,
	ThirdPartyCookies,
} from '@wiretwin/profiles';
import type { CookieJar } from 'tough-cookie';
import type { CheckServerIdentity } from '../tls/peer-certificate.ts';
import type { Transport } from '../transport.ts';
import type { CacheStore } from './cache-store.ts';
import type { RequestEvent } from './events.ts';
import type {
	CredentialsMode,
	Destination,
	PriorityHint,
	RedirectMode,
	ReferrerPolicy,
	RequestMode,
} from './fetch-terms.ts';
import type { Initiator } from './initiator.ts';
import type { MemoryKind } from './memory.ts';
import type { SessionState } from './state.ts';

/** Headers as a caller may write them. Whatever the form, each name goes where the browser puts it; `null` removes a default. */
export type HeadersInput =
	| Headers
	| Readonly<Record<string, HeaderValue | readonly string[] | null | undefined>>
	| Iterable<readonly [name: string, value: HeaderValue | readonly string[] | null | undefined]>;

type HeaderValue = string | number | boolean;

/** Pairs whose order and case are sent as they are. */
export type ExactHeadersInput = Iterable<readonly [name: string, value: string]>;

/** How long each part of a request may take, in milliseconds. An absent part is unlimited, and so is 0. */
export type TimeoutOptions = {
	/** From the call until the response body has ended, redirects included. */
	total?: number | undefined;
	/** Waiting for a free connection or stream. */
	queue?: number | undefined;
	/** DNS lookup. */
	resolve?: number | undefined;
	/** Opening the TCP connection, all addresses together. */
	connect?: number | undefined;
	/** Handshake with the proxy. */
	proxy?: number | undefined;
	/** TLS handshake. */
	tls?: number | undefined;
	/** Sending the request body. */
	send?: number | undefined;
	/** From the request being sent to the response head. */
	head?: number | undefined;
	/** Longest silence while reading the body; restarts whenever bytes arrive. The wait for the head is limited by `head`. */
	idle?: number | undefined;
};

/** A proxy with its parts named, for credentials or headers that are awkward in a URL. */
export type ProxyOptions = {
	/** `http:`, `https:`, `socks4:`, `socks4a:`, `socks5:` (resolves here) or `socks5h:` (resolves at the proxy). */
	url: string | URL;
	/** Any characters; wins over the URL's. */
	username?: string | undefined;
	/** Any characters; wins over the URL's. */
	password?: string | undefined;
	/** Extra fields of the CONNECT request, in this order. */
	headers?: Readonly<Record<string, string>> | ReadonlyArray<readonly [name: string, value: string]> | undefined;
	/**
	 * Hosts that are reached directly: names, `.suffix`, addresses, networks (`10.0.0.0/8`) or `*`. `'env'` reads `NO_PROXY`.
	 * @default none: everything goes through the proxy
	 */
	noProxy?: readonly string[] | 'env' | undefined;
};

/** Signature of `dns.lookup` with `all: true`; the answer may be in its single form too, whatever was asked for. */
export type LookupFunction = (
	hostname: string,
	options: LookupOptions & { all: true },
	callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[] | string, family?: number) => void,
) => void;

/** What connections look like and how they are made. No cookies. */
export type TransportOptions = {
	/**
	 * `chrome` is Google Chrome, `chromium` is Chromium, and so are `chrome_156` and `chromium_156`; other spellings
	 * (`chrome156`) mean the same. A name without a version follows the newest release. Or a profile of your own, made by
	 * `defineProfile` from a file such as `wiretwin capture` writes.
	 * @default 'chrome'
	 */
	browser?: BrowserName | Profile | undefined;
	/**
	 * Operating system to speak for.
	 * @default the one that most users have: `windows` for Chrome, Edge, Opera and Firefox, `macos` for Safari, `linux` for
	 * Chromium, `android` for OkHttp
	 */
	os?: ProfileOs | undefined;
	/** Product name in `sec-ch-ua` (Chromium family). @default the profile's own */
	brand?: ProfileBrand | undefined;
	/**
	 * What becomes of cookies of other sites than the page's: `sent`, `blocked` (only those marked `Partitioned` work) or
	 * `partitioned` (Firefox: a jar for each page's site). The jar, `sec-fetch-storage-access` and the connections agree.
	 * @default the browser's: `sent` in Chrome, Edge and Opera, `blocked` in Chromium and Safari, `partitioned` in Firefox
	 */
	thirdPartyCookies?: ThirdPartyCookies | undefined;
	/**
	 * Patch level that client hints tell, of the profile's major version: `156.0.8078.108`. @default that of the build which
	 * the profile is of
	 */
	fullVersion?: string | undefined;
	/**
	 * Every connection goes through it; a failing proxy is an error, never a direct connection. A URL, `host:port:user:password`
	 * or its parts. `'env'` takes the variables that curl takes (`https_proxy`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, for
	 * http `http_proxy`) when the transport is made.
	 * @default none
	 */
	proxy?: string | URL | ProxyOptions | undefined;
	/** Accept any certificate; each response then says `tls.verified: false`. @default false */
	insecure?: boolean | undefined;
	/** Language tags, most wanted first; makes `accept-language` as the browser would. One tag is the list that the browser's build of that language sends (`de`, `zh-CN`). @default 'en-US' */
	locale?: string | undefined;
	/** Exact `accept-language`; wins over `locale`. */
	acceptLanguage?: string | undefined;
	/** Certificates (PEM) trusted in addition to `trustStore`. */
	ca?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined;
	/** Client certificate chain (PEM); needs `key`. */
	cert?: string | Uint8Array | undefined;
	/** Private key (PEM) of `cert`. */
	key?: string | Uint8Array | undefined;
	/** PKCS #12 container with certificate and key, instead of `cert` and `key`. */
	pfx?: Uint8Array | undefined;
	/** Password of `key` or `pfx`. */
	passphrase?: string | undefined;
	/**
	 * Roots: Mozilla's list shipped with the package, the operating system's, both (`combined`), or only `ca`.
	 * @default 'bundled'
	 */
	trustStore?: 'bundled' | 'system' | 'combined' | 'none' | undefined;
	/**
	 * Asked on `https` before a byte of each request, WebSockets and adapters included, on new connections and on those used
	 * again, after the check against roots and name. An error that it returns or throws refuses the server and is what the
	 * request fails with.
	 * @example checkServerIdentity: (host, certificate) => pins.has(certificate.fingerprint256) ? undefined : new Error(`Wrong key for ${host}`)
	 */
	checkServerIdentity?: CheckServerIdentity | undefined;
	/** Addresses for `host` or `host:port` instead of a lookup. */
	resolve?: Readonly<Record<string, string | readonly string[]>> | undefined;
	/** Replaces the system's name resolution, as `dns.lookup` with `all: true`; answers are used for 30 s. Not asked for hosts in `resolve`. */
	lookup?: LookupFunction | undefined;
	/**
	 * Who is asked where hosts are: the system as for every other program (`system`), a name server over https (`doh`, RFC 8484,
	 * with a connection like the browser's), or up to three `servers` by address. Not asked for hosts in `resolve` or
	 * `/etc/hosts`, nor beside `lookup`; behind a proxy nobody is asked here.
	 * @default 'system'
	 * @example dns: { doh: 'https://dns.example/dns-query' }
	 */
	dns?: 'system' | DnsOptions | undefined;
	/** Local IP address to connect from. */
	localAddress?: string | undefined;
	/** Offer HTTP/1.1 only. @default false */
	http1?: boolean | undefined;
	/** Offer HTTP/2 only. @default false */
	http2?: boolean | undefined;
	/** How long an unused connection is kept, milliseconds. @default 90_000 */
	idleTimeout?: number | undefined;
	/** HTTP/1.1 connections per origin. @default 6 */
	maxConnectionsPerOrigin?: number | undefined;
	/**
	 * Path of a file that the TLS secrets of all connections are appended to, for Wireshark: who has it and the traffic
	 * reads everything. No variable of the environment does the same.
	 * @default none
	 */
	keyLog?: string | undefined;
	/**
	 * Encrypted ClientHello, which hides the name of the host from those on the way (RFC 9849). `'auto'`: as the browser does, for
	 * a host that has configurations; else it sends bytes that look alike. `'grease'`: only those. `configs`: ECHConfigLists by
	 * `host` or `host:port`, as the `ech` of an HTTPS record has them, decoded from base64. Where the server has new keys, or none,
	 * a second connection follows as in the browser. `response.connection.tls.ech` says what became of it.
	 * @default 'auto'
	 */
	ech?: 'auto' | 'grease' | { readonly configs: Readonly<Record<string, Uint8Array>> } | undefined;
	/**
	 * Refuses to connect to addresses that are not public (loopback, private, link-local and the like), for programs that
	 * fetch what strangers name: `ERR_ADDRESS_DENIED`. Judged is the address itself, at every connection, wherever it comes
	 * from.
	 * @default false
	 */
	denyPrivateAddresses?: boolean | PrivateAddressOptions | undefined;
	/**
	 * Where sockets are looked after: by a thread beside JavaScript (`thread`), or by JavaScript's own event loop while little goes
	 * on (`auto`) or always (`loop`). The loop takes less processor time for one request after the other; the thread goes on while
	 * JavaScript works. Outside of Node, and on Windows, it is the thread.
	 * @default the environment variable `WIRETWIN_IO`, else `auto` on Linux and `thread` elsewhere
	 */
	io?: 'auto' | 'thread' | 'loop' | undefined;
	/**
	 * How many threads look after the sockets of sessions that say so, 1 to 64. Each session is put on the one that has the fewest
	 * and stays there with all its connections, so this is of use to many sessions on a machine with many cores (docs/guide/scaling.md).
	 * Above 1 `io: 'auto'` is `'thread'`, and `'loop'` is refused.
	 * @default 1
	 */
	ioThreads?: number | undefined;
};

/** Name servers. */
export type DnsOptions = {
	/** URL of a name server that is asked over https; its own host is looked up by the system. Not with `servers`. */
	doh?: string | URL | undefined;
	/** Addresses of one to three name servers, with port 53 or their own: `['10.0.0.53', '[fd00::53]:5353']`. */
	servers?: readonly string[] | undefined;
	/**
	 * Ask for HTTPS records (RFC 9460) beside addresses, where the browser does; with `system` its name servers are asked.
	 * @default true
	 */
	httpsRecords?: boolean | undefined;
};

/** Exceptions of `denyPrivateAddresses`. */
export type PrivateAddressOptions = {
	/** Addresses and networks that may be connected to nevertheless: `['10.1.0.0/16', '::1']`. @default none */
	allow?: readonly string[] | undefined;
	/**
	 * Judge the proxy's own address as well. It is usually chosen by the program, not by a stranger.
	 * @default false
	 */
	proxies?: boolean | undefined;
};

/**
 * TLS of one request, each part in place of the transport's: requests that say the same share connections and TLS tickets
 * with each other, and with nobody else. `ca` with `trustStore: 'none'` trusts nothing else.
 */
export type RequestTlsOptions = Pick<
	TransportOptions,
	'insecure' | 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'trustStore' | 'localAddress'
> & {
	/**
	 * Name that is shown to the server (SNI) and that its certificate has to carry, as Node's option; an address is looked for
	 * and not shown. `''`: none is shown, and the certificate has to carry the host's. `Host` stays the URL's.
	 * @default the host of the URL
	 */
	servername?: string | undefined;
};

/** Options of a session; the connection part is fixed at creation. */
export type SessionOptions = TransportOptions & {
	/** Use these connections instead of own ones. The session never closes it. */
	transport?: Transport | undefined;
	/** A number is the total limit in milliseconds; 0 = no limit. @default no limit */
	timeout?: number | TimeoutOptions | undefined;
	/** Added to every request; `false` sends only what each request names itself. */
	defaultHeaders?: HeadersInput | false | undefined;
	/** tough-cookie jar to use, with a synchronous or asynchronous store. @default a new one in memory */
	cookieJar?: CookieJar | undefined;
	/** What becomes of a redirect: `follow` it, `error`, or `manual`, which gives the 3xx answer itself. @default 'follow' */
	redirect?: RedirectMode | undefined;
	/** Redirects followed before `ERR_REDIRECT_TOO_MANY`. @default 20, the fetch standard's */
	maxRedirects?: number | undefined;
	/** Decode `content-encoding`. @default true */
	decompress?: boolean | undefined;
	/** Longest decoded body, bytes; past it reading fails with `ERR_BODY_TOO_LARGE`. @default no limit */
	maxResponseBytes?: number | undefined;
	/** State of `session.export()` to go on from. */
	state?: SessionState | string | Uint8Array | undefined;
	/**
	 * Lets TLS tickets travel with `session.export()`: they are sealed (encrypted and authenticated) with this key, and a
	 * `state` with tickets needs the key again, else they are dropped. Text or bytes, 32 bytes or more, hard to guess. Of a
	 * list the first seals and each may open, so keys can be changed. A key that does not fit is `ERR_STATE_KEY`.
	 * @default none: a state has no tickets
	 */
	stateKey?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined;
	/** Called for each step of each request. */
	onRequestEvent?: ((event: RequestEvent) => void) | undefined;
	/**
	 * What servers may tell the session to remember: `hsts` (hosts that want https), `clientHints` (Accept-CH), `altSvc` (Alt-Svc),
	 * beside a `cache` also `dictionaries` (Use-As-Dictionary).
	 * `false` remembers nothing. Cookies are the jar's.
	 * @default what the browser remembers
	 */
	memory?: boolean | { [kind in Exclude<MemoryKind, 'cache' | 'names'>]?: boolean | undefined } | undefined;
	/**
	 * Keeps answers in memory as the browser's HTTP cache does (RFC 9111 and the browser's own habits): what is fresh is not asked
	 * for, what is not is asked for with its validators. `maxBytes`: room for bodies and fields; one answer may take an eighth of it.
	 * `response.fromCache` says where an answer came from. Requests of adapters take no part. Beside it answers are kept that are
	 * dictionaries for later ones (Chromium; RFC 9842), in half as much room.
	 * `store`: a place that outlives the session, as `fileCache()` of `wiretwin/file-cache`; `onError` is told what goes wrong there.
	 * @default false; `maxBytes` 52,428,800
	 */
	cache?:
		| boolean
		| { maxBytes?: number | undefined }
		| { store: CacheStore; onError?: ((error: unknown) => void) | undefined }
		| undefined;
	/** Record an HTTP archive, read with `session.har()`. @default false */
	har?: boolean | undefined;
};

/** What a fork may have of its own (`session.fork`). */
export type ForkOptions = Pick<
	SessionOptions,
	| 'timeout'
	| 'defaultHeaders'
	| 'redirect'
	| 'maxRedirects'
	| 'decompress'
	| 'maxResponseBytes'
	| 'onRequestEvent'
	| 'har'
>;

/** A body that can be sent. Streams are sent as they come and cannot be replayed on a 307 or 308. */
export type BodyInput =
	| string
	| ArrayBuffer
	| SharedArrayBuffer
	| ArrayBufferView
	| Blob
	| FormData
	| URLSearchParams
	| ReadableStream<Uint8Array>
	| AsyncIterable<Uint8Array | string>
	| Iterable<Uint8Array>;

/** `ETag` and `Last-Modified` of an answer that is kept, as they came. At least one of them. */
export type Validators = { etag?: string | undefined; lastModified?: string | undefined };

/** Second argument of `fetch`. */
export type FetchInit = {
	/** Any token; the six names of the fetch standard are written in upper case. @default 'GET' */
	method?: string | undefined;
	/** An object, `Headers`, pairs, a `Map`: each name goes where the browser puts it; `null` as a value removes a default. */
	headers?: HeadersInput | undefined;
	/**
	 * Instead of `headers`: sent in exactly this order and, on HTTP/1.1, in this case, with nothing of the browser's but what
	 * the request cannot do without. `defaultHeaders` of the session follow.
	 */
	exactHeaders?: ExactHeadersInput | undefined;
	/** Text, bytes, a form or a stream; not with GET and HEAD. Type and length are set as the browser sets them. @default none */
	body?: BodyInput | null | undefined;
	/** Gives the request up at any time; the call rejects with its reason. @default none */
	signal?: AbortSignal | null | undefined;
	/** What becomes of a redirect. @default the session's */
	redirect?: RedirectMode | undefined;
	/** Redirects followed before `ERR_REDIRECT_TOO_MANY`. @default the session's */
	maxRedirects?: number | undefined;
	/**
	 * URL of the page that causes the request; decides `referer`, `origin`, `sec-fetch-site` and SameSite cookies. Beside an
	 * `initiator` only `referer`. `''` sends none.
	 */
	referrer?: string | undefined;
	/** How much of `referrer` is shown. @default the browser's, `strict-origin-when-cross-origin` */
	referrerPolicy?: ReferrerPolicy | undefined;
	/**
	 * Who causes the request, where `referrer` does not say it: frames, opaque origins, style sheets, workers, pages that hide
	 * their address. A URL stands for a page in the address bar.
	 * @default the page of `referrer`; without one the front page of the target, and nobody for a typed address
	 * @example initiator: { url: 'https://ads.example/frame', parent: 'https://news.example/' }
	 */
	initiator?: string | URL | Initiator | undefined;
	/** As in the fetch standard; any but `navigate` makes the request a script's unless `kind` or `destination` says otherwise. @default that of the kind */
	mode?: RequestMode | undefined;
	/** Whether cookies go along and are stored: always, to the page's own origin, or never. @default that of the kind */
	credentials?: CredentialsMode | undefined;
	/** What a page says to the browser's cache; here it decides only which fields are sent, since nothing is cached. @default 'default' */
	cache?: CacheMode | undefined;
	/**
	 * What an earlier answer said of itself, for a cache of yours that asks whether it still holds: sent where the browser's own
	 * cache sends it (`if-none-match`, `if-modified-since`) and with nothing beside it. The answer may be 304. A redirect
	 * that is followed asks without. Header fields of the same names are the page's own instead.
	 * @example validators: { etag: '"v1"', lastModified: 'Sun, 30 Nov 2025 00:00:00 GMT' }
	 */
	validators?: Validators | undefined;
	/** Digests of the body (Subresource Integrity); another body fails with `ERR_BODY_INTEGRITY`, before it can be read. */
	integrity?: string | undefined;
	/** What the response is for, as `Request.destination`; chooses the kind if `kind` is absent. */
	destination?: Destination | undefined;
	/**
	 * What the browser would be doing. @default `navigate` for GET and HEAD, `form` for POST of a form body
	 * (`URLSearchParams`, `FormData`), else `fetch`; `fetch` too if `mode` says so
	 */
	kind?: RequestKind | undefined;
	/** A click or key press caused the navigation (`sec-fetch-user`). @default true for navigations */
	userActivation?: boolean | undefined;
	/** `fetchpriority` of an element, `priority` of a page's `fetch()`. @default 'auto' */
	priority?: PriorityHint | undefined;
	/**
	 * A synchronous `XMLHttpRequest` (`open(method, url, false)`), which Chromium gives its highest priority: with kind `xhr`, and
	 * `preflight` of one. The call waits no more than others do. @default false
	 */
	sync?: boolean | undefined;
	/**
	 * With kind `preflight`: what asks leave. A condition of an `XMLHttpRequest` (`If-None-Match` and its kin) changes nothing of
	 * Firefox's cache mode, one of `fetch()` does, and the preflight goes the way of either; in Chromium it is as urgent as what it
	 * is for. @default 'fetch'; with `sync` 'xhr'
	 */
	preflightFor?: 'fetch' | 'xhr' | 'beacon' | undefined;
	/** A number is the total limit in milliseconds; 0 = no limit, also where the session has one. */
	timeout?: number | TimeoutOptions | undefined;
	/** Through this proxy instead of the session's, redirects too; connections are kept for the last 100 of them. */
	proxy?: string | URL | ProxyOptions | undefined;
	/** Connections to use for this request instead of the session's. */
	transport?: Transport | undefined;
	/** `false` sends no fields of the browser's, only those of the session and of this call. */
	defaultHeaders?: false | undefined;
	/** Decode `content-encoding`. @default the session's */
	decompress?: boolean | undefined;
	/** Longest decoded body, bytes; past it reading fails with `ERR_BODY_TOO_LARGE`. @default the session's */
	maxResponseBytes?: number | undefined;
	/** Use a connection of its own and close it afterwards, e.g. for a rotating proxy gateway. @default false */
	newConnection?: boolean | undefined;
	/** Called for each step of this request, after the session's own listener. */
	onRequestEvent?: ((event: RequestEvent) => void) | undefined;
	/** Accepted and ignored: a stream is always sent half-duplex. */
	duplex?: 'half' | undefined;
	/** The request may outlive its page; Firefox then writes some fields elsewhere. Nothing else changes here. @default false */
	keepalive?: boolean | undefined;
	/** Accepted and ignored: only meaningful in a page. */
	window?: null | undefined;
};

/** Options of the one-shot `fetch`: everything of a session and of one call. */
export type OneShotInit = { session?: undefined } & Omit<FetchInit, 'defaultHeaders'> &
	Omit<SessionOptions, Exclude<keyof FetchInit, 'defaultHeaders'> | 'state' | 'stateKey' | 'har'>;
