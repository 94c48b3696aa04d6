/** TLS of the Chromium family since 100. What changed in between is a parameter (history/chromium.ts). */
import type { EngineSection } from '../../src/types.ts';
import type { ChromiumFacts } from '../history/chromium.ts';

const SIGNATURE_ALGORITHMS = [1027, 2052, 1025, 1283, 2053, 1281, 2054, 1537];
const MLDSA = [2308, 2309, 2310];

/** Before the shuffle (110). application_settings still had its first number then; padding is always the last one. */
const FIXED_ORDER = [0, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27, 17513, 21];

/** Seen with Chromium 156, towards a server with keys of its own: docs/internals/tls.md. */
const REAL_ECH = { malformed: 'fail', allCiphers: false, innerFirst: false, outerPsk: false, shortPadding: false };

/** The `tls` section of a Chromium release. */
export function chromiumTls(facts: ChromiumFacts): EngineSection {
	const hybrid = facts.hybridGroup === null ? [] : [facts.hybridGroup];
	return {
		versions: ['1.2', '1.3'],
		grease: true,
		greaseSignatureAlgorithms: facts.greaseSignatureAlgorithms,
		ciphers: [4865, 4866, 4867, 49195, 49199, 49196, 49200, 52393, 52392, 49171, 49172, 156, 157, 47, 53],
		extensionOrder: facts.shuffle ? { mode: 'shuffle' } : { mode: 'fixed', order: FIXED_ORDER },
		groups: [...hybrid, 29, 23, 24],
		keyShares: [...hybrid, 29],
		signatureAlgorithms: facts.mldsa ? [...MLDSA, ...SIGNATURE_ALGORITHMS] : SIGNATURE_ALGORITHMS,
		delegatedCredentials: null,
		recordSizeLimit: null,
		certificateCompression: ['brotli'],
		alpn: ['h2', 'http/1.1'],
		alps: { codepoint: facts.alpsCodepoint, protocols: ['h2'] },
		trustAnchors: facts.trustAnchors,
		ech: facts.ech ? { aeads: [1], payload: { mode: 'listed', lengths: [144, 176, 208, 240] }, real: REAL_ECH } : null,
		statusRequest: true,
		signedCertificateTimestamps: true,
		extendedMasterSecret: true,
		renegotiationInfo: true,
		sessionTicket: true,
		pskKeyExchangeModes: [1],
		ecPointFormats: [0],
		paddingTo: facts.paddingTo,
		resumption: { tls13: true, tls12: true, sessionTicketWithPsk: true, earlyData: false, ticketUses: 0 },
		// Seen with Chromium 156: a connection closes without an alert.
		closeNotify: false,
		http1Only: { certificateCompression: true, alps: false },
	};
}
