/** Microsoft Edge. */
import type { ProfileDocument, ProfileProvenance } from '../../src/types.ts';
import { brandFacts } from '../facts/brands.ts';
import { differences } from '../facts/differences.ts';
import { chromium } from '../families/chromium.ts';
import { edgeChanges } from '../history/chromium-products.ts';
import { chromiumBuild } from './chromium-builds.ts';
import { SEEN } from './seen.ts';

/**
 * Edge's own builds, for `sec-ch-ua-full-version-list` (sent only to origins that ask), newest first. Seen published: 101,
 * 146, 147, 148. The others are recalled, not looked up: of that release, maybe not a build that was shipped to all.
 */
const BUILDS: ReadonlyArray<readonly [major: number, build: string]> = [
	[148, '148.0.3967.54'],
	[147, '147.0.3912.51'],
	[146, '146.0.3856.109'],
	[145, '145.0.3800.97'],
	[144, '144.0.3719.115'],
	[143, '143.0.3650.139'],
	[142, '142.0.3595.94'],
	[141, '141.0.3537.99'],
	[140, '140.0.3485.94'],
	[139, '139.0.3405.125'],
	[138, '138.0.3351.121'],
	[137, '137.0.3296.93'],
	[136, '136.0.3240.92'],
	[135, '135.0.3179.98'],
	[134, '134.0.3124.95'],
	[131, '131.0.2903.146'],
	[127, '127.0.2651.105'],
	[122, '122.0.2365.92'],
	[101, '101.0.1210.47'],
];

/** First release whose own version is reduced in the user agent, too (curl-impersonate: 118 is not, 119 is). */
const REDUCED_SINCE = 119;

function provenance(major: number): ProfileProvenance[] {
	if (major === 101) {
		return [
			{
				facts: 'tls, fields of a navigation on Windows',
				source: 'curl-impersonate signature of Edge 101 (real browser)',
				build: '101.0.1210.47',
				date: SEEN,
			},
		];
	}
	return [
		{
			facts: 'tls, http2 settings, fields of a navigation',
			source: 'derived: Chrome of the same number and the differences below (Edge 98 to 120 were published)',
			date: SEEN,
		},
		{
			facts: 'user agent',
			source: 'Edg/<major>.0.0.0 as in Edge 119 and 120; wreq-util has full versions in 146 and 147, not believed',
		},
		{
			facts: 'brand list',
			source: 'computed from the Chromium release; wreq-util repeats older made-up brands in 135 to 146, not believed',
		},
	];
}

function edge(major: number, build: string): ProfileDocument {
	const version = major < REDUCED_SINCE ? build : `${major}.0.0.0`;
	return chromium({
		name: `edge_${major}`,
		browser: 'edge',
		version: String(major),
		major,
		// Edge 101 was captured with the build of Chromium that it contains.
		build: major === 101 ? '101.0.4951.64' : chromiumBuild(major),
		os: ['windows', 'macos', 'linux'],
		verified: major === 101 ? 'public-capture' : 'derived',
		provenance: provenance(major),
		brands: [brandFacts('edge', { major: String(major), full: build })],
		brand: 'edge',
		userAgentSuffix: ` ${differences.chromium.brands.edge.agent}/${version}`,
		changes: edgeChanges,
	});
}

/** Newest first. */
export function edgeReleases(): ProfileDocument[] {
	return BUILDS.map(([major, build]) => edge(major, build));
}
