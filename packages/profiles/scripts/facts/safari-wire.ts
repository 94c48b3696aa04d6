/** HTTP/2 and HTTP/1.1 of Apple's systems; eras in history/safari.ts. HPACK and thresholds were not captured. */
import type { EngineSection } from '../../src/types.ts';
import type { SafariHttp2Era } from '../history/safari.ts';

/** Receive window of a stream on the desktop up to 17; phones, tablets and later systems have half of it. */
const DESKTOP_WINDOW = 4_194_304;
const WINDOW = 2_097_152;

function settings(era: SafariHttp2Era, window: number): EngineSection[string] {
	switch (era) {
		case '16':
			return [
				[4, window],
				[3, 100],
			];
		case '17':
			return [
				[2, 0],
				[4, window],
				[3, 100],
			];
		case '18.0':
			return [
				[2, 0],
				[3, 100],
				[4, window],
				[8, 1],
				[9, 1],
			];
		default:
			return [
				[2, 0],
				[3, 100],
				[4, window],
				[9, 1],
			];
	}
}

/** The `http2` section. */
export function safariHttp2(era: SafariHttp2Era, desktop: boolean): EngineSection {
	const old = era === '16' || era === '17';
	const window = old && desktop ? DESKTOP_WINDOW : WINDOW;
	const connectionWindowIncrement = old ? 10_485_760 : 10_420_225;
	return {
		settings: settings(era, window),
		connectionWindowIncrement,
		streamWindowIncrement: 0,
		firstStreamId: 1,
		pseudoOrder: old ? ['method', 'scheme', 'path', 'authority'] : ['method', 'scheme', 'authority', 'path'],
		connectPseudoOrder: old
			? ['method', 'scheme', 'path', 'authority', 'protocol']
			: ['method', 'scheme', 'authority', 'path', 'protocol'],
		dependency: era === '26' ? 'none' : 'root',
		settingsAck: 'after-first-headers',
		maxDataFrame: 16_384,
		flowControl: {
			streamUpdateAbove: window / 2 - 1,
			connectionUpdateAbove: Math.floor(connectionWindowIncrement / 2),
			connectionFirst: true,
		},
		pingPayload: 'zero',
		pingBeforeRequestAfterIdleMs: null,
		// Not known of URLSession: no source says when it shares a connection, or what it does after 421.
		coalescing: 'none',
		misdirected: 'deliver',
		// Not known of URLSession either: no capture of a WebSocket next to a connection that allows it.
		webSocket: null,
		goAwayOnClose: true,
		hpack: {
			huffman: 'shorter',
			nameIndex: 'lowest',
			rules: [],
			cookie: 'crumbs',
			maxEntryDivisor: null,
			minTableSize: 0,
			maxTableSize: 4096,
			sizeUpdate: 'on-change',
		},
	};
}

export const safariHttp1: EngineSection = {
	leading: ['host'],
	drop: ['priority'],
	connection: 'keep-alive',
	forwardProxyConnection: null,
};
