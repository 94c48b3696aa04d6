/** Turns a recorded visit of a browser into a profile document: what was seen, on top of the neighbouring release. */
import { ProfileError } from '../errors.ts';
import { createHeaderEngine } from '../headers/layout.ts';
import { profileFromDocument } from '../profile.ts';
import type { HeadersSection, Profile, ProfileDocument } from '../types.ts';
import { validateDocument } from '../validate/document.ts';
import { draftHttp2 } from './http2.ts';
import type { Recording } from './recording.ts';
import { draftTls } from './tls.ts';

export type DraftOptions = {
	/** Name of the new profile, e.g. `chrome_157`. */
	name: string;
	/** Neighbouring release of the same family; whatever the visit does not decide is taken from it. */
	base: Profile;
};

/** A document and what it does not know. */
export type Draft = {
	document: ProfileDocument;
	/** Keys taken from the base, because the visit does not decide them. */
	inherited: readonly string[];
	/** What the browser does and no key of a profile can say, by name. */
	unsupported: readonly string[];
};

const INHERITED: readonly string[] = [
	'tls.paddingTo, tls.resumption, tls.http1Only, the rule for the length of tls.ech',
	'http2.flowControl, http2.hpack, http2.dependency, acknowledgements, pings and closing',
	'http1',
	'headers of every kind of request but a typed navigation; user agents and hints of other systems and brands',
];

/**
 * @throws ProfileError `ERR_PROFILE_INVALID` when the visit lacks a fresh hello or a request over HTTP/2, or when the
 * browser does something no valid document can hold
 */
export function draftProfile(recording: Recording, { name, base }: DraftOptions): Draft {
	const hellos = recording.connections.flatMap(({ clientHello }) => clientHello ?? []);
	const [first, ...others] = hellos.filter((hello) => !hello.preSharedKey && hello.alpn.includes('h2'));
	const http2 = recording.connections.find(({ frames }) => frames.some(({ type }) => type === 'HEADERS'));
	if (!first || !http2)
		throw new ProfileError('ERR_PROFILE_INVALID', 'The visit has no fresh hello or no HTTP/2 request');
	const tls = draftTls([first, ...others], base.document.tls);
	const headers = draftHeaders(recording, base);
	const document: ProfileDocument = {
		...structuredClone(base.document),
		name,
		version: String(Number.parseInt(recording.version, 10)),
		os: [base.os, ...base.document.os.filter((os) => os !== base.os)],
		// Not `live`: that is for a document of which every part was compared with the browser.
		verified: 'derived',
		provenance: [],
		tls: tls.section,
		http2: draftHttp2(http2, base.document.http2),
		headers,
	};
	const unsupported = [...tls.unsupported, ...navigationDifferences(document, recording)];
	const seen = { build: recording.version, date: recording.date };
	const complete: ProfileDocument = {
		...document,
		provenance: [
			{ facts: 'hello, HTTP/2 first flight, typed navigation', source: 'wiretwin capture', ...seen },
			...INHERITED.map((facts) => ({ facts, source: `not captured, from ${base.name}` })),
			...unsupported.map((facts) => ({ facts, source: 'seen in the capture, cannot be reproduced', ...seen })),
		],
	};
	validateDocument(complete);
	return { document: complete, inherited: INHERITED, unsupported };
}

/** Values of a typed navigation, put where the base has them. */
function draftHeaders({ navigation, version }: Recording, base: Profile): HeadersSection {
	const headers = structuredClone(base.document.headers);
	const value = new Map(navigation);
	const major = String(Number.parseInt(version, 10));
	const renumber = (text: string) => text.replaceAll(new RegExp(`\\b${base.version}(?=\\.)`, 'g'), major);
	const platforms = Object.fromEntries(
		Object.entries(headers.platforms).map(([os, platform]) => [
			os,
			{ ...platform, userAgent: os === base.os ? (value.get('user-agent') ?? '') : renumber(platform.userAgent) },
		]),
	);
	const kind = headers.kinds.navigate;
	const accept = { ...headers.accept, ...(kind?.accept ? { [kind.accept]: value.get('accept') ?? '' } : {}) };
	const secure = value.get('accept-encoding') ?? '';
	return {
		...headers,
		platforms,
		accept,
		acceptEncoding: { ...headers.acceptEncoding, secure },
		clientHints: hintsOf(headers, value, version),
	};
}

/** Brand lists follow from the version by a rule of Chromium's, so only the visiting brand's is known. */
function hintsOf(
	headers: HeadersSection,
	value: ReadonlyMap<string, string>,
	version: string,
): HeadersSection['clientHints'] {
	const { clientHints } = headers;
	const short = value.get('sec-ch-ua');
	if (!clientHints || short === undefined) return clientHints;
	const brand = /"Google Chrome"/.test(short) ? 'google-chrome' : 'chromium';
	const major = String(Number.parseInt(version, 10));
	// In the long list the browser's own entries carry the full version, the made-up brand `<n>.0.0.0`.
	const full = short.replaceAll(/v="(\d+)"/g, (_, number) => `v="${number === major ? version : `${number}.0.0.0`}"`);
	const storageAccess = clientHints.brands[brand]?.storageAccess;
	return {
		...clientHints,
		values: { ...clientHints.values, 'sec-ch-ua-full-version': `"${version}"` },
		brands: { [brand]: { short, full, ...(storageAccess === undefined ? {} : { storageAccess }) } },
		brand,
	};
}

/** Lays the same navigation out with the draft: what still differs is what the base's rules cannot say. */
function navigationDifferences(document: ProfileDocument, { navigation }: Recording): string[] {
	const { headers } = createHeaderEngine(profileFromDocument(document)).layout({ kind: 'navigate' });
	const drafted: Array<readonly [string, string]> = [];
	for (let index = 0; index + 1 < headers.length; index += 2) {
		const field = (headers[index] ?? '').toLowerCase();
		if (field !== 'connection') drafted.push([field, headers[index + 1] ?? '']);
	}
	const missing = navigation.filter(([field]) => !drafted.some(([name]) => name === field));
	const extra = drafted.filter(([field]) => !navigation.some(([name]) => name === field));
	const other = navigation.filter(([field, value]) => drafted.some(([name, text]) => name === field && text !== value));
	const names = (list: ReadonlyArray<readonly [string, string]>) => list.map(([field]) => field).join();
	const reordered = missing.length + extra.length === 0 && names(drafted) !== names(navigation);
	return [
		...missing.map(([field]) => `field ${field} of a navigation`),
		...extra.map(([field]) => `a navigation without the field ${field}`),
		...other.map(([field]) => `value of ${field} in a navigation`),
		...(reordered ? [`order of a navigation: ${names(navigation)}`] : []),
	];
}
