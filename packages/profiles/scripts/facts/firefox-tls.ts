/** TLS of the Firefox family since 109. What changed in between is a parameter (history/firefox.ts). */
import type { EngineSection } from '../../src/types.ts';
import type { FirefoxFacts } from '../history/firefox.ts';

const X25519MLKEM768 = 4588;

/** 42 (early_data) and 44 (cookie) are sent only when there is one; 21 (padding) only in short hellos. */
const ORDER = [0, 23, 65281, 10, 11, 35, 16, 5, 34, 18, 51, 42, 43, 13, 44, 45, 28, 27, 65037];

/** Seen with Firefox 153, towards a server with keys of its own: docs/internals/tls.md. */
const REAL_ECH = { malformed: 'ignore', allCiphers: true, innerFirst: true, outerPsk: true, shortPadding: true };

/** The `tls` section of a Firefox release. */
export function firefoxTls(facts: FirefoxFacts): EngineSection {
	// ECDHE-ECDSA with AES-256-SHA, and with AES-128-SHA behind it.
	const legacy = facts.ecdsaAes128Sha ? [49_162, 49_161] : [49_162];
	const hybrid = facts.hybridGroup ? [X25519MLKEM768] : [];
	const { sessions, ech } = facts;
	return {
		versions: ['1.2', '1.3'],
		grease: false,
		greaseSignatureAlgorithms: false,
		ciphers: [4865, 4867, 4866, 49195, 49199, 52393, 52392, 49196, 49200, ...legacy, 49171, 49172, 156, 157, 47, 53],
		extensionOrder: { mode: 'fixed', order: ech ? ORDER : [...ORDER, 21] },
		groups: [...hybrid, 29, 23, 24, 25, 256, 257],
		keyShares: [...hybrid, 29, 23],
		signatureAlgorithms: [1027, 1283, 1539, 2052, 2053, 2054, 1025, 1281, 1537, 515, 513],
		delegatedCredentials: [1027, 1283, 1539, 515],
		recordSizeLimit: 16_385,
		certificateCompression: facts.certificateCompression ? ['zlib', 'brotli', 'zstd'] : [],
		alpn: ['h2', 'http/1.1'],
		alps: null,
		trustAnchors: null,
		ech: ech ? { aeads: [1, 3], payload: { mode: 'as-inner-hello' }, real: REAL_ECH } : null,
		statusRequest: true,
		signedCertificateTimestamps: facts.signedCertificateTimestamps,
		extendedMasterSecret: true,
		renegotiationInfo: true,
		sessionTicket: sessions,
		pskKeyExchangeModes: sessions ? [1] : null,
		ecPointFormats: [0],
		paddingTo: ech ? null : 512,
		resumption: {
			tls13: sessions,
			tls12: sessions,
			sessionTicketWithPsk: false,
			earlyData: sessions,
			ticketUses: 1,
		},
		http1Only: { certificateCompression: false, alps: false },
		// Shown to Firefox 153 chain by chain: truth/src/certificates.
		certificates: {
			exactPurposes: true,
			authorityAsServer: false,
			plainAnchor: true,
			bareRoots: false,
			repeatedExtensions: true,
			mustStaple: true,
			finalDot: false,
			explicitPolicy: false,
		},
		// Seen with Firefox 153 after 421; nsNSSIOLayer installs no decoders on a connection marked IS_RETRY.
		...(facts.certificateCompression ? { retry: { certificateCompression: false } } : {}),
	};
}
