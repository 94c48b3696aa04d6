import { headerValues } from '../headers/caller-headers.ts';

/** Fields of an answer that ask for something to be remembered or forgotten. */
export type ToldFields = {
	hsts?: readonly string[];
	altSvc?: readonly string[];
	acceptCh?: readonly string[];
	/** `Clear-Site-Data` names something that client hints go with: both hints and what they are kept beside. */
	clears?: boolean;
	/** It names the cache. */
	clearsCache?: boolean;
	/** It names something that dictionaries go with. */
	clearsDictionaries?: boolean;
};

const hsts = 'strict-transport-security';
const altSvc = 'alt-svc';
const acceptCh = 'accept-ch';
const clearSiteData = 'clear-site-data';

/** Lengths of their names: most answers have no field of such a length, and none is spelt anew. */
const lengths: ReadonlySet<number> = new Set([hsts, altSvc, acceptCh, clearSiteData].map(({ length }) => length));

/** Types of Clear-Site-Data that take client hints along (MDN: Clear-Site-Data; the standard leaves it to the browser). */
const clearing: ReadonlySet<string> = new Set(['"clientHints"', '"cookies"', '"cache"', '"*"']);

/** Those that take dictionaries along (Chromium 156: not `"storage"`). */
const clearingDictionaries: ReadonlySet<string> = new Set(['"cookies"', '"cache"', '"*"']);

/** `undefined`: an answer says nothing of the kind, as most do. */
export function readToldFields(rawHeaders: readonly string[]): ToldFields | undefined {
	let told: ToldFields | undefined;
	for (let index = 0; index < rawHeaders.length; index += 2) {
		const name = rawHeaders[index] as string;
		if (!lengths.has(name.length)) continue;
		const lower = name.toLowerCase();
		if (lower === hsts) told = { ...told, hsts: headerValues(rawHeaders, hsts) };
		else if (lower === altSvc) told = { ...told, altSvc: headerValues(rawHeaders, altSvc) };
		else if (lower === acceptCh) told = { ...told, acceptCh: headerValues(rawHeaders, acceptCh) };
		else if (lower === clearSiteData) told = { ...told, ...cleared(headerValues(rawHeaders, clearSiteData)) };
	}
	return told;
}

function cleared(values: readonly string[]): Pick<ToldFields, 'clears' | 'clearsCache' | 'clearsDictionaries'> {
	const types = values.flatMap((value) => value.split(',')).map((type) => type.trim());
	return {
		clears: types.some((type) => clearing.has(type)),
		clearsCache: types.includes('"cache"') || types.includes('"*"'),
		clearsDictionaries: types.some((type) => clearingDictionaries.has(type)),
	};
}
