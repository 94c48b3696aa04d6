/** Chromium 156 as captured on Linux. */
import type { ProfileDocument } from '../../src/types.ts';
import { readCapture } from '../capture.ts';
import { chromiumHeaders } from '../facts/chromium-headers.ts';
import { chromiumHttp1, chromiumHttp2 } from '../facts/chromium-wire.ts';
import { tlsSection } from '../tls-facts.ts';

export function chrome156(): ProfileDocument {
	const capture = readCapture('chromium-156-linux');
	const { version } = capture.meta;
	return {
		schema: 1,
		name: 'chrome_156',
		browser: 'chrome',
		version: '156',
		os: ['linux', 'windows', 'macos', 'android'],
		verified: 'live',
		provenance: [
			{
				facts: 'tls, http2, http1, headers on Linux',
				source: 'captures/chromium-156-linux.json (Chromium, Debian 12 package)',
				build: version,
				date: '2026-11-23',
			},
			{
				facts: 'placement of page headers',
				source: 'captures/fetch_header_order.json; Chromium source, platform/wtf',
				build: version,
				date: '2026-11-23',
			},
			{
				facts: 'user agents and hints of other systems, Google Chrome brand',
				source: 'derived: Chromium user_agent_utils rules, user-agent reduction',
			},
		],
		tls: tlsSection(capture, {
			ech: { aeads: [1], payloadLengths: [144, 176, 208, 240], payloadLengthsResumed: null },
			resumption: { tls13: true, tls12: true, sessionTicketWithPsk: true, earlyData: false, ticketUses: 0 },
			http1Only: { certificateCompression: true, alps: false },
		}),
		http2: chromiumHttp2,
		http1: chromiumHttp1,
		headers: chromiumHeaders({
			major: 156,
			build: version,
			// The capture is of Chromium; Google's build adds its own brand.
			brands: [{ key: 'chromium' }, { key: 'google-chrome', name: 'Google Chrome', storageAccess: 'active' }],
			defaultBrand: 'chromium',
			jxl: true,
			storageAccess: true,
		}),
	};
}
