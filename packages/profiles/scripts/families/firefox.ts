/** Builds the document of a Firefox release out of the family's rules and history. */
import type { ProfileDocument, ProfileProvenance, ProfileVerification } from '../../src/types.ts';
import { firefoxHeaders } from '../facts/firefox-headers.ts';
import { firefoxTls } from '../facts/firefox-tls.ts';
import { firefoxHttp1, firefoxHttp2 } from '../facts/firefox-wire.ts';
import { factsOf, provenanceOf } from '../history/changes.ts';
import { firefoxChanges, oldestFirefox } from '../history/firefox.ts';

/** What identifies one release. */
export type FirefoxRelease = {
	major: number;
	os: ProfileDocument['os'];
	verified: ProfileVerification;
	provenance: readonly ProfileProvenance[];
};

export function firefox(release: FirefoxRelease): ProfileDocument {
	const { major } = release;
	const facts = factsOf(oldestFirefox, firefoxChanges, major);
	return {
		schema: 1,
		name: `firefox_${major}`,
		browser: 'firefox',
		version: String(major),
		os: release.os,
		verified: release.verified,
		provenance: [...release.provenance, ...provenanceOf(firefoxChanges, major)],
		tls: firefoxTls(facts),
		http2: firefoxHttp2,
		http1: firefoxHttp1,
		headers: firefoxHeaders({ ...facts, major }),
	};
}
