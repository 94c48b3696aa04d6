/**
 * TLS of the Chromium family since 133, where extensions are shuffled, ALPS has its final number and the key exchange
 * is X25519MLKEM768. What changed since is a parameter.
 */
import type { EngineSection } from '../../src/types.ts';
import type { ChromiumFacts } from '../history/chromium.ts';

const SIGNATURE_ALGORITHMS = [1027, 2052, 1025, 1283, 2053, 1281, 2054, 1537];
const MLDSA = [2308, 2309, 2310];

/** The `tls` section of a Chromium release. */
export function chromiumTls(
	facts: Pick<ChromiumFacts, 'mldsa' | 'greaseSignatureAlgorithms' | 'trustAnchors'>,
): EngineSection {
	return {
		versions: ['1.2', '1.3'],
		grease: true,
		greaseSignatureAlgorithms: facts.greaseSignatureAlgorithms,
		ciphers: [4865, 4866, 4867, 49195, 49199, 49196, 49200, 52393, 52392, 49171, 49172, 156, 157, 47, 53],
		extensionOrder: { mode: 'shuffle' },
		groups: [4588, 29, 23, 24],
		keyShares: [4588, 29],
		signatureAlgorithms: facts.mldsa ? [...MLDSA, ...SIGNATURE_ALGORITHMS] : SIGNATURE_ALGORITHMS,
		delegatedCredentials: null,
		recordSizeLimit: null,
		certificateCompression: ['brotli'],
		alpn: ['h2', 'http/1.1'],
		alps: { codepoint: 17_613, protocols: ['h2'] },
		trustAnchors: facts.trustAnchors,
		ech: { aeads: [1], payloadLengths: [144, 176, 208, 240], payloadLengthsResumed: null },
		statusRequest: true,
		signedCertificateTimestamps: true,
		extendedMasterSecret: true,
		renegotiationInfo: true,
		sessionTicket: true,
		pskKeyExchangeModes: [1],
		ecPointFormats: [0],
		paddingTo: null,
		resumption: { tls13: true, tls12: true, sessionTicketWithPsk: true, earlyData: false, ticketUses: 0 },
		http1Only: { certificateCompression: true, alps: false },
	};
}
