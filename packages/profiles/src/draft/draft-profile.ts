/** Turns a recorded visit of a browser into a profile document: what was seen, on top of the neighbouring release. */
import { ProfileError } from '../errors.ts';
import type { EngineSection, HeadersSection, Profile, ProfileDocument } from '../types.ts';
import { validateDocument } from '../validate/document.ts';
import { inheritedFacts, isComplete, provenanceOf, type Seen, seenFacts } from './coverage.ts';
import { fitRequests } from './headers/fit.ts';
import { draftHttp2, draftHttp2Behaviour } from './http2.ts';
import { offeredOnly, unsupportedFrames } from './offers.ts';
import type { RecordedConnection, RecordedHello, Recording } from './recording.ts';
import { draftResumption } from './resumption.ts';
import { draftSharing, draftWebSocket } from './sharing.ts';
import { draftTls, HELLO_KEYS } from './tls.ts';

export type DraftOptions = {
	/** Name of the new profile, e.g. `chrome_157`. */
	name: string;
	/** Neighbouring release of the same family; whatever the visit does not decide is taken from it. */
	base: Profile;
};

/** A document and what it does not know. */
export type Draft = {
	/** `verified: live` only if everything that matters was seen and nothing is unsupported. */
	document: ProfileDocument;
	/** Facts that the visit decided, by name. */
	seen: readonly string[];
	/** Facts taken from the base, because the visit does not decide them. */
	inherited: readonly string[];
	/** What the browser does and the engine cannot do, by registered name. */
	unsupported: readonly string[];
	/** What is offered as the browser offers it, but fails with a named error if a server chooses it. */
	offeredOnly: readonly string[];
};

/** A recording above these sizes is none of a browser (N05): a visit has 20 connections, 160 requests, 600 frames. */
const LIMITS = { connections: 256, requests: 4_096, frames: 20_000 } as const;

/** Keys of the first flight. */
const FIRST_FLIGHT = ['settings', 'connectionWindowIncrement', 'streamWindowIncrement', 'firstStreamId', 'pseudoOrder'];

/**
 * @throws ProfileError `ERR_PROFILE_INVALID` when the visit lacks a fresh hello or a request over HTTP/2, is larger than
 * any browser's, or when the browser does something no valid document can hold
 */
export function draftProfile(recording: Recording, { name, base }: DraftOptions): Draft {
	checkSize(recording);
	const hellos = recording.connections.flatMap(({ clientHello }) => clientHello ?? []);
	const [first, ...others] = hellos.filter((hello) => !hello.preSharedKey && hello.alpn.includes('h2'));
	const main = recording.connections.find(({ frames }) => frames.some(({ type }) => type === 'HEADERS'));
	if (!first || !main) throw invalid('the visit has no fresh hello or no HTTP/2 request');
	const { engine, seen, unsupported } = draftEngine(recording, [first, ...others], main, base);
	const sharing = draftSharing(recording.sharing);
	const { verifiedOs: _, ...inherited } = structuredClone(base.document);
	const document: ProfileDocument = {
		...inherited,
		name,
		version: String(Number.parseInt(recording.version, 10)),
		os: [base.os, ...base.document.os.filter((os) => os !== base.os)],
		verified: 'derived',
		provenance: [],
		...engine,
		headers: { ...draftHeaders(recording, base), ...sharing.headers },
	};
	const hints = recording.requests.some(({ context }) => context.hints !== undefined) ? ['clientHints'] : [];
	const fitted = fitRequests(document, base.os, recording.requests);
	const all: Seen = {
		...seen,
		http1: fitted.http1,
		headers: [...Object.keys(sharing.headers), ...hints],
		kinds: fitted.kinds,
	};
	const missing = [...unsupported, ...fitted.unsupported];
	const offered = offeredOnly(first);
	const source = { base: base.name, build: recording.version, date: recording.date };
	const complete: ProfileDocument = {
		...fitted.document,
		verified: isComplete(all) && missing.length === 0 ? 'live' : 'derived',
		provenance: provenanceOf(fitted.document, all, { unsupported: missing, offeredOnly: offered }, source),
	};
	validateDocument(complete);
	return {
		document: complete,
		seen: seenFacts(all),
		inherited: inheritedFacts(complete, all),
		unsupported: missing,
		offeredOnly: offered,
	};
}

function invalid(text: string): ProfileError {
	return new ProfileError('ERR_PROFILE_INVALID', `Cannot draft a profile: ${text}`);
}

function checkSize({ connections, requests }: Recording): void {
	const frames = connections.reduce((sum, connection) => sum + connection.frames.length, 0);
	const sizes = { connections: connections.length, requests: requests.length, frames };
	for (const [what, limit] of Object.entries(LIMITS)) {
		const size = sizes[what as keyof typeof LIMITS];
		if (size > limit) throw invalid(`${size} ${what}, at most ${limit} are read`);
	}
}

/** `tls` and `http2`. */
function draftEngine(
	recording: Recording,
	hellos: readonly [RecordedHello, ...RecordedHello[]],
	main: RecordedConnection,
	base: Profile,
): { engine: { tls: EngineSection; http2: EngineSection }; seen: Pick<Seen, 'tls' | 'http2'>; unsupported: string[] } {
	const resumed = recording.tls13?.flatMap(({ clientHello }) => (clientHello?.preSharedKey ? clientHello : []))[0];
	const tls = draftTls(hellos, base.document.tls, resumed);
	const resumption = draftResumption(recording, tls.section);
	const http2 = draftHttp2Behaviour(recording, main, draftHttp2(main, base.document.http2));
	const sharing = draftSharing(recording.sharing);
	const webSocket = draftWebSocket(recording.sharing, base.document.http2);
	const isSocketSeen = recording.sharing?.socketFirst !== undefined;
	const decided = { ...sharing.http2, ...(webSocket === undefined ? {} : { webSocket }) };
	return {
		engine: { tls: { ...resumption.section, ...sharing.tls }, http2: { ...http2.section, ...decided } },
		seen: {
			tls: [...HELLO_KEYS, ...resumption.seen, ...Object.keys(sharing.tls)],
			http2: [...FIRST_FLIGHT, ...http2.seen, ...Object.keys(sharing.http2), ...(isSocketSeen ? ['webSocket'] : [])],
		},
		unsupported: [...tls.unsupported, ...unsupportedFrames(recording.connections)],
	};
}

/** Values of a typed navigation, put where the base has them. */
function draftHeaders({ requests, version }: Recording, base: Profile): HeadersSection {
	const headers = structuredClone(base.document.headers);
	const navigation = requests.find(({ context }) => context.kind === 'navigate')?.record.headers ?? [];
	const value = new Map(navigation);
	const major = String(Number.parseInt(version, 10));
	const own = value.get('user-agent') ?? '';
	const renumber = renumberer(headers.platforms[base.os]?.userAgent ?? '', own, base.version, major);
	const platforms = Object.fromEntries(
		Object.entries(headers.platforms).map(([os, platform]) => [
			os,
			{
				...platform,
				userAgent: (os === base.os ? value.get('user-agent') : undefined) ?? renumber(platform.userAgent),
			},
		]),
	);
	return {
		...headers,
		platforms,
		clientHints: hintsOf(headers, value.get('sec-ch-ua'), requests, version),
	};
}

/** Rewrites another system's user agent: what became of a product's token in the one that was seen becomes of it there too. */
function renumberer(before: string, after: string, oldMajor: string, major: string): (text: string) => string {
	const tokens = (text: string) =>
		new Map([...text.matchAll(/([A-Za-z]+\/|rv:)(\d[\d.]*)/g)].map((found) => [found[1] ?? '', found[0]]));
	const now = tokens(after);
	const changes = [...tokens(before)].flatMap(([name, old]) => {
		const current = now.get(name);
		return current === undefined || current === old ? [] : [[old, current] as const];
	});
	return (text) =>
		changes
			.reduce((rest, [old, current]) => rest.replaceAll(old, current), text)
			.replaceAll(new RegExp(`\\b${oldMajor}(?=\\.)`, 'g'), major);
}

/** Names of products in brand lists. */
const BRANDS = [
	['google-chrome', 'Google Chrome'],
	['edge', 'Microsoft Edge'],
	['opera', 'Opera'],
	['brave', 'Brave'],
] as const;

/** Brand lists follow from the version by a rule of Chromium's, so only the visiting brand's is known. */
function hintsOf(
	headers: HeadersSection,
	short: string | undefined,
	requests: Recording['requests'],
	version: string,
): HeadersSection['clientHints'] {
	const { clientHints } = headers;
	if (!clientHints || short === undefined) return clientHints;
	const brand = BRANDS.find(([, name]) => short.includes(`"${name}"`))?.[0] ?? 'chromium';
	const major = String(Number.parseInt(version, 10));
	const fields = requests.flatMap(({ record }) => record.headers);
	const stated = (hint: string) => fields.find(([name]) => name.toLowerCase() === hint)?.[1];
	// In the long list the browser's own entries carry the full version, the made-up brand `<n>.0.0.0`.
	const computed = short.replaceAll(
		/v="(\d+)"/g,
		(_, number) => `v="${number === major ? version : `${number}.0.0.0`}"`,
	);
	const full = stated('sec-ch-ua-full-version-list') ?? computed;
	const thirdPartyCookies = clientHints.brands[brand]?.thirdPartyCookies;
	return {
		...clientHints,
		values: { ...clientHints.values, 'sec-ch-ua-full-version': stated('sec-ch-ua-full-version') ?? `"${version}"` },
		brands: { [brand]: { short, full, ...(thirdPartyCookies === undefined ? {} : { thirdPartyCookies }) } },
		brand,
	};
}
