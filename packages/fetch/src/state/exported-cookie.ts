import type { Cookie } from 'tough-cookie';
import { admitCookie } from '../cookies/admit.ts';
import { hiddenPrefix, maxAttributeBytes, maxNameValueBytes, type SameSite } from '../cookies/parse-set-cookie.ts';
import { cookieHost, siteOf } from '../cookies/site.ts';
import { isPartitioned, toCookie } from '../cookies/stored-cookie.ts';

/** A cookie of a state that may be restored, and the partition it belongs to. */
export type RestoredCookie = { cookie: Cookie; partitionKey: string | undefined; expired: boolean };

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const inNameOrValue = /[\x00-\x1f\x7f;]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const inPath = /[\x00-\x1f\x7f;]|[^\x00-\xff]/;
/** As `siteOf` writes it. */
const site = /^https?:\/\/[^/\s]{1,255}$/;
const sameSites: readonly unknown[] = ['strict', 'lax', 'none'] satisfies SameSite[];

/**
 * Checks a cookie of `session.export()` as strictly as one of Set-Cookie: whoever edits a state can choose cookies, but
 * none that a server could not have set. Returns what is wrong with it otherwise, without its value.
 */
export function readExportedCookie(input: unknown, nowMs: number): RestoredCookie | string {
	if (typeof input !== 'object' || input === null || Array.isArray(input)) return 'is not an object';
	const given = input as Readonly<Record<string, unknown>>;
	const { key: name, value, domain, path, partitionKey } = given;
	if (typeof name !== 'string' || typeof value !== 'string') return 'has no text as key and value';
	const wrongPair = problemOfPair(name, value);
	if (wrongPair !== undefined) return wrongPair;
	const url = typeof domain === 'string' && domain.length <= 255 ? urlOf(domain) : undefined;
	if (url === undefined) return 'has no domain';
	if (typeof path !== 'string' || !path.startsWith('/') || path.length > maxAttributeBytes || inPath.test(path))
		return 'has no path';
	const flags = flagsOf(given);
	if (flags === undefined) return 'has a flag that is neither true nor false';
	if (given.sameSite !== undefined && given.sameSite !== null && !sameSites.includes(given.sameSite))
		return 'has an unknown sameSite';
	if (partitionKey !== undefined && (typeof partitionKey !== 'string' || !site.test(partitionKey)))
		return 'has a partitionKey that is no site';
	const partitioned = partitionKey !== undefined || hasPartitionedMark(given.extensions);
	const creation = timeOf(given.creation, nowMs);
	const lastAccessed = timeOf(given.lastAccessed, nowMs);
	const expiresAtMs = expiryOf(given, creation);
	if (creation === undefined || lastAccessed === undefined || expiresAtMs === 'invalid') return 'has an invalid date';
	const admitted = admitCookie(
		{
			name,
			value,
			expiresAtMs,
			domain: flags.hostOnly ? '' : (domain as string),
			path,
			secure: flags.secure,
			httpOnly: flags.httpOnly,
			sameSite: (given.sameSite ?? undefined) as SameSite | undefined,
			partitioned,
		},
		url,
		{ level: 'strict', unsafeNavigation: false, isFirstParty: true, partitionKey: partitionKey ?? siteOf(url) },
		nowMs,
		undefined,
		'partitioned', // the browser that it came from may be one that has a partition for every third party
	);
	if (typeof admitted === 'string') return `would be refused (${admitted})`;
	const cookie = toCookie(admitted, nowMs);
	cookie.creation = new Date(creation);
	cookie.lastAccessed = new Date(lastAccessed);
	const expired = admitted.expiresAtMs !== undefined && admitted.expiresAtMs <= nowMs;
	return { cookie, partitionKey: isPartitioned(cookie) ? partitionKey : undefined, expired };
}

function problemOfPair(name: string, value: string): string | undefined {
	const size = Buffer.byteLength(name) + Buffer.byteLength(value);
	if (size === 0 || size > maxNameValueBytes) return `has a key and value that are not 1 to ${maxNameValueBytes} bytes`;
	if (inNameOrValue.test(name) || inNameOrValue.test(value))
		return 'has a key or value with ";" or a control character';
	if (name.includes('=') || name.trim() !== name) return 'has a key with "=" or with blanks around it';
	if (name === '' && (value.includes('=') || hiddenPrefix.test(value)))
		return 'has a value that reads as another cookie';
	return undefined;
}

function urlOf(domain: string): URL | undefined {
	const text = `https://${domain.includes(':') ? `[${domain}]` : domain}/`;
	const url = domain !== '' && URL.canParse(text) ? new URL(text) : undefined;
	return url && cookieHost(url) === domain ? url : undefined;
}

function flagsOf(given: Readonly<Record<string, unknown>>) {
	const { secure = false, httpOnly = false, hostOnly = true } = given;
	if (typeof secure !== 'boolean' || typeof httpOnly !== 'boolean') return undefined;
	return typeof hostOnly === 'boolean' ? { secure, httpOnly, hostOnly } : undefined;
}

function hasPartitionedMark(extensions: unknown): boolean {
	return Array.isArray(extensions) && extensions.some((each) => /^partitioned$/i.test(String(each)));
}

/** Milliseconds; what is absent or lies in the future is now. */
function timeOf(value: unknown, nowMs: number): number | undefined {
	if (value === undefined || value === null || value === 'Infinity') return nowMs;
	const time = typeof value === 'string' || value instanceof Date ? new Date(value).getTime() : Number.NaN;
	return Number.isNaN(time) ? undefined : Math.min(time, nowMs);
}

/** Max-Age counts from the creation and wins (RFC 6265bis 5.7 step 8). */
function expiryOf(
	given: Readonly<Record<string, unknown>>,
	creation: number | undefined,
): number | undefined | 'invalid' {
	const { maxAge, expires } = given;
	if (maxAge === '-Infinity') return Number.NEGATIVE_INFINITY;
	if (typeof maxAge === 'number' && Number.isFinite(maxAge)) return (creation ?? 0) + maxAge * 1000;
	if (maxAge !== undefined && maxAge !== null && maxAge !== 'Infinity') return 'invalid';
	if (maxAge === 'Infinity' || expires === undefined || expires === null || expires === 'Infinity') return undefined;
	const time = typeof expires === 'string' || expires instanceof Date ? new Date(expires).getTime() : Number.NaN;
	return Number.isNaN(time) ? 'invalid' : time;
}
