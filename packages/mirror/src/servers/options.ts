import type { ConnectionRecord, RequestRecord } from '../capture/records.ts';
import type { Authority } from '../certs/authority.ts';
import type { CertificateKind } from '../certs/certificate-kind.ts';
import type { Handler } from './exchange.ts';

/** Protocols a mirror can speak, as ALPN names. */
export type MirrorProtocol = 'h2' | 'http/1.1';

/** TLS versions a mirror can speak. */
export type TlsVersion = '1.2' | '1.3';

/** Options of `startMirror`. All optional: the default is a trusted TLS 1.2/1.3 server with HTTP/2 and HTTP/1.1. */
export type MirrorOptions = {
	/** `false`: plain TCP (HTTP/1.1, or HTTP/2 with prior knowledge). @default true */
	tls?: boolean | undefined;
	/** ALPN list in order of the server's preference; empty: no ALPN (HTTP/1.1). @default ['h2', 'http/1.1'] */
	protocols?: readonly MirrorProtocol[] | undefined;
	/** Lowest and highest TLS version. @default ['1.2', '1.3'] */
	tlsVersions?: readonly [min: TlsVersion, max: TlsVersion] | undefined;
	/**
	 * Key exchange groups by OpenSSL name, best first. One that the client supports but sent no share for (`['P-384']`)
	 * forces a HelloRetryRequest. @default OpenSSL's own list
	 */
	groups?: readonly string[] | undefined;
	/** Cipher suites by OpenSSL name (TLS 1.2 and 1.3 mixed, colon separated). @default Node's list */
	ciphers?: string | undefined;
	/**
	 * `false`: sessions are never resumed (TLS 1.2 sends no ticket; TLS 1.3 tickets are sent, but not accepted).
	 * @default true
	 */
	tickets?: boolean | undefined;
	/** Which certificate the server shows. @default 'trusted' */
	certificate?: CertificateKind | undefined;
	/** Key of that certificate. @default 'ecdsa' */
	certificateKey?: 'ecdsa' | 'rsa' | undefined;
	/** The CA that signs. @default one CA per process, shared by all mirrors */
	authority?: Authority | undefined;
	/** Asks for a client certificate and records its subject; `'required'` refuses a client without one of `authority`. */
	clientCertificate?: 'optional' | 'required' | undefined;
	/** Extra names in the certificate. */
	extraHosts?: readonly string[] | undefined;
	/** Tried before the default routes. */
	handler?: Handler | undefined;
	/** `false`: no default routes, requests the handler leaves get 404. @default true */
	defaultRoutes?: boolean | undefined;
	/** HTTP/2 behaviour of the server. */
	http2?: MirrorHttp2Options | undefined;
	/** Address to listen on. Anything but loopback shows the mirror to the network. @default '127.0.0.1' */
	listenAddress?: string | undefined;
	/** Connections accepted since the start or the last `reset()`; further ones are cut. @default no limit */
	maxConnections?: number | undefined;
	/** @default 0 (any free port) */
	port?: number | undefined;
	/** Further free ports on which it is the same server: to a browser they are other origins. @default 0 */
	morePorts?: number | undefined;
	/** Body bytes kept per request. @default 1 MiB */
	maxRecordedBody?: number | undefined;
	/** Called when a connection has ended, for example to print it. */
	onConnectionEnd?: ((connection: ConnectionRecord) => void) | undefined;
	/** Called for every request whose head has arrived. */
	onRequest?: ((request: RequestRecord, connection: ConnectionRecord) => void) | undefined;
};

/** HTTP/2 behaviour of the server. */
export type MirrorHttp2Options = {
	/** SETTINGS of the server, wire order. @default [[3, 128]] as in the captures */
	settings?: readonly (readonly [id: number, value: number])[] | undefined;
	/** WINDOW_UPDATE on stream 0 right after SETTINGS. @default 0 (none) */
	connectionWindowIncrement?: number | undefined;
	/** Use the dynamic table and Huffman coding in responses. @default true */
	compressHeaders?: boolean | undefined;
};

type Optional = 'groups' | 'ciphers' | 'clientCertificate' | 'handler' | 'onConnectionEnd' | 'onRequest';
type Filled<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };

/** HTTP/2 options with every default filled in. */
export type NormalizedHttp2Options = Filled<MirrorHttp2Options>;

/** Options after validation, with every default filled in. */
export type NormalizedMirrorOptions = Filled<Omit<MirrorOptions, Optional | 'http2'>> &
	Required<Pick<MirrorOptions, Optional>> & { http2: NormalizedHttp2Options };
