/**
 * TLS of the Firefox family since 135, where X25519MLKEM768, certificate compression and signed certificate timestamps
 * are all on. What changed since is a parameter.
 */
import type { EngineSection } from '../../src/types.ts';
import type { FirefoxFacts } from '../history/firefox.ts';

/** The `tls` section of a Firefox release. */
export function firefoxTls(facts: Pick<FirefoxFacts, 'ecdsaAes128Sha'>): EngineSection {
	// ECDHE-ECDSA with AES-256-SHA, and with AES-128-SHA behind it.
	const legacy = facts.ecdsaAes128Sha ? [49_162, 49_161] : [49_162];
	return {
		versions: ['1.2', '1.3'],
		grease: false,
		greaseSignatureAlgorithms: false,
		ciphers: [4865, 4867, 4866, 49195, 49199, 52393, 52392, 49196, 49200, ...legacy, 49171, 49172, 156, 157, 47, 53],
		// 42 (early_data) and 44 (cookie) are sent only when there is one.
		extensionOrder: {
			mode: 'fixed',
			order: [0, 23, 65281, 10, 11, 35, 16, 5, 34, 18, 51, 42, 43, 13, 44, 45, 28, 27, 65037],
		},
		groups: [4588, 29, 23, 24, 25, 256, 257],
		keyShares: [4588, 29, 23],
		signatureAlgorithms: [1027, 1283, 1539, 2052, 2053, 2054, 1025, 1281, 1537, 515, 513],
		delegatedCredentials: [1027, 1283, 1539, 515],
		recordSizeLimit: 16_385,
		certificateCompression: ['zlib', 'brotli', 'zstd'],
		alpn: ['h2', 'http/1.1'],
		alps: null,
		trustAnchors: null,
		ech: { aeads: [1, 3, 3, 3], payloadLengths: [239], payloadLengthsResumed: [527] },
		statusRequest: true,
		signedCertificateTimestamps: true,
		extendedMasterSecret: true,
		renegotiationInfo: true,
		sessionTicket: true,
		pskKeyExchangeModes: [1],
		ecPointFormats: [0],
		paddingTo: null,
		resumption: { tls13: true, tls12: true, sessionTicketWithPsk: false, earlyData: true, ticketUses: 1 },
		http1Only: { certificateCompression: false, alps: false },
	};
}
