import { destinations } from '../../headers/destinations.ts';
import { compileMatch, type UrlMatcher } from './match-pattern.ts';
import { readStructuredDictionary } from './structured-dictionary.ts';

/** What `Use-As-Dictionary` says (RFC 9842 2.1). */
export type DictionaryTerms = {
	/** As it was given. */
	readonly match: string;
	readonly matches: UrlMatcher;
	/** Destinations of requests that it is for, `''` for those of scripts; none: all. */
	readonly destinations: readonly string[];
	/** `''`: it has none. */
	readonly id: string;
};

/** RFC 9842 2.1.3. */
const maxIdLength = 1024;

/** Destinations that are known (fetch: destination); others are passed over. */
const known: ReadonlySet<string> = new Set([
	...destinations,
	...['audioworklet', 'paintworklet', 'report', 'text', 'xslt'],
]);

/** Reads the field's values for an answer from `url`; `undefined`: it is to be no dictionary (Chromium 156, live layer `dictionaries`). */
export function readTerms(values: readonly string[], url: URL): DictionaryTerms | undefined {
	const fields = readStructuredDictionary(values.join(', '));
	const match = fields?.get('match');
	const type = fields?.get('type');
	const id = fields?.get('id');
	if (fields === undefined || match?.type !== 'string') return undefined;
	if (type !== undefined && !(type.type === 'token' && type.value === 'raw')) return undefined;
	if (id !== undefined && (id.type !== 'string' || id.value.length > maxIdLength)) return undefined;
	const destinations = readDestinations(fields.get('match-dest'));
	const matches = destinations && compileMatch(match.value, url);
	return matches && { match: match.value, matches, destinations, id: id?.type === 'string' ? id.value : '' };
}

function readDestinations(stated: ReturnType<NonNullable<ReturnType<typeof readStructuredDictionary>>['get']>) {
	if (stated === undefined) return [];
	if (stated.type !== 'list' || stated.items.some(({ type }) => type !== 'string')) return undefined;
	const wanted = new Set(stated.items.map(({ value }) => value).filter((value) => known.has(value)));
	// All of it is for destinations that are not known yet.
	return wanted.size === 0 && stated.items.length > 0 ? undefined : [...wanted].sort();
}
