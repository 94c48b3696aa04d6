/** Builds the document of a Chromium release, whoever ships it, out of the family's rules and history. */
import type { ProfileDocument, ProfileProvenance, ProfileVerification } from '../../src/types.ts';
import type { BrandFacts } from '../facts/brands.ts';
import { chromiumDns } from '../facts/chromium-dns.ts';
import { chromiumHeaders } from '../facts/chromium-headers.ts';
import { chromiumTls } from '../facts/chromium-tls.ts';
import { chromiumHttp1, chromiumHttp2 } from '../facts/chromium-wire.ts';
import { type ChromiumOs, differences, provenanceOfRows, rowAt } from '../facts/differences.ts';
import { type Change, factsOf, provenanceOf } from '../history/changes.ts';
import { type ChromiumFacts, chromiumChanges, oldestChromium } from '../history/chromium.ts';

/** What identifies one release of one product. */
export type ChromiumRelease = {
	name: string;
	browser: string;
	/** The product's own version. */
	version: string;
	/** Chromium release inside. */
	major: number;
	/** Full version of Chromium, for `sec-ch-ua-full-version-list`. */
	build: string;
	os: ProfileDocument['os'];
	verified: ProfileVerification;
	provenance: readonly ProfileProvenance[];
	brands: readonly BrandFacts[];
	/** Product whose brand list is sent unless the caller chooses. */
	brand: string;
	/** Appended to the user agent. */
	userAgentSuffix?: string;
	/** Where the product differs from Chrome on the desktop. */
	changes?: ReadonlyArray<Change<ChromiumFacts>>;
};

/** Orders, HPACK and the like were captured for 156 alone. */
const INHERITED: ProfileProvenance = {
	facts:
		'hpack, flow control, priorities of sub-resources, field orders other than that of a navigation, http1, WebSocket over HTTP/2',
	source: 'derived: captures/chromium-156-linux.json',
};

const SHARING: ProfileProvenance = {
	facts:
		'http2.coalescing, http2.misdirected, http2.resetEnded, http2.answers, http2.dialsWhileUnknown, http1.requestTimeout, http1.answers, tls.closeNotify',
	source:
		'derived: measured with Chromium 156; chromium/chromium, HttpNetworkTransaction and SpdyHttpStream repeat a 421 and cancel its stream alike in versions with server push (before 2023) and without; the others not looked up for each release',
};

const DNS: ProfileProvenance = {
	facts: 'dns',
	source: 'derived: measured with Chromium 156 (docs/internals/dns.md); not looked up for each release',
};

/** Where user agents, hints and their values of each system come from. */
function systemsProvenance({ os, major, brand }: ChromiumRelease): ProfileProvenance[] {
	const { systems, systemVersions, memory, brands, hints } = differences.chromium;
	const names = os.filter((each): each is ChromiumOs => each !== 'ios');
	const rows = names.flatMap((each) => [systems[each], rowAt(systemVersions[each], major)]);
	const known = hints.filter(({ since }) => since <= major);
	const brandRow = brands[brand as keyof typeof brands];
	return [
		provenanceOfRows('user agents, systems and their versions, brand', [...rows, brandRow]),
		provenanceOfRows('which hints there are, device-memory', [...known, rowAt(memory, major)]),
		provenanceOfRows('accept-language of other locales', [differences.languages.chromium]),
	];
}

export function chromium(release: ChromiumRelease): ProfileDocument {
	const { name, browser, version, major, build, verified } = release;
	const changes = [...chromiumChanges, ...(release.changes ?? [])];
	const facts = factsOf(oldestChromium, changes, major);
	return {
		schema: 1,
		name,
		browser,
		version,
		os: release.os,
		verified,
		provenance: [
			...release.provenance,
			...systemsProvenance(release),
			...(verified === 'live' ? [] : [INHERITED, SHARING, DNS]),
			...provenanceOf(changes, major),
		],
		tls: chromiumTls(facts),
		http2: chromiumHttp2(facts),
		http1: chromiumHttp1,
		dns: chromiumDns,
		headers: chromiumHeaders({
			...facts,
			major,
			build,
			systems: release.os,
			brands: release.brands,
			defaultBrand: release.brand,
			...(release.userAgentSuffix === undefined ? {} : { userAgentSuffix: release.userAgentSuffix }),
		}),
	};
}
