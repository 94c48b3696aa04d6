/** Builds the document of a Chromium release, whoever ships it, out of the family's rules and history. */
import type { ProfileDocument, ProfileOs, ProfileProvenance, ProfileVerification } from '../../src/types.ts';
import type { BrandFacts } from '../facts/brands.ts';
import { chromiumHeaders } from '../facts/chromium-headers.ts';
import { chromiumTls } from '../facts/chromium-tls.ts';
import { chromiumHttp1, chromiumHttp2 } from '../facts/chromium-wire.ts';
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
	userAgentSuffix?: (os: ProfileOs) => string;
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
			...(verified === 'live' ? [] : [INHERITED, SHARING]),
			...provenanceOf(changes, major),
		],
		tls: chromiumTls(facts),
		http2: chromiumHttp2(facts),
		http1: chromiumHttp1,
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
