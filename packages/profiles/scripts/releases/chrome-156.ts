/** Chromium 156 as captured on Linux. */
import type { ProfileDocument } from '../../src/types.ts';
import { readCapture } from '../capture.ts';
import { chrome } from '../families/chrome.ts';

export function chrome156(): ProfileDocument {
	const { version } = readCapture('chromium-156-linux').meta;
	return chrome({
		major: 156,
		build: version,
		os: ['linux', 'windows', 'macos', 'android'],
		verified: 'live',
		// The capture is of Chromium; Google's build adds its own brand.
		brand: 'chromium',
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
	});
}
