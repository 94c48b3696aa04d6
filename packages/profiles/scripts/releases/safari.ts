/** Safari on macOS, iPhone and iPad. */
import type { ProfileDocument, ProfileProvenance } from '../../src/types.ts';
import { differences, provenanceOfRows } from '../facts/differences.ts';
import { type SafariAgent, safariHeaders } from '../facts/safari-headers.ts';
import { safariTls } from '../facts/safari-tls.ts';
import { safariHttp1, safariHttp2 } from '../facts/safari-wire.ts';
import {
	type SafariHeaderEra,
	type SafariHttp2Era,
	type SafariTlsEra,
	safariHeaderEras,
	safariHttp2Eras,
	safariTlsEras,
} from '../history/safari.ts';
import { SEEN } from './seen.ts';

type SafariRelease = {
	name: string;
	agent: SafariAgent;
	tls: SafariTlsEra;
	http2: SafariHttp2Era;
	headers: SafariHeaderEra;
	/** Signature of this very release in curl-impersonate, if there is one. */
	published?: string;
	/** What else there is to say. */
	note?: string;
};

const mac = (version: string): SafariAgent => ({ version, device: 'mac' });
const iphone = (version: string, system: string): SafariAgent => ({ version, device: 'iphone', system });
const ipad = (version: string, system: string): SafariAgent => ({ version, device: 'ipad', system });

const ON_MACOS_15 =
	'Safari 26 on macOS 15 keeps the TLS and HTTP/2 of that system (wreq-util); on macOS 26 it speaks like safari_26';
const FROZEN = 'since Safari 26 the user agent names iOS 18_6 or 18_7 (wreq-util iPad, impit); 26_0 is not believed';
const TABLET = 'an iPad says so only when it asks for mobile pages; by default its user agent is that of a Mac';

const NOW = { tls: 'macos-26', http2: '26', headers: '18' } as const;
const SEQUOIA = { tls: 'macos-15', http2: '18.4', headers: '18' } as const;
const EARLY_18 = { tls: 'macos-12', http2: '18.0', headers: '18' } as const;
const SONOMA = { tls: 'macos-12', http2: '17', headers: '17' } as const;

/** Newest first within each device. */
const RELEASES: readonly SafariRelease[] = [
	{ name: 'safari_26.4', agent: mac('26.4'), ...SEQUOIA, note: ON_MACOS_15 },
	{ name: 'safari_26.3', agent: mac('26.3'), ...SEQUOIA, note: ON_MACOS_15 },
	{ name: 'safari_26.2', agent: mac('26.2'), ...SEQUOIA, note: ON_MACOS_15 },
	{ name: 'safari_26.1', agent: mac('26.1'), ...SEQUOIA, note: ON_MACOS_15 },
	{ name: 'safari_26', agent: mac('26.0'), ...NOW, published: '26.0 and 26.0.1 on macOS' },
	{ name: 'safari_18.5', agent: mac('18.5'), ...SEQUOIA },
	{ name: 'safari_18.4', agent: mac('18.4'), ...SEQUOIA, published: '18.4 on macOS' },
	{ name: 'safari_18.3.1', agent: mac('18.3.1'), ...EARLY_18, tls: 'macos-15' },
	{ name: 'safari_18.3', agent: mac('18.3'), ...EARLY_18, tls: 'macos-15' },
	{ name: 'safari_18.2', agent: mac('18.2'), ...EARLY_18, tls: 'macos-15' },
	{ name: 'safari_18', agent: mac('18.0'), ...EARLY_18, published: '18.0 on macOS' },
	{ name: 'safari_17.6', agent: mac('17.6'), ...SONOMA },
	{ name: 'safari_17.5', agent: mac('17.5'), ...SONOMA },
	{ name: 'safari_17.4.1', agent: mac('17.4.1'), ...SONOMA },
	{
		name: 'safari_17.2.1',
		agent: mac('17.2.1'),
		...SONOMA,
		note: 'user agent says 17.2.1; wreq-util has Version/16.0 here, not believed',
	},
	{ name: 'safari_17.0', agent: mac('17.0'), ...SONOMA, published: '17.0 on macOS' },
	{ name: 'safari_16.5', agent: mac('16.5'), tls: 'macos-12', http2: '16', headers: '17' },
	{ name: 'safari_16', agent: mac('16.0'), tls: 'macos-12', http2: '16', headers: '15' },
	{ name: 'safari_15.6.1', agent: mac('15.6.1'), tls: 'macos-12', http2: '16', headers: '15' },
	{
		name: 'safari_15.5',
		agent: mac('15.5'),
		tls: 'macos-12',
		http2: '16',
		headers: '15',
		published: '15.5 on macOS 12.4',
	},
	{
		name: 'safari_15.3',
		agent: mac('15.3'),
		tls: 'macos-11',
		http2: '16',
		headers: '15',
		published: '15.3 on macOS 11.6.4',
		note: 'accept-language of that capture is the single tag en-us; here it has weights like later releases',
	},
	{ name: 'safari_ios_26.2', agent: iphone('26.2', '18_7'), ...NOW, note: FROZEN },
	{ name: 'safari_ios_26', agent: iphone('26.0', '18_6'), ...NOW, note: FROZEN },
	{ name: 'safari_ios_18.4', agent: iphone('18.4', '18_4'), ...SEQUOIA, published: '18.4 on iOS' },
	{ name: 'safari_ios_18.1.1', agent: iphone('18.1.1', '18_1_1'), ...EARLY_18 },
	{ name: 'safari_ios_18', agent: iphone('18.0', '18_0'), ...EARLY_18, published: '18.0 on iOS' },
	{ name: 'safari_ios_17.4.1', agent: iphone('17.4.1', '17_4_1'), ...SONOMA },
	{ name: 'safari_ios_17.2', agent: iphone('17.2', '17_2'), ...SONOMA, published: '17.2 on iOS' },
	{ name: 'safari_ios_16.5', agent: iphone('16.5', '16_5'), tls: 'macos-12', http2: '16', headers: '17' },
	{ name: 'safari_ipad_26.2', agent: ipad('26.2', '18_7'), ...NOW, note: `${FROZEN}; ${TABLET}` },
	{ name: 'safari_ipad_26', agent: ipad('26.0', '18_6'), ...NOW, note: `${FROZEN}; ${TABLET}` },
	{ name: 'safari_ipad_18', agent: ipad('18.0', '18_0'), ...EARLY_18, note: TABLET },
];

function provenance({ agent, tls, http2, headers, published, note }: SafariRelease): ProfileProvenance[] {
	const signature: ProfileProvenance[] =
		published === undefined
			? []
			: [
					{
						facts: 'tls, http2 settings from 17 on, fields of a navigation',
						source: `curl-impersonate signature of Safari ${published} (real browser)`,
						date: SEEN,
					},
				];
	return [
		...signature,
		{ facts: 'tls', source: safariTlsEras[tls], date: SEEN },
		{ facts: 'http2 settings, window, pseudo-header order', source: safariHttp2Eras[http2], date: SEEN },
		{ facts: 'fields of a navigation', source: safariHeaderEras[headers], date: SEEN },
		{
			facts: 'hpack, flow control, priorities and field orders of other requests, http1, resumption',
			source: 'derived: no capture; thresholds are half of the window, orders are those of the navigation',
		},
		provenanceOfRows('user agent', [differences.safari.systems[agent.device]]),
		provenanceOfRows('accept-language of other locales', [differences.languages.safari]),
		...(note === undefined ? [] : [{ facts: 'remark', source: note }]),
	];
}

function safari(release: SafariRelease): ProfileDocument {
	const { name, agent } = release;
	const desktop = agent.device === 'mac';
	return {
		schema: 1,
		name,
		browser: desktop ? 'safari' : agent.device === 'ipad' ? 'safari_ipad' : 'safari_ios',
		version: agent.version,
		os: [desktop ? 'macos' : 'ios'],
		verified: release.published === undefined ? 'derived' : 'public-capture',
		provenance: provenance(release),
		tls: safariTls(release.tls),
		http2: safariHttp2(release.http2, desktop),
		http1: safariHttp1,
		headers: safariHeaders(release.headers, agent),
	};
}

/** Every release of the table. */
export function safariReleases(): ProfileDocument[] {
	return RELEASES.map(safari);
}
