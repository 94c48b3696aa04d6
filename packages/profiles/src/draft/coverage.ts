/** Which facts of a draft were seen and which stand because the base has them, by name. */
import type { ProfileDocument, ProfileProvenance } from '../types.ts';

/** Keys of the document that a visit decided, by section; `kinds` are kinds of requests. */
export type Seen = {
	tls: readonly string[];
	http2: readonly string[];
	http1: readonly string[];
	headers: readonly string[];
	kinds: readonly string[];
};

/** Facts without which a document is not `live`: what every page shows a server. Rare kinds may be inherited. */
const NEEDED: Seen = {
	tls: ['ciphers', 'extensionOrder', 'resumption.tls13', 'resumption.tls12', 'http1Only'],
	http2: [
		'settings',
		'pseudoOrder',
		'dependency',
		'maxDataFrame',
		'flowControl',
		'hpack.rules',
		'hpack.huffman',
		'hpack.nameIndex',
		'hpack.cookie',
		'coalescing',
		'misdirected',
	],
	http1: ['leading', 'drop'],
	headers: ['separateAnonymous', 'separateSites', 'separateThirdParty'],
	kinds: [
		...['navigate', 'reload', 'form', 'iframe', 'fetch', 'xhr', 'beacon', 'eventsource', 'preflight', 'websocket'],
		...['script', 'script-async', 'script-defer', 'module', 'style', 'image', 'font', 'video', 'audio', 'worker'],
		...[
			'preload-script',
			'preload-style',
			'preload-image',
			'preload-font',
			'preload-fetch',
			'modulepreload',
			'prefetch',
		],
	],
};

/** Whether nothing that matters is inherited. */
export function isComplete(seen: Seen): boolean {
	return (Object.keys(NEEDED) as Array<keyof Seen>).every((part) =>
		NEEDED[part].every((name) => seen[part].includes(name)),
	);
}

/** Keys of a section, one level into `resumption` and `hpack`. */
function keysOf(section: object): string[] {
	return Object.entries(section).flatMap(([key, value]) =>
		key === 'resumption' || key === 'hpack' ? Object.keys(value as object).map((inner) => `${key}.${inner}`) : [key],
	);
}

/** `tls: versions, ciphers`, one line for each section with something in it. */
export function seenFacts(seen: Seen): string[] {
	return lines(seen);
}

/** Keys of `headers` that no kind of request shows. */
const SINGLE = ['clientHints', 'separateAnonymous', 'separateSites', 'separateThirdParty'];

/** The rest of the document. */
export function inheritedFacts(document: ProfileDocument, seen: Seen): string[] {
	const { tls, http2, http1, headers } = document;
	const rest = (section: object, known: readonly string[]) => keysOf(section).filter((key) => !known.includes(key));
	return [
		...lines({
			tls: rest(tls, seen.tls),
			http2: rest(http2, seen.http2),
			http1: rest(http1, seen.http1),
			headers: SINGLE.filter((key) => !seen.headers.includes(key)),
			kinds: Object.keys(headers.kinds).filter((kind) => !seen.kinds.includes(kind)),
		}),
		'user agents and hints of other systems; form escapes; plain http',
	];
}

function lines({ tls, http2, http1, headers, kinds }: Seen): string[] {
	const parts = { tls, http2, http1, headers, 'requests of the kinds': kinds };
	return Object.entries(parts).flatMap(([part, names]) => (names.length === 0 ? [] : [`${part}: ${names.join(', ')}`]));
}

/** All of it as `provenance`. */
export function provenanceOf(
	document: ProfileDocument,
	seen: Seen,
	{ unsupported, offeredOnly }: { unsupported: readonly string[]; offeredOnly: readonly string[] },
	source: { base: string; build: string; date: string },
): ProfileProvenance[] {
	const { base, build, date } = source;
	return [
		...seenFacts(seen).map((facts) => ({ facts, source: 'wiretwin capture', build, date })),
		...inheritedFacts(document, seen).map((facts) => ({ facts, source: `not captured, from ${base}` })),
		...unsupported.map((facts) => ({ facts, source: 'seen in the capture, cannot be reproduced', build, date })),
		...offeredOnly.map((facts) => ({ facts, source: 'offered, but fails if a server chooses it', build, date })),
	];
}
