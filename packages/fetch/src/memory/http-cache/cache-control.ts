import type { CacheRules } from '@wiretwin/profiles';
import { headerValues } from '../../headers/caller-headers.ts';

/** What `Cache-Control` and `Pragma` of an answer say to a browser's cache (RFC 9111 5.2.2); shared caches are not meant. */
export type CacheControl = {
	readonly noStore: boolean;
	/** Must be asked for again each time. */
	readonly noCache: boolean;
	readonly mustRevalidate: boolean;
	/** Seconds; `undefined`: not said. */
	readonly maxAge: number | undefined;
	/** Seconds for which it may be shown beyond that while it is asked for again (RFC 5861 3). */
	readonly staleWhileRevalidate: number;
};

/** The longest that a browser counts, seconds. */
const longest = 2 ** 31;

/** Reads the fields of an answer. */
export function readCacheControl(rawHeaders: readonly string[], rules: CacheRules): CacheControl {
	let noStore = false;
	let noCache = headerValues(rawHeaders, 'pragma').some((value) => value.trim().toLowerCase() === 'no-cache');
	let mustRevalidate = false;
	let maxAge: number | undefined;
	let staleWhileRevalidate = 0;
	for (const directive of directives(rawHeaders)) {
		if (directive === 'no-store') noStore = true;
		else if (directive === 'no-cache' || (rules.fieldNoCache && directive.startsWith('no-cache='))) noCache = true;
		else if (directive === 'must-revalidate') mustRevalidate = true;
		else if (directive.startsWith(swr)) staleWhileRevalidate = readSeconds(directive.slice(swr.length)) ?? 0;
		else if (rules.lastValueWins || maxAge === undefined) maxAge = readMaxAge(directive, rules) ?? maxAge;
	}
	return { noStore, noCache, mustRevalidate, maxAge, staleWhileRevalidate };
}

const swr = 'stale-while-revalidate=';

function readSeconds(digits: string): number | undefined {
	return /^\d+$/.test(digits) ? Math.min(Number(digits), longest) : undefined;
}

function readMaxAge(directive: string, { blanksAboutSign, hugeMaxAge }: CacheRules): number | undefined {
	const digits = (blanksAboutSign ? /^max-age\s*=\s*(\d+)$/ : /^max-age=(\d+)$/).exec(directive)?.[1];
	if (digits === undefined) return undefined;
	const seconds = Number(digits);
	if (seconds < longest) return seconds;
	return hugeMaxAge === 'longest' ? longest : undefined;
}

/** Directives in lower case, in the order in which they stand; what is quoted is not cut. */
function directives(rawHeaders: readonly string[]): string[] {
	const found: string[] = [];
	for (const value of headerValues(rawHeaders, 'cache-control'))
		for (const part of value.match(/(?:[^,"]|"[^"]*"?)+/g) ?? []) found.push(part.trim().toLowerCase());
	return found;
}
