/** Builds the document of a Chrome release out of the family's rules and history. */
import type { ProfileDocument, ProfileProvenance, ProfileVerification } from '../../src/types.ts';
import { chromiumHeaders } from '../facts/chromium-headers.ts';
import { chromiumTls } from '../facts/chromium-tls.ts';
import { chromiumHttp1, chromiumHttp2 } from '../facts/chromium-wire.ts';
import { factsOf, provenanceOf } from '../history/changes.ts';
import { chromiumChanges, oldestChromium } from '../history/chromium.ts';

/** What identifies one release. */
export type ChromeRelease = {
	major: number;
	/** Full version, for `sec-ch-ua-full-version-list`. */
	build: string;
	os: ProfileDocument['os'];
	verified: ProfileVerification;
	provenance: readonly ProfileProvenance[];
	/** Product whose brand list is sent unless the caller chooses. */
	brand: 'chromium' | 'google-chrome';
};

export function chrome(release: ChromeRelease): ProfileDocument {
	const { major, build } = release;
	const facts = factsOf(oldestChromium, chromiumChanges, major);
	return {
		schema: 1,
		name: `chrome_${major}`,
		browser: 'chrome',
		version: String(major),
		os: release.os,
		verified: release.verified,
		provenance: [...release.provenance, ...provenanceOf(chromiumChanges, major)],
		tls: chromiumTls(facts),
		http2: chromiumHttp2,
		http1: chromiumHttp1,
		headers: chromiumHeaders({
			...facts,
			major,
			build,
			// Google's build allows third-party cookies, so storage access is active; Debian's Chromium blocks them.
			brands: [{ key: 'chromium' }, { key: 'google-chrome', name: 'Google Chrome', storageAccess: 'active' }],
			defaultBrand: release.brand,
		}),
	};
}
