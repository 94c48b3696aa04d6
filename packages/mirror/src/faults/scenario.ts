import type { CertificateKind } from '../certs/certificate-kind.ts';
import type { Http2Peer } from './http2-peer.ts';
import type { RawPeer } from './raw-peer.ts';

/** What a script may use besides its connection. */
export type ScriptContext = {
	/** 1 for the first connection of this fault. */
	connection: number;
	/** Fires when the fault is closed. */
	signal: AbortSignal;
	/** Milliseconds between the bytes of a drip. */
	intervalMs: number;
	/** Size that a bomb unpacks to, or an endless body ends at. */
	expandedBytes: number;
};

/** Plays the server on one connection. The connection stays open when it returns. */
export type RawScript = (peer: RawPeer, context: ScriptContext) => Promise<void>;

/** Plays an HTTP/2 server; the preface and SETTINGS have been exchanged. */
export type Http2Script = (peer: Http2Peer, context: ScriptContext) => Promise<void>;

/** One id of the fault list with its variants. The first variant is the default. */
export type FaultScenario = {
	/** As in the fault list: `F01`. */
	id: string;
	/** What the peer does wrong, one sentence. */
	summary: string;
	variants: Record<string, FaultVariant>;
};

/**
 * How one variant is served: `https` TLS with ALPN http/1.1; `tls` with a chosen ALPN list and odd handshakes; `h2` TLS
 * with ALPN h2; `tcp` before any TLS, though the URL says https; the proxies listen on plain TCP.
 */
export type FaultVariant =
	| { on: 'https'; script: RawScript; certificate?: CertificateKind }
	| {
			on: 'tls';
			alpn: readonly string[];
			script: RawScript;
			certificate?: CertificateKind;
			paddedCertificateBytes?: number;
			pieceSize?: number;
	  }
	| { on: 'h2'; script: Http2Script; settings?: readonly (readonly [number, number])[] }
	| { on: 'tcp'; script: RawScript }
	| { on: 'http-proxy'; script: RawScript }
	| { on: 'socks5-proxy'; script: RawScript };
