import { type ClientHello, parseClientHello } from '../capture/client-hello.ts';
import { ja3 } from './ja3.ts';
import { ja4 } from './ja4.ts';

/** The usual TLS fingerprints of one ClientHello. Hashes of JA3 are MD5, of JA4 truncated SHA-256, as their authors define them. */
export type HelloFingerprints = {
	ja3: string;
	ja3Hash: string;
	/** JA3 with sorted extensions, stable for browsers that shuffle them. */
	ja3n: string;
	ja3nHash: string;
	ja4: string;
	/** JA4 with the lists instead of their hashes. */
	ja4_r: string;
	/** As `ja4_r`, in wire order and with server_name and ALPN kept. */
	ja4_ro: string;
};

/** How the hello travelled: `t` TCP, `q` QUIC. First letter of a JA4. */
export type HelloTransport = 't' | 'q';

/** Fingerprints of a parsed hello, or of the bytes of a ClientHello handshake message. */
export function fingerprint(hello: ClientHello | Uint8Array, transport: HelloTransport = 't'): HelloFingerprints {
	const parsed = hello instanceof Uint8Array ? parseClientHello(hello) : hello;
	return { ...ja3(parsed), ...ja4(parsed, transport) };
}
