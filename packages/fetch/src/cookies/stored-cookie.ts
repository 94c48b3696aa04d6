import type { CookieRules } from '@wiretwin/profiles';
import type { Cookie } from 'tough-cookie';
import type { AdmittedCookie } from './admit.ts';
import type { CookieContext } from './context.ts';
import { registrableDomain } from './site.ts';
import { toughCookie } from './tough-cookie.ts';

/** Chromium sends cookies without SameSite on a cross-site POST navigation while they are this young. */
const laxAllowUnsafeMs = 2 * 60 * 1000;

/** What an admitted cookie is in a jar. */
export function toCookie(admitted: AdmittedCookie, nowMs: number): Cookie {
	return new (toughCookie().Cookie)({
		key: admitted.name,
		value: admitted.value,
		domain: admitted.domain,
		path: admitted.path,
		hostOnly: admitted.hostOnly,
		secure: admitted.secure,
		httpOnly: admitted.httpOnly,
		expires: admitted.expiresAtMs === undefined ? 'Infinity' : new Date(admitted.expiresAtMs),
		creation: new Date(nowMs),
		lastAccessed: new Date(nowMs),
		...(admitted.sameSite === undefined ? {} : { sameSite: admitted.sameSite }),
		...(admitted.partitionKey === undefined ? {} : { extensions: ['Partitioned'] }),
	});
}

/** It has not expired. */
export function isAlive(cookie: Cookie, nowMs: number): boolean {
	const { expires, maxAge } = cookie;
	// What our parser makes has no Max-Age; tough-cookie's general answer takes ten times as long.
	if (maxAge === null && expires === 'Infinity') return true;
	if (maxAge === null && expires instanceof Date) return expires.getTime() > nowMs;
	return (cookie.expiryTime() ?? Number.POSITIVE_INFINITY) > nowMs;
}

/** A cookie of one top-level site only (CHIPS). */
export function isPartitioned(cookie: Cookie): boolean {
	return cookie.extensions?.some((extension) => extension.toLowerCase() === 'partitioned') ?? false;
}

/** A partitioned cookie in the jar is a first-party one: its partition is its own site. */
export function partitionOf(cookie: Cookie): string | undefined {
	if (!isPartitioned(cookie)) return undefined;
	return `https://${registrableDomain(cookie.domain ?? '')}`;
}

/** Whether SameSite lets it travel in this context. */
export function isSameSiteAllowed(cookie: Cookie, context: CookieContext, nowMs: number, rules: CookieRules): boolean {
	const stated = cookie.sameSite === 'lax' || cookie.sameSite === 'strict' || cookie.sameSite === 'none';
	const sameSite = stated ? cookie.sameSite : rules.unstatedSameSite;
	if (context.level === 'strict' || sameSite === 'none') return true;
	if (sameSite === 'strict') return false;
	if (context.level === 'lax') return true;
	return context.unsafeNavigation && !stated && nowMs - timeOf(cookie.creation) < laxAllowUnsafeMs;
}

/** When it was sent last, for eviction. */
export function lastUse(cookie: Cookie): number {
	return timeOf(cookie.lastAccessed);
}

function timeOf(date: Date | 'Infinity' | null): number {
	return date instanceof Date ? date.getTime() : 0;
}

/** Value of a Cookie field. Stored values are latin1 as received; other characters, of the caller's, go out as UTF-8. */
export function cookieString(cookies: readonly Cookie[]): string {
	let header = '';
	for (const cookie of cookies) {
		if (header !== '') header += '; ';
		header += cookie.key === '' ? cookie.value : `${cookie.key}=${cookie.value}`;
	}
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the latin1 range
	return /^[\x00-\xff]*$/.test(header) ? header : Buffer.from(header, 'utf8').toString('latin1');
}
