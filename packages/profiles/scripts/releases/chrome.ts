/** Google Chrome 100 to 156, and Chromium of the same numbers. */
import type { ProfileDocument, ProfileEdition, ProfileOs, ProfileProvenance } from '../../src/types.ts';
import { readCapture } from '../capture.ts';
import { type BrandFacts, brandFacts } from '../facts/brands.ts';
import { chromium } from '../families/chromium.ts';
import { androidChanges } from '../history/chromium-products.ts';
import { chromiumBuild } from './chromium-builds.ts';
import { SEEN } from './seen.ts';

const OLDEST = 100;
const NEWEST = 156;

/** Releases whose ClientHello, SETTINGS (from 118 on) and navigation fields were published from the real browser. */
const PUBLISHED = [100, 101, 104, 107, 110, 116, 118, 119, 120, 123, 124, 131, 133, 136, 142, 150];

/** Likewise, from another collection: int3re/curlpro, captured on Windows, 152 on Android. */
const PUBLISHED_LATER: { readonly [major: number]: string } = {
	151: '151 on Windows',
	153: '153.0.8010.52',
	155: '155.0.8059.40',
};

/** From 124 to 142 Chrome on Android has, or may have, another key exchange: `chrome_android_*`. */
const ANDROID_APART = { from: 124, to: 142 };

/** Most users first: the first is what a name stands for unless `os` says otherwise. */
const DESKTOP: readonly ProfileOs[] = ['windows', 'macos', 'linux'];

/** Google's build allows third-party cookies, so storage access is active; Debian's Chromium blocks them. */
const BRANDS: readonly BrandFacts[] = [brandFacts('chromium'), brandFacts('google-chrome')];

/** What no capture of one system can show. */
const AGENTS: ProfileProvenance = {
	facts: 'brand list, user agents of other systems',
	source: 'derived: Chromium user_agent_utils rules',
};

function published(major: number, android = false): ProfileProvenance[] {
	const later = android && major === 152 ? '152.0.7977.65 on a Pixel 7' : PUBLISHED_LATER[major];
	if (later !== undefined) {
		const source = `ClientHello and fields of Chrome ${later} in int3re/curlpro (real browser)`;
		return [{ facts: 'tls, fields of a navigation, http2 settings', source, date: SEEN }, AGENTS];
	}
	return [
		{
			facts: 'tls, http2 settings, fields of a navigation',
			source: `curl-impersonate signature of Chrome ${major}${android ? ' on Android' : ''} (real browser)`,
			build: android ? '131.0.6778.81' : chromiumBuild(major),
			date: SEEN,
		},
		AGENTS,
	];
}

function computed(major: number): ProfileProvenance[] {
	return [
		{
			facts: 'tls, http2 settings, fields of a navigation',
			source: 'derived: facts of the releases around it, see the changes below; no capture of this release was found',
			build: chromiumBuild(major),
			date: SEEN,
		},
		{ facts: 'brand list, user agents', source: 'derived: Chromium user_agent_utils rules' },
	];
}

function desktop(major: number): ProfileDocument {
	const known = PUBLISHED.includes(major) || PUBLISHED_LATER[major] !== undefined;
	const apart = major >= ANDROID_APART.from && major <= ANDROID_APART.to;
	return chromium({
		name: `chrome_${major}`,
		browser: 'chrome',
		version: String(major),
		major,
		build: chromiumBuild(major),
		os: apart ? DESKTOP : [...DESKTOP, 'android'],
		verified: known ? 'public-capture' : 'derived',
		provenance: known ? published(major) : computed(major),
		brands: BRANDS,
		brand: 'google-chrome',
	});
}

const CAPTURE = 'captures/chromium-156-linux.json';

/** Google Chrome 156: what was captured of Chromium, with Google's brand. */
function newest(): ProfileDocument {
	const { version } = readCapture('chromium-156-linux').meta;
	return chromium({
		name: 'chrome_156',
		browser: 'chrome',
		version: '156',
		major: 156,
		build: version,
		os: [...DESKTOP, 'android'],
		verified: 'derived',
		brand: 'google-chrome',
		brands: BRANDS,
		provenance: [
			{
				facts: 'tls, http2, http1, headers',
				source: `derived: ${CAPTURE}; only brand list and storage access are Google's own`,
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

/** Newest first. */
export function chromeReleases(): ProfileDocument[] {
	const majors = Array.from({ length: NEWEST - OLDEST }, (_, index) => NEWEST - 1 - index);
	return [newest(), ...majors.map(desktop)];
}

/** What Chromium 156 was captured of, on Linux. */
function captured(): ProfileProvenance[] {
	const { version } = readCapture('chromium-156-linux').meta;
	return [
		{
			facts: 'tls, http2, http1, headers on Linux',
			source: `${CAPTURE} (Chromium, Debian 12 package)`,
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
			facts: 'user agents and hints of other systems',
			source: 'derived: Chromium user_agent_utils rules, user-agent reduction',
		},
	];
}

/**
 * Chromium of every number: Chrome without Google's brand. Linux comes first, because distributions ship it and
 * hardly anybody else does.
 */
export function chromiumEditions(releases: readonly ProfileDocument[]): ProfileEdition[] {
	return releases.map(({ name, version }) => ({
		name: `chromium_${version}`,
		browser: 'chromium',
		of: name,
		brand: 'chromium',
		os: ['linux', 'windows', 'macos'],
		verified: version === '156' ? 'live' : 'derived',
		provenance:
			version === '156'
				? captured()
				: [{ facts: 'brand list', source: `derived: Chromium user_agent_utils rules; all else as ${name}` }],
	}));
}

/** A choice of releases on Android: each era of the key exchange, and the ones near which users switch. */
const ANDROID = [155, 152, 149, 143, 136, 131, 124, 120, 110, 100];
const ANDROID_PUBLISHED = [131, 152];

/** Chrome on Android, newest first. */
export function chromeAndroidReleases(): ProfileDocument[] {
	return ANDROID.map((major) =>
		chromium({
			name: `chrome_android_${major}`,
			browser: 'chrome_android',
			version: String(major),
			major,
			build: chromiumBuild(major),
			os: ['android'],
			verified: ANDROID_PUBLISHED.includes(major) ? 'public-capture' : 'derived',
			provenance: ANDROID_PUBLISHED.includes(major) ? published(major, true) : computed(major),
			brands: BRANDS,
			brand: 'google-chrome',
			changes: androidChanges,
		}),
	);
}
