/** TLS of Apple's systems as Safari uses it; eras in history/safari.ts. */
import type { EngineSection } from '../../src/types.ts';
import type { SafariTlsEra } from '../history/safari.ts';

const TLS13 = [4865, 4866, 4867];
const TLS13_AES256_FIRST = [4866, 4867, 4865];
const GCM = [49196, 49195, 52393, 49200, 49199, 52392];
const ECDHE_CBC = [49162, 49161, 49172, 49171];
const TRIPLE_DES = [49160, 49170, 10];

const CIPHERS: { readonly [era in SafariTlsEra]: readonly number[] } = {
	'macos-11': [
		...TLS13,
		...GCM,
		49188,
		49187,
		49162,
		49161,
		49192,
		49191,
		49172,
		49171,
		157,
		156,
		61,
		60,
		53,
		47,
		...TRIPLE_DES,
	],
	'macos-12': [...TLS13, ...GCM, ...ECDHE_CBC, 157, 156, 53, 47, ...TRIPLE_DES],
	'macos-15': [...TLS13, ...GCM, ...ECDHE_CBC, 157, 156, 53, 47, ...TRIPLE_DES],
	'macos-26': [...TLS13_AES256_FIRST, ...GCM, ...ECDHE_CBC, 157, 156, 53, 47, ...TRIPLE_DES],
};

/** rsa_pss_rsae_sha384 really is listed twice. */
const SIGNATURE_ALGORITHMS = [1027, 2052, 1025, 1283, 2053, 2053, 1281, 2054, 1537, 513];
const WITH_ECDSA_SHA1 = [1027, 2052, 1025, 1283, 515, 2053, 2053, 1281, 2054, 1537, 513];

/** The `tls` section. */
export function safariTls(era: SafariTlsEra): EngineSection {
	const modern = era === 'macos-26';
	const hybrid = modern ? [4588] : [];
	const sha1 = era === 'macos-11' || era === 'macos-12';
	return {
		versions: [modern ? '1.2' : '1.0', '1.3'],
		grease: true,
		greaseSignatureAlgorithms: false,
		ciphers: CIPHERS[era],
		extensionOrder: { mode: 'fixed', order: [0, 23, 65281, 10, 11, 16, 5, 13, 18, 51, 45, 43, 44, 27, 21] },
		groups: [...hybrid, 29, 23, 24, 25],
		keyShares: [...hybrid, 29],
		signatureAlgorithms: sha1 ? WITH_ECDSA_SHA1 : SIGNATURE_ALGORITHMS,
		delegatedCredentials: null,
		recordSizeLimit: null,
		certificateCompression: era === 'macos-11' ? [] : ['zlib'],
		alpn: ['h2', 'http/1.1'],
		alps: null,
		trustAnchors: null,
		ech: null,
		statusRequest: true,
		signedCertificateTimestamps: true,
		extendedMasterSecret: true,
		renegotiationInfo: true,
		sessionTicket: false,
		pskKeyExchangeModes: [1],
		ecPointFormats: [0],
		paddingTo: modern ? null : 512,
		resumption: { tls13: true, tls12: false, sessionTicketWithPsk: false, earlyData: false, ticketUses: 0 },
		http1Only: { certificateCompression: true, alps: false },
	};
}
