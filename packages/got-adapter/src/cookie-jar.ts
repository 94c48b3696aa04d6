import type { Session } from 'wiretwin';

/** got's `cookieJar` with promises. */
export type BrowserCookieJar = {
	/** Cookies for a request, as the `Cookie` field has them; `''` = none. */
	getCookieString(url: string): Promise<string>;
	/** Takes one Set-Cookie line. A line that a browser refuses is dropped without an error, as a browser does. */
	setCookie(line: string, url: string): Promise<void>;
};

/** The session's jar for got, with the rules of browsers instead of tough-cookie's (docs/internals/http-agent.md). */
export function browserCookieJar(session: Pick<Session, 'cookieHeader' | 'storeSetCookie'>): BrowserCookieJar {
	return {
		getCookieString: async (url) => session.cookieHeader(url),
		setCookie: async (line, url) => session.storeSetCookie(url, [line]),
	};
}
