/** HTTP/2 and HTTP/1.1 of the Chromium family (captures/chromium-156-linux.json; knobs: wire::http2::Http2Policy). */
import type { EngineSection } from '../../src/types.ts';

/** HTTP/2 bytes; the same since the release that dropped MAX_CONCURRENT_STREAMS from SETTINGS. */
export const chromiumHttp2: EngineSection = {
	settings: [
		[1, 65_536],
		[2, 0],
		[4, 6_291_456],
		[6, 262_144],
	],
	connectionWindowIncrement: 15_663_105,
	streamWindowIncrement: 0,
	firstStreamId: 1,
	pseudoOrder: ['method', 'authority', 'scheme', 'path'],
	connectPseudoOrder: ['method', 'authority', 'scheme', 'path', 'protocol'],
	dependency: 'latest-same-or-higher',
	settingsAck: 'after-first-headers',
	maxDataFrame: 16_375,
	flowControl: { streamUpdateAbove: 3_145_728, connectionUpdateAbove: 7_864_320, connectionFirst: true },
	pingPayload: 'odd-counter',
	pingBeforeRequestAfterIdleMs: 10_000,
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
};
