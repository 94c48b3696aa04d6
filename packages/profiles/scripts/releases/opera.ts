/** Opera on the desktop. */
import type { ProfileDocument } from '../../src/types.ts';
import { brandFacts } from '../facts/brands.ts';
import { differences } from '../facts/differences.ts';
import { chromium } from '../families/chromium.ts';
import { operaChanges } from '../history/chromium-products.ts';
import { chromiumBuild } from './chromium-builds.ts';
import { SEEN } from './seen.ts';

/** Opera's releases and the Chromium inside (user agents in wreq-util 501b1429). Opera skipped Chromium 136. */
const CHROMIUM: ReadonlyArray<readonly [opera: number, chromium: number]> = [
	[131, 147],
	[130, 146],
	[129, 145],
	[128, 144],
	[127, 143],
	[126, 142],
	[125, 141],
	[124, 140],
	[123, 139],
	[122, 138],
	[121, 137],
	[120, 135],
	[119, 134],
	[118, 133],
	[117, 132],
	[116, 131],
];

/** Newest first. */
export function operaReleases(): ProfileDocument[] {
	return CHROMIUM.map(([version, major]) =>
		chromium({
			name: `opera_${version}`,
			browser: 'opera',
			version: String(version),
			major,
			build: chromiumBuild(major),
			os: ['windows', 'macos', 'linux'],
			verified: 'derived',
			provenance: [
				{
					facts: 'version of Chromium, user agent on Windows and macOS',
					source: 'wreq-util 501b1429 (OPR/<major>.0.0.0)',
					date: SEEN,
				},
				{
					facts: 'tls, http2 settings, fields of a navigation',
					source: 'derived: Chrome of the same Chromium release; no capture of Opera was found',
				},
				{
					facts: 'brand list',
					source:
						"computed from the Chromium release; wreq-util repeats older made-up brands in 120 to 130, not believed. Opera's full version is not known and stands as <major>.0.0.0",
				},
			],
			brands: [brandFacts('opera', { major: String(version), full: `${version}.0.0.0` })],
			brand: 'opera',
			userAgentSuffix: ` ${differences.chromium.brands.opera.agent}/${version}.0.0.0`,
			changes: operaChanges,
		}),
	);
}
