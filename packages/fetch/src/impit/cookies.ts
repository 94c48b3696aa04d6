/** Cookies where impit has them: in the caller's jar, or nowhere. */
import type { CookieJar } from 'tough-cookie';
import type { FollowContext } from '../exchange/follow.ts';

/** The two calls that impit makes. A `CookieJar` of tough-cookie has them. */
export type ImpitCookieJar = {
	// biome-ignore lint/suspicious/noExplicitAny: as impit declares it
	setCookie: (cookie: string, url: string, callback?: any) => unknown;
	getCookieString: (url: string) => Promise<string> | string;
};

type Cookies = FollowContext['cookies'];

/** Without a jar nothing is kept, not even along redirects. */
export const noCookies: Cookies = {
	headerFor: () => '',
	storeFromResponse: async () => undefined,
};

/** Whether a browser's rules can be applied to it: a jar of tough-cookie shows its store. */
export function isToughJar(jar: unknown): jar is CookieJar {
	return typeof (jar as { store?: { findCookies?: unknown } }).store?.findCookies === 'function';
}

/** Any other jar is asked for each hop; what it throws counts for nothing, as in impit. */
export function cookiesOf(jar: ImpitCookieJar): Cookies {
	return {
		async headerFor(url) {
			try {
				return (await jar.getCookieString(url.href)) ?? '';
			} catch {
				return '';
			}
		},
		async storeFromResponse({ lines }, url) {
			for (const line of lines) {
				try {
					await jar.setCookie(line, url.href);
				} catch {}
			}
		},
	};
}
