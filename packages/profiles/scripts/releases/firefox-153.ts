/** Firefox ESR 153 as captured on Linux. */
import type { ProfileDocument } from '../../src/types.ts';
import { readCapture } from '../capture.ts';
import { firefox } from '../families/firefox.ts';

export function firefox153(): ProfileDocument {
	const { version } = readCapture('firefox-153-linux').meta;
	return firefox({
		major: 153,
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
	});
}
