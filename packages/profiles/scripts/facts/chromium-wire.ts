/** HTTP/2 and HTTP/1.1 of the Chromium family (captures/chromium-156-linux.json; knobs: wire::http2::Http2Policy). */
import type { EngineSection } from '../../src/types.ts';
import type { ChromiumFacts } from '../history/chromium.ts';

/** Settings and their values, wire order. Server push was refused first (2), then its limit (3) was dropped. */
function settings({ pushSettings }: Pick<ChromiumFacts, 'pushSettings'>): EngineSection[string] {
	const push = {
		limit: [[3, 1000]],
		'refused-and-limit': [
			[2, 0],
			[3, 1000],
		],
		refused: [[2, 0]],
	}[pushSettings];
	return [[1, 65_536], ...push, [4, 6_291_456], [6, 262_144]];
}

/** HTTP/2 bytes; nothing but SETTINGS is known to have changed since 100. */
export function chromiumHttp2(facts: Pick<ChromiumFacts, 'pushSettings'>): EngineSection {
	return { settings: settings(facts), ...http2Behaviour };
}

const http2Behaviour: EngineSection = {
	connectionWindowIncrement: 15_663_105,
	streamWindowIncrement: 0,
	firstStreamId: 1,
	pseudoOrder: ['method', 'authority', 'scheme', 'path'],
	connectPseudoOrder: ['method', 'authority', 'scheme', 'path', 'protocol'],
	dependency: 'latest-same-or-higher',
	settingsAck: 'after-first-headers',
	maxDataFrame: 16_375,
	// Seen with Chromium 156: bodies of 1 to 50,000 bytes of calls of one turn (36 of 36 draws of two, most of five).
	bodyBehindHead: 65_535,
	// Where they wait for a connection, a new one or another host's, all heads go first: of two calls 61 of 75 draws, of three
	// 21 of 38; else the first with its body, or each.
	bodyBehindWaitingHead: 0,
	// Seen with Chromium 156: bodies of 20 to 200 kB (text, Blob, forms) through windows of 1,000, 10,000 and 65,535 bytes, 24 of 24.
	bodyBuffer: 16_375,
	flowControl: {
		streamUpdateAbove: 3_145_728,
		connectionUpdateAbove: 7_864_320,
		connectionFirst: true,
		readSize: 8_192,
	},
	pingPayload: 'odd-counter',
	pingBeforeRequestAfterIdleMs: 10_000,
	// Seen with Chromium 156: a request to another host of the certificate, and answers of 421.
	coalescing: 'same-address',
	// Seen with Chromium 156: 1, 2, 6 and 10 requests at once to a new origin.
	dialsWhileUnknown: 'each',
	misdirected: 'retry-on-own',
	// Seen with Chromium 156 (docs/internals/websocket.md).
	webSocket: { connection: 'open', oneAtATime: 'own-connections', endsStream: true },
	// Seen with Chromium 156; HttpCache::Transaction and HttpNetworkTransaction, which let go of the answer as they read it.
	resetEnded: true,
	// Seen with Chromium 156 (docs/internals/http2.md).
	answers: { refuseControls: true, anyStatus: true, skipPseudoFields: true },
	goAwayOnClose: false,
	hpack: {
		huffman: 'shorter',
		nameIndex: 'lowest',
		rules: [
			{ name: ':method', representation: 'indexed-or-literal' },
			{ name: ':scheme', representation: 'indexed-or-literal' },
			{ name: ':path', representation: 'indexed-or-literal' },
			{ name: ':protocol', representation: 'indexed-or-literal' },
		],
		cookie: 'crumbs',
		maxEntryDivisor: null,
		minTableSize: 0,
		maxTableSize: 65_536,
		sizeUpdate: 'on-change',
	},
};

export const chromiumHttp1: EngineSection = {
	leading: ['host', 'connection', 'content-length'],
	drop: ['priority'],
	connection: 'keep-alive',
	forwardProxyConnection: 'Proxy-Connection',
	connectFields: [
		['Host', null],
		['Proxy-Connection', 'keep-alive'],
		['User-Agent', null],
	],
	requestTimeout: 'retry-if-reused',
	// Seen with Chromium 156 (docs/internals/http1.md); HttpResponseHeaders::ParseStatusLine.
	answers: { blankBeforeColon: true, statusLine: 'any', refuseInterimOfProxy: true, unannouncedCodings: 'refuse' },
};
