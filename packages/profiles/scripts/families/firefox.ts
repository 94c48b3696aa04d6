/** Builds the document of a Firefox release out of the family's rules and history. */
import type { ProfileDocument, ProfileProvenance, ProfileVerification } from '../../src/types.ts';
import { type ChromiumOs, differences, provenanceOfRows, rowAt } from '../facts/differences.ts';
import { firefoxDns } from '../facts/firefox-dns.ts';
import { firefoxHeaders } from '../facts/firefox-headers.ts';
import { firefoxTls } from '../facts/firefox-tls.ts';
import { firefoxHttp1, firefoxHttp2 } from '../facts/firefox-wire.ts';
import { type Change, factsOf, provenanceOf } from '../history/changes.ts';
import { type FirefoxFacts, firefoxChanges, oldestFirefox } from '../history/firefox.ts';

/** What identifies one release. */
export type FirefoxRelease = {
	name: string;
	browser: string;
	major: number;
	os: ProfileDocument['os'];
	verified: ProfileVerification;
	verifiedOs?: ProfileDocument['os'][number];
	provenance: readonly ProfileProvenance[];
	/** Where a variant differs from a normal window on the desktop. */
	changes?: ReadonlyArray<Change<FirefoxFacts>>;
};

/** Orders, HPACK and the like were captured for 153 alone. */
const INHERITED: ProfileProvenance = {
	facts:
		'hpack, flow control, window of a stream, weights, ech payload, resumption, field orders other than that of a navigation, http1, WebSocket over HTTP/2',
	source: 'derived: captures/firefox-153-linux.json',
};

const SHARING: ProfileProvenance = {
	facts:
		'http2.coalescing, http2.misdirected, http2.repeatTimeouts, http1.requestTimeout, http1.reuses, http1.bodyJoinsHead, http2.dialsWhileUnknown, http2.answers, http1.answers, tls.retry',
	source:
		'derived: measured with Firefox 153; nsNSSIOLayer leaves certificate compression out of a connection marked IS_RETRY wherever it has it; the others not looked up for each release',
};

const DNS: ProfileProvenance = {
	facts: 'dns',
	source: 'derived: measured with Firefox 153 (docs/internals/dns.md); not looked up for each release',
};

/** Where the user agents of systems and the lists of languages come from. */
function systemsProvenance({ os, major }: FirefoxRelease): ProfileProvenance[] {
	const { systems, systemVersions } = differences.firefox;
	const names = os.filter((each): each is ChromiumOs => each !== 'ios');
	const rows = names.flatMap((each) => [
		systems[each],
		...(each === 'android' ? [rowAt(systemVersions.android, major)] : []),
	]);
	return [
		provenanceOfRows('user agents of systems', rows),
		provenanceOfRows('accept-language of other locales', [differences.languages.firefox]),
	];
}

export function firefox(release: FirefoxRelease): ProfileDocument {
	const { name, browser, major, os, verified, verifiedOs } = release;
	const changes = [...firefoxChanges, ...(release.changes ?? [])];
	const facts = factsOf(oldestFirefox, changes, major);
	return {
		schema: 1,
		name,
		browser,
		version: String(major),
		os,
		verified,
		...(verifiedOs === undefined ? {} : { verifiedOs }),
		provenance: [
			...release.provenance,
			...systemsProvenance(release),
			...(verified === 'live' ? [] : [INHERITED, SHARING, DNS]),
			...provenanceOf(changes, major),
		],
		tls: firefoxTls(facts),
		http2: firefoxHttp2(facts),
		http1: firefoxHttp1,
		dns: firefoxDns,
		headers: firefoxHeaders({ ...facts, major, systems: os }),
	};
}
