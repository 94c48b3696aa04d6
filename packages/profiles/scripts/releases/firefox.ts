/** Firefox: normal windows, private windows, Android. */
import type { ProfileDocument, ProfileProvenance } from '../../src/types.ts';
import { readCapture } from '../capture.ts';
import { firefox } from '../families/firefox.ts';
import { androidFirefoxChanges, privateChanges } from '../history/firefox.ts';
import { SEEN } from './seen.ts';

/** Releases whose ClientHello, SETTINGS and navigation fields were published from the real browser. */
const PUBLISHED: { readonly [major: number]: string } = { 133: '133.0.3', 135: '135.0.1', 144: '144.0' };

const MAJORS = [
	152, 151, 150, 149, 148, 147, 146, 145, 144, 143, 142, 141, 140, 139, 138, 137, 136, 135, 134, 133, 132, 128, 120,
	117, 109,
];

function provenance(major: number): ProfileProvenance[] {
	const build = PUBLISHED[major];
	const agents = { facts: 'user agents', source: 'derived: Gecko user agent rules' };
	if (build === undefined) {
		const source =
			major === 128
				? 'derived: releases around it. wreq-util 128 and Tor 14.5 have 15 ciphers, no sessions and MAX_CONCURRENT_STREAMS 0, which are settings of Tor; not believed for Firefox'
				: 'derived: facts of the releases around it, see the changes below; no capture of this release was found';
		return [{ facts: 'tls, http2 settings, fields of a navigation', source, date: SEEN }, agents];
	}
	const source = `curl-impersonate signature of Firefox ${build} on Linux (real browser)`;
	return [{ facts: 'tls, http2 settings, fields of a navigation', source, build, date: SEEN }, agents];
}

function normal(major: number): ProfileDocument {
	return firefox({
		name: `firefox_${major}`,
		browser: 'firefox',
		major,
		// On Android HTTP/2 differs in every release: `firefox_android_*`.
		os: ['windows', 'macos', 'linux'],
		verified: PUBLISHED[major] === undefined ? 'derived' : 'public-capture',
		provenance: provenance(major),
	});
}

/** Firefox ESR 153 as captured on Linux. */
function captured(): ProfileDocument {
	const { version } = readCapture('firefox-153-linux').meta;
	return firefox({
		name: 'firefox_153',
		browser: 'firefox',
		major: 153,
		os: ['windows', 'macos', 'linux'],
		verified: 'live',
		verifiedOs: 'linux',
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
		],
	});
}

const VARIANT = 'wreq-util 501b1429, whose data for this variant differs from the normal window; no capture was found';

function privateWindow(major: number): ProfileDocument {
	return firefox({
		name: `firefox_private_${major}`,
		browser: 'firefox_private',
		major,
		os: ['windows', 'macos', 'linux'],
		verified: 'derived',
		provenance: [{ facts: 'tls', source: VARIANT, date: SEEN }],
		changes: privateChanges,
	});
}

function android(major: number): ProfileDocument {
	return firefox({
		name: `firefox_android_${major}`,
		browser: 'firefox_android',
		major,
		os: ['android'],
		verified: 'derived',
		provenance: [
			major === 135
				? { facts: 'tls, http2 settings', source: VARIANT, date: SEEN }
				: {
						facts: 'tls, http2 settings',
						source: 'derived: desktop of the same number and the changes of Android below',
					},
		],
		changes: androidFirefoxChanges,
	});
}

/** A choice of releases on Android: each era of the key exchange and of the fields. */
const ANDROID = [153, 135, 128, 120, 117, 109];

/** Newest first. */
export function firefoxReleases(): ProfileDocument[] {
	return [captured(), ...MAJORS.map(normal), privateWindow(136), privateWindow(135), ...ANDROID.map(android)];
}
