/** Milliseconds since the start of the last hop; `undefined` = did not happen (a reused connection has no `connect`). */
export type Timings = {
	readonly queue?: number;
	readonly resolve?: number;
	readonly connect?: number;
	readonly proxy?: number;
	readonly tls?: number;
	readonly send?: number;
	readonly head?: number;
	/** Known once the body has been read. */
	readonly total?: number;
};

/** What was agreed in the TLS handshake. */
export type TlsInfo = {
	readonly version: string;
	readonly cipher: string;
	readonly group?: string;
	readonly alpn?: string;
	readonly resumed: boolean;
	readonly earlyData: boolean;
	/** `false` when `insecure` let an untrusted certificate pass. */
	readonly verified: boolean;
	/**
	 * What became of the host's name: hidden by Encrypted ClientHello (`accepted`), shown because the server had refused to read
	 * it (`rejected`), shown beside random bytes that look alike (`grease`), or just shown (`none`).
	 */
	readonly ech: 'accepted' | 'rejected' | 'grease' | 'none';
	/**
	 * What the server has shown, in DER, its own certificate first; behind what it sent stand the trusted ones that lead to
	 * a root. Empty when the connection has long been closed.
	 */
	peerCertificates(): Uint8Array[];
	/** Names what `peerCertificates()` gives: equal certificates have equal numbers, for as long as the process lives. */
	readonly chainId: number;
};

/** The connection that carried a response. */
export type ConnectionInfo = {
	readonly httpVersion: '1.0' | '1.1' | '2';
	readonly remoteAddress: string;
	readonly remotePort: number;
	readonly localAddress: string;
	readonly localPort: number;
	/** It had carried another request before. */
	readonly reused: boolean;
	readonly tls?: TlsInfo;
};

/** One redirect that was followed. */
export type RedirectRecord = {
	/** The url that answered with a redirect. */
	readonly url: string;
	readonly status: number;
	/** Where it pointed to, resolved. */
	readonly location: string;
	/**
	 * Nobody answered so: the browser itself went on, to https because the host had asked for it (`HSTS`, RFC 6797) or has an HTTPS record (`DNS`), or once more
	 * to the same URL with client hints that the answer called critical (`Critical-CH`). `status` is 307, as browsers' tools show it.
	 */
	readonly reason?: 'HSTS' | 'DNS' | 'Critical-CH';
};
