/** DNS of the Firefox family, measured with Firefox 153 (docs/internals/dns.md). */
import type { EngineSection } from '../../src/types.ts';

export const firefoxDns: EngineSection = {
	records: {
		plain: { wait: { mode: 'none' }, upgrades: 'never' },
		overHttps: { wait: { mode: 'answer' }, upgrades: 'service' },
		followsPort: true,
	},
	alwaysAsksIpv6: true,
	overHttps: {
		post: false,
		fields: [
			['accept', 'application/dns-message'],
			['accept-encoding', ''],
			['pragma', 'no-cache'],
			['cache-control', 'no-cache'],
			['te', 'trailers'],
		],
		priority: { weight: 22, exclusive: false, rank: 0 },
		payloadSize: 4096,
		// Client subnet of no bits: the server is not to tell others where the question is from (RFC 7871).
		options: [[8, '00010000']],
	},
};
