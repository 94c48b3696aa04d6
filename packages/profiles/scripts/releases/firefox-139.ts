/** Firefox 139 (stable 2025-05-27 to 2025-06-24), from published captures. */
import type { ProfileDocument } from '../../src/types.ts';
import { firefox } from '../families/firefox.ts';

const SEEN = '2026-11-23';

export function firefox139(): ProfileDocument {
	return firefox({
		major: 139,
		os: ['windows', 'macos', 'linux', 'android'],
		verified: 'public-capture',
		provenance: [
			{
				facts: 'tls, http2 settings',
				source:
					'published captures of Firefox 135 to 147: JA4 t13d1717h2_5b57614c22b0_3cbfd9057e0d (17 ciphers, with c009), Akamai 1:65536;2:0;4:131072;5:16384|12517377|0|m,p,a,s',
				date: SEEN,
			},
			{
				facts: 'accept, accept-language with q=0.5, multipart boundary',
				source: 'published request logs of Firefox 135, 139 and 140 (q=0.9 is in those of 147)',
				date: SEEN,
			},
			{
				facts: 'no sec-fetch-storage-access',
				source: 'mdn/browser-compat-data: Firefox preview only at that time',
				date: SEEN,
			},
			{
				facts: 'field order, hpack, ech payload, stream windows, resumption, http1',
				source: 'derived: captures/firefox-153-linux.json',
				date: SEEN,
			},
		],
	});
}
