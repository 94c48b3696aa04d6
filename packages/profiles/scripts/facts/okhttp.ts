/**
 * OkHttp on Android: its own HTTP (source of square/okhttp: Http2Connection, Hpack, BridgeInterceptor) over the TLS of
 * Conscrypt, Android's BoringSSL, with the cipher suites of OkHttp's ConnectionSpec.
 */
import type { EngineSection, HeadersSection, KindRecord } from '../../src/types.ts';
import { plainKinds } from './plain-kinds.ts';

/** Cipher suites as a release of OkHttp and its platform offer them, in wire order. */
export type OkHttpCiphers = readonly number[];

/** The `tls` section. `current`: Conscrypt of 2026, with X25519MLKEM768 and without padding. Without TLS 1.3 suites the hello has none of its extensions. */
export function okhttpTls(ciphers: OkHttpCiphers, current: boolean): EngineSection {
	const tls13 = ciphers.includes(4865);
	const hybrid = current ? [4588] : [];
	return {
		versions: ['1.2', tls13 ? '1.3' : '1.2'],
		grease: false,
		greaseSignatureAlgorithms: false,
		ciphers: [...ciphers],
		extensionOrder: { mode: 'fixed', order: [0, 23, 65281, 10, 11, 35, 16, 5, 13, 51, 45, 43, 44, 21] },
		groups: [...hybrid, 29, 23, 24],
		keyShares: [...hybrid, 29],
		signatureAlgorithms: [1027, 2052, 1025, 1283, 2053, 1281, 2054, 1537, 513],
		delegatedCredentials: null,
		recordSizeLimit: null,
		certificateCompression: [],
		alpn: ['h2', 'http/1.1'],
		alps: null,
		trustAnchors: null,
		ech: null,
		statusRequest: true,
		signedCertificateTimestamps: false,
		extendedMasterSecret: true,
		renegotiationInfo: true,
		sessionTicket: true,
		pskKeyExchangeModes: tls13 ? [1] : null,
		ecPointFormats: [0],
		paddingTo: current ? null : 512,
		resumption: { tls13, tls12: true, sessionTicketWithPsk: true, earlyData: false, ticketUses: 0 },
		http1Only: { certificateCompression: true, alps: false },
	};
}

/** Http2Connection: OKHTTP_CLIENT_WINDOW_SIZE. Credit is returned when half of it is used. */
const WINDOW = 16_777_216;

/** The `http2` section. `retriesMisdirected`: since 4.4. */
export function okhttpHttp2(retriesMisdirected: boolean): EngineSection {
	return { ...http2Behaviour, misdirected: retriesMisdirected ? 'retry-if-shared' : 'deliver' };
}

const http2Behaviour: EngineSection = {
	settings: [[4, WINDOW]],
	connectionWindowIncrement: WINDOW - 65_535,
	streamWindowIncrement: 0,
	// Stream 1 is left to an upgrade from HTTP/1.1.
	firstStreamId: 3,
	pseudoOrder: ['method', 'path', 'authority', 'scheme'],
	connectPseudoOrder: ['method', 'path', 'authority', 'scheme', 'protocol'],
	dependency: 'none',
	settingsAck: 'after-first-headers',
	maxDataFrame: 16_384,
	flowControl: { streamUpdateAbove: WINDOW / 2 - 1, connectionUpdateAbove: WINDOW / 2 - 1, connectionFirst: true },
	pingPayload: 'zero',
	pingBeforeRequestAfterIdleMs: null,
	// RealConnection.isEligible, alike in 3.9.0, 3.14.0, 4.10.0 and 5.x: HTTP/2, no proxy, one address in common, the
	// certificate names the host.
	coalescing: 'same-address',
	// RealWebSocket.connect offers HTTP/1.1 only.
	webSocket: null,
	goAwayOnClose: false,
	hpack: {
		huffman: 'shorter',
		nameIndex: 'lowest',
		// Hpack.Writer: pseudo-header fields except :authority are never added to the table.
		rules: [
			{ name: ':method', representation: 'indexed-or-literal' },
			{ name: ':path', representation: 'indexed-or-literal' },
			{ name: ':scheme', representation: 'indexed-or-literal' },
		],
		cookie: 'whole',
		maxEntryDivisor: null,
		minTableSize: 0,
		maxTableSize: 16_384,
		sizeUpdate: 'on-change',
	},
};

export const okhttpHttp1: EngineSection = {
	// BridgeInterceptor adds Host and Connection after the caller's fields; the engine needs Host in front.
	leading: ['host'],
	drop: [],
	connection: 'Keep-Alive',
	forwardProxyConnection: null,
	// RealRoutePlanner.createTunnelRequest (5.x; 4.12 alike); its User-Agent is OkHttp's own, also where the caller has set another.
	connectFields: [
		['Host', null],
		['Proxy-Connection', 'Keep-Alive'],
		['User-Agent', null],
	],
};

const OWN = ['accept-encoding', 'connection', 'content-length', 'content-type', 'cookie', 'host', 'user-agent'];

/** A library has no documents and sub-resources: every kind is the caller's fields and the four of BridgeInterceptor. */
function kinds(): Record<string, KindRecord> {
	const names = { documentTemplate: 'request', pageTemplate: 'request', document: 'none', page: 'none', sub: 'none' };
	return Object.fromEntries(
		Object.entries(plainKinds(names)).map(([name, kind]) => {
			const socket = name.startsWith('websocket');
			const fixed = { connection: 'Keep-Alive' };
			const bare: KindRecord = {
				template: socket ? 'websocket' : 'request',
				priority: 'none',
				spelling: 'typed',
				fixed,
			};
			if (kind.method !== undefined) bare.method = kind.method;
			if (socket) bare.fixed = { 'sec-websocket-version': '13', 'sec-websocket-extensions': 'permessage-deflate' };
			if (name === 'websocket') bare.fixed = { ...bare.fixed, upgrade: 'websocket', connection: 'Upgrade' };
			return [name, bare];
		}),
	);
}

/** The `headers` section. */
export function okhttpHeaders(version: string): HeadersSection {
	return {
		platforms: { android: { userAgent: `okhttp/${version}` } },
		spelling: { lower: [], special: [], own: OWN },
		accept: {},
		acceptEncoding: { secure: 'gzip', plain: 'gzip' },
		acceptLanguage: { default: 'en-US', quality: 'tenths' },
		cacheModes: {},
		conditionalCache: null,
		thirdPartyCookies: { normally: 'sent', storageAccess: { sent: null } },
		separateAnonymous: false,
		separateSites: false,
		separateThirdParty: false,
		te: null,
		clientHints: null,
		priorities: { none: { weight: 16, exclusive: false, rank: 0 } },
		templates: {
			request: [
				{ caller: true, except: OWN },
				'content-type',
				'content-length',
				'content-length:empty',
				'connection',
				'accept-encoding',
				'cookie',
				'user-agent',
			],
			websocket: [
				{ caller: true, except: OWN },
				'upgrade',
				'connection',
				'sec-websocket-key',
				'sec-websocket-version',
				'sec-websocket-extensions',
				'sec-websocket-protocol',
				'accept-encoding',
				'cookie',
				'user-agent',
			],
		},
		kinds: kinds(),
		form: {
			// MultipartBody.Builder: UUID.randomUUID().
			boundary: { prefix: '', uuid: true },
			escape: [
				['\n', '%0A'],
				['\r', '%0D'],
				['"', '%22'],
			],
			defaultFileType: 'application/octet-stream',
		},
	};
}
