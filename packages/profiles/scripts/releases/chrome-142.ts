/** Google Chrome 142 (stable 2025-10-28 to 2025-12-02), from published captures. */
import type { ProfileDocument } from '../../src/types.ts';
import { chrome } from '../families/chrome.ts';

const BUILD = '142.0.7444.175';
const SEEN = '2026-11-23';

export function chrome142(): ProfileDocument {
	return chrome({
		major: 142,
		build: BUILD,
		os: ['windows', 'macos', 'linux', 'android'],
		verified: 'public-capture',
		brand: 'google-chrome',
		provenance: [
			{
				facts: 'tls, http2 settings',
				source:
					'published captures of Chrome 142 to 144: JA4 t13d1516h2_8daaf6152771_d8a2da3f94cd, JA3n 8e19337e7524d2573be54efb2b0784c9, Akamai 52d84b11737d980aef856699f885ca86; no ML-DSA, no GREASE in signature_algorithms, no trust_anchors',
				build: BUILD,
				date: SEEN,
			},
			{
				facts: 'sec-ch-ua, sec-fetch-storage-access, user agents',
				source: 'published request logs of Chrome 142 on Windows; brand list also computed from the major version',
				build: BUILD,
				date: SEEN,
			},
			{
				facts: 'accept without image/jxl',
				source: 'published request logs of Chrome 133 to 149',
				date: SEEN,
			},
			{
				facts: 'field order, hpack, priorities, flow control, http1',
				source: 'derived: unchanged between published orders of 142 and captures/chromium-156-linux.json',
				date: SEEN,
			},
		],
	});
}
