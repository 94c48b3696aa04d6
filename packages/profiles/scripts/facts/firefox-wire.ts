/** HTTP/2 and HTTP/1.1 of the Firefox family (captures/firefox-153-linux.json; knobs: wire::http2::Http2Policy). */
import type { EngineSection } from '../../src/types.ts';
import type { FirefoxFacts } from '../history/firefox.ts';

/** The tree of idle streams: leaders, others, background, speculative, followers, urgent start. */
const IDLE_STREAMS = [
	{ stream: 3, dependsOn: 0, weight: 201, exclusive: false },
	{ stream: 5, dependsOn: 0, weight: 101, exclusive: false },
	{ stream: 7, dependsOn: 0, weight: 1, exclusive: false },
	{ stream: 9, dependsOn: 7, weight: 1, exclusive: false },
	{ stream: 11, dependsOn: 3, weight: 1, exclusive: false },
	{ stream: 13, dependsOn: 0, weight: 241, exclusive: false },
];

/** HTTP/2 of a release. */
export function firefoxHttp2(facts: FirefoxFacts): EngineSection {
	const { headerTableSize, initialWindow, pushRefused, idleStreams } = facts;
	const push = pushRefused ? [[2, 0]] : [];
	const tree = { firstStreamId: 15, dependency: 'priority-frame-of-rank', priorityFrames: IDLE_STREAMS };
	return {
		settings: [[1, headerTableSize], ...push, [4, initialWindow], [5, 16_384]],
		...behaviour,
		// The window of a stream is 12 MiB whatever SETTINGS say.
		streamWindowIncrement: WINDOW - initialWindow,
		...(idleStreams ? tree : {}),
	};
}

/** Receive window of a stream after its WINDOW_UPDATE. */
const WINDOW = 12_582_912;

const behaviour: EngineSection = {
	connectionWindowIncrement: 12_517_377,
	streamWindowIncrement: 12_451_840,
	firstStreamId: 3,
	pseudoOrder: ['method', 'path', 'authority', 'scheme'],
	connectPseudoOrder: ['method', 'path', 'authority', 'scheme', 'protocol'],
	dependency: 'root',
	settingsAck: 'after-first-headers',
	maxDataFrame: 16_000,
	// Seen with Firefox 153: bodies of 1,500 to 100,000 bytes by fetch() and XHR, with short and long heads, on open connections and
	// new ones.
	uploadReads: { first: 2048, opening: 32_016, read: 32_016, buffer: 32_768 },
	// Seen with Firefox 153: bodies of calls of one turn, 3 of 3 draws of eight plans.
	bodyBehindHead: 32_768,
	// The same where the calls wait for a connection, a new one or another host's: 16 of 16 draws of four plans.
	bodyBehindWaitingHead: 32_768,
	flowControl: { streamUpdateAbove: 4_194_303, connectionUpdateAbove: 4_194_303, connectionFirst: false },
	pingPayload: 'zero',
	pingBeforeRequestAfterIdleMs: null,
	// Seen with Firefox 153: a request to another host of the certificate, and answers of 421.
	coalescing: 'same-address',
	// Seen with Firefox 153: 1, 2, 6 and 10 requests at once to a new origin.
	dialsWhileUnknown: 'each',
	// Seen with Firefox 153: fetch() with and without credentials (nsHttpConnectionMgr::GetOrCreateConnectionEntry).
	anonymousApart: true,
	misdirected: 'retry-on-new',
	// Seen with Firefox 153: 408 after 0, 20 and 1500 ms; over HTTP/1.1 too.
	repeatTimeouts: true,
	// Seen with Firefox 153 (docs/internals/websocket.md).
	webSocket: { connection: 'negotiated', oneAtATime: 'all', endsStream: false },
	// Seen with Firefox 153 (docs/internals/http2.md).
	answers: { mergeLengths: true, lastStatus: true },
	emptyBodyApart: true,
	goAwayOnClose: true,
	hpack: {
		huffman: 'always',
		nameIndex: 'highest',
		rules: [
			{ name: ':path', representation: 'literal' },
			{ name: 'cookie', shorterThan: 20, representation: 'never-indexed' },
			{ name: 'authorization', representation: 'never-indexed' },
		],
		cookie: 'crumbs',
		maxEntryDivisor: 2,
		minTableSize: 128,
		maxTableSize: 65_536,
		sizeUpdate: 'on-setting',
	},
};

export const firefoxHttp1: EngineSection = {
	leading: ['host'],
	drop: ['te'],
	connection: 'keep-alive',
	// These place Connection in lists without the mark of docs/internals/seams.md (see docs/internals/http1.md).
	connectionBefore: ['cookie', 'upgrade-insecure-requests', 'sec-fetch-dest', 'sec-fetch-mode', 'priority'],
	connectionStepsOver: {
		fields: ['referer'],
		unless: [
			[
				{ field: 'sec-fetch-dest', anyOf: ['empty'] },
				{ field: 'priority', anyOf: ['u=4', 'u=5'] },
				{ field: 'accept', noneOf: ['text/event-stream'] },
			],
			[
				{ field: 'sec-fetch-dest', anyOf: ['font'] },
				{ field: 'priority', anyOf: ['u=2'] },
			],
		],
	},
	contentLengthAfter: ['content-type'],
	contentLengthBefore: ['origin'],
	forwardProxyConnection: null,
	requestTimeout: 'retry-if-slow',
	// 48 of 48 runs with Firefox 153, three free connections.
	reuses: 'most-read',
	// Seen with Firefox 153: bodies of 1 to 100,000 bytes, text and files.
	bodyJoinsHead: true,
	connectFields: [
		['User-Agent', null],
		['Proxy-Connection', 'keep-alive'],
		['Connection', 'keep-alive'],
		['Host', null],
	],
	// Seen with Firefox 153 (docs/internals/http1.md).
	answers: {
		keepFoldBlanks: true,
		dropReasonOfHttp2: true,
		mergeLengths: true,
		checkLengthsOfChunked: true,
		unannouncedCodings: 'skip',
	},
};
