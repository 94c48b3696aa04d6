/** DNS of the Chromium family, measured with Chromium 156 (docs/internals/dns.md). */
import type { EngineSection } from '../../src/types.ts';

/** Waits for a fifth of the time that the addresses took; Chromium's limits of 5 and 50 ms. */
const use = { wait: { mode: 'share', percent: 20, minMs: 5, maxMs: 50 }, upgrades: 'any' };

export const chromiumDns: EngineSection = {
	records: { plain: use, overHttps: use, followsPort: false },
	overHttps: {
		post: true,
		fields: [
			['content-length', ''],
			['accept', 'application/dns-message'],
			['accept-language', '*'],
			['user-agent', 'Chrome'],
			['accept-encoding', 'identity'],
			['content-type', 'application/dns-message'],
			['priority', 'u=4, i'],
		],
		priority: { weight: 110, exclusive: true, rank: 4 },
		payloadSize: 4096,
	},
};
