/** Firefox ESR 153 as captured on Linux. */
import type { ProfileDocument } from '../../src/types.ts';
import { readCapture } from '../capture.ts';
import { firefoxHeaders } from '../facts/firefox-headers.ts';
import { firefoxHttp1, firefoxHttp2 } from '../facts/firefox-wire.ts';
import { tlsSection } from '../tls-facts.ts';

export function firefox153(): ProfileDocument {
	const capture = readCapture('firefox-153-linux');
	const { version } = capture.meta;
	return {
		schema: 1,
		name: 'firefox_153',
		browser: 'firefox',
		version: '153',
		os: ['linux', 'windows', 'macos', 'android'],
		verified: 'live',
		provenance: [
			{
				facts: 'tls, http2, http1, headers on Linux',
				source: 'captures/firefox-153-linux.json (Firefox ESR, Debian 12 package)',
				build: version,
				date: '2026-11-23',
			},
			{
				facts: 'placement of page headers',
				source: 'captures/fetch_header_order.json',
				build: version,
				date: '2026-11-23',
			},
			{ facts: 'user agents of other systems', source: 'derived: Gecko user agent rules' },
		],
		tls: tlsSection(capture, {
			ech: { aeads: [1, 3, 3, 3], payloadLengths: [239], payloadLengthsResumed: [527] },
			resumption: { tls13: true, tls12: true, sessionTicketWithPsk: false, earlyData: true, ticketUses: 1 },
			http1Only: { certificateCompression: false, alps: false },
		}),
		http2: firefoxHttp2,
		http1: firefoxHttp1,
		headers: firefoxHeaders({
			major: 153,
			languageQuality: 'tenths',
			boundary: { prefix: '----geckoformboundary', alphabet: '0123456789abcdef', length: 32, unpaddedHex: true },
			acceptDocument: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
			acceptImage: 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
			storageAccess: true,
			priority: true,
		}),
	};
}
