import type { CacheRules } from '@wiretwin/profiles';
import { headerValue } from '../../headers/caller-headers.ts';
import { readCacheControl } from './cache-control.ts';

/** Share of the time since the last change for which an answer is taken to be fresh that does not say (RFC 9111 4.2.2). */
const heuristicShare = 0.1;

/** How long an answer may be shown, milliseconds since 1970. */
export type Lifespan = {
	/** Without asking (RFC 9111 4.2); `0`: it has to be asked for again each time. */
	freshUntil: number;
	/** While it is asked for again (RFC 5861 3). */
	staleUntil: number;
};

/** @param receivedMs when it came */
export function lifespan(
	status: number,
	rawHeaders: readonly string[],
	receivedMs: number,
	rules: CacheRules,
): Lifespan {
	const control = readCacheControl(rawHeaders, rules);
	if (control.noCache || control.noStore || headerValue(rawHeaders, 'vary')?.includes('*'))
		return { freshUntil: 0, staleUntil: 0 };
	const freshUntil = freshFor(status, rawHeaders, receivedMs, control, rules);
	if (control.mustRevalidate) return { freshUntil, staleUntil: 0 };
	const from = rules.staleFromArrival ? Math.max(freshUntil, receivedMs) : freshUntil;
	return { freshUntil, staleUntil: from + 1000 * control.staleWhileRevalidate };
}

/**
 * Until when an answer may be a dictionary, milliseconds since 1970 (RFC 9842 2.1.5): as long as it is fresh, or may be shown
 * while it is asked for again. `Vary` and the status do not matter.
 */
export function dictionaryUntil(rawHeaders: readonly string[], receivedMs: number, rules: CacheRules): number {
	const control = readCacheControl(rawHeaders, rules);
	if (control.noCache || control.noStore) return 0;
	const [anyStatus = 200] = rules.guessed;
	return freshFor(anyStatus, rawHeaders, receivedMs, control, rules) + 1000 * control.staleWhileRevalidate;
}

function freshFor(
	status: number,
	rawHeaders: readonly string[],
	receivedMs: number,
	control: ReturnType<typeof readCacheControl>,
	rules: CacheRules,
): number {
	const date = dateOf(rawHeaders, 'date') ?? receivedMs;
	const age = Math.max(0, receivedMs - date, 1000 * ageOf(rawHeaders));
	return receivedMs - age + lifetime(status, rawHeaders, date, control, rules);
}

function lifetime(
	status: number,
	rawHeaders: readonly string[],
	date: number,
	{ maxAge, mustRevalidate }: ReturnType<typeof readCacheControl>,
	rules: CacheRules,
): number {
	if (maxAge !== undefined) return 1000 * maxAge;
	const stated = headerValue(rawHeaders, 'expires');
	const expires = stated === undefined ? undefined : dateOf(rawHeaders, 'expires');
	if (expires !== undefined) return expires - date;
	if (stated !== undefined && rules.wrongExpires === 'expired') return 0;
	if (mustRevalidate && !rules.guessesBesideMustRevalidate) return 0;
	if (rules.lasting.includes(status)) return Number.MAX_SAFE_INTEGER;
	const changed = dateOf(rawHeaders, 'last-modified');
	if (changed === undefined || changed > date || !rules.guessed.includes(status)) return 0;
	return (date - changed) * heuristicShare;
}

function dateOf(rawHeaders: readonly string[], name: string): number | undefined {
	const value = headerValue(rawHeaders, name);
	// Browsers take any date that they can read; a bare number is none.
	const date = value === undefined || /^\s*-?\d*\s*$/.test(value) ? Number.NaN : Date.parse(value);
	return Number.isNaN(date) ? undefined : date;
}

function ageOf(rawHeaders: readonly string[]): number {
	const value = headerValue(rawHeaders, 'age')?.trim() ?? '';
	return /^\d{1,10}$/.test(value) ? Number(value) : 0;
}
