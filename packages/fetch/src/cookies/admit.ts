import type { CookieRules, ThirdPartyCookies } from '@wiretwin/profiles';
import type { CookieContext } from './context.ts';
import { chromiumCookies, type ParsedSetCookie } from './parse-set-cookie.ts';
import { cookieHost, isPublicSuffix, isSecureChannel, siteOf } from './site.ts';
import { toughCookie } from './tough-cookie.ts';

/** Longest life of a cookie, RFC 6265bis 5.5. */
export const maxLifeMs = 400 * 24 * 3600 * 1000;

/** A cookie that may be stored. */
export type AdmittedCookie = Omit<ParsedSetCookie, 'path'> & {
	path: string;
	hostOnly: boolean;
	/** Set for `Partitioned` cookies only. */
	partitionKey: string | undefined;
};

/** Why a cookie was refused; names are stable for diagnostics. */
export type Refusal =
	| 'public-suffix'
	| 'domain'
	| 'insecure-origin'
	| 'same-site-none-insecure'
	| 'same-site'
	| 'third-party'
	| 'prefix'
	| 'partitioned-insecure';

/** Storage rules that need only the cookie, its URL and its context (RFC 6265bis 5.7). */
export function admitCookie(
	parsed: ParsedSetCookie,
	url: URL,
	context: CookieContext,
	nowMs: number,
	rules: CookieRules = chromiumCookies,
	thirdParties: ThirdPartyCookies = 'sent',
): AdmittedCookie | Refusal {
	const host = cookieHost(url);
	let domain = parsed.domain;
	// biome-ignore lint/suspicious/noControlCharactersInRegex: a domain attribute must be ASCII (6265bis 5.7 step 8)
	if (/[^\x00-\x7f]/.test(domain)) return 'domain';
	if (domain !== '' && isPublicSuffix(domain)) {
		// A host that is itself a public suffix may set a cookie for itself alone.
		if (domain !== host) return 'public-suffix';
		domain = '';
	}
	const hostOnly = domain === '' || (domain === host && isAddress(host));
	if (!hostOnly && !toughCookie().domainMatch(host, domain, false)) return 'domain';
	const secureChannel = isSecureChannel(url);
	if (parsed.secure && !secureChannel) return 'insecure-origin';
	if (parsed.sameSite === 'none' && !parsed.secure) return 'same-site-none-insecure';
	const sameSite = parsed.sameSite ?? rules.unstatedSameSite;
	if (context.level === 'cross' && !context.unsafeNavigation && sameSite !== 'none') return 'same-site';
	const path = parsed.path ?? toughCookie().defaultPath(url.pathname);
	const prefixPath = rules.hostPrefixWithoutPath ? path : parsed.path;
	if (!prefixHolds({ ...parsed, path: prefixPath }, domain === '' && parsed.domain === '', secureChannel))
		return 'prefix';
	// Where all third parties have partitions, being in one asks for nothing.
	const isUsual = thirdParties === 'partitioned' && context.partitionKey !== siteOf(url);
	if (parsed.partitioned && !parsed.secure && !isUsual) return 'partitioned-insecure';
	const isForeign = !context.isFirstParty && thirdParties !== 'sent';
	if (isForeign && thirdParties === 'blocked' && !parsed.partitioned) return 'third-party';
	return {
		...parsed,
		domain: hostOnly ? host : domain,
		hostOnly,
		path,
		expiresAtMs: parsed.expiresAtMs === undefined ? undefined : Math.min(parsed.expiresAtMs, nowMs + maxLifeMs),
		partitionKey: parsed.partitioned || isForeign ? context.partitionKey : undefined,
	};
}

/** RFC 6265bis 4.1.3, prefixes in any case, plus `__Http-` and `__Host-Http-` (draft 21). */
function prefixHolds(cookie: ParsedSetCookie, hostOnly: boolean, secureChannel: boolean): boolean {
	const name = cookie.name.toLowerCase();
	if (!name.startsWith('__')) return true;
	const secure = cookie.secure && secureChannel;
	if (name.startsWith('__secure-')) return secure;
	if (name.startsWith('__http-')) return secure && cookie.httpOnly;
	if (!name.startsWith('__host-')) return true;
	if (!secure || !hostOnly || cookie.path !== '/') return false;
	return !name.startsWith('__host-http-') || cookie.httpOnly;
}

function isAddress(host: string): boolean {
	return host.includes(':') || /^[0-9.]+$/.test(host);
}
