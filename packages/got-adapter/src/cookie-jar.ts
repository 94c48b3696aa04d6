import type { CookieSource } from '@wiretwin/http-agent';
import type { Session } from 'wiretwin';

/** got's `cookieJar` with promises. */
export type BrowserCookieJar = {
	/** Cookies for a request, as the `Cookie` field has them; `''` = none. */
	getCookieString(url: string): Promise<string>;
	/** Takes one Set-Cookie line. A line that a browser refuses is dropped without an error, as a browser does. */
	setCookie(line: string, url: string): Promise<void>;
};

/** Lines that got has yet to hand over; it does so at once, so more are of responses that it gave up. */
const maxRemembered = 1000;

/**
 * The session's jar for got, with the rules of browsers instead of tough-cookie's (docs/internals/http-agent.md), and the
 * cookies of an agent whose requests have that jar. got shows a jar Set-Cookie lines alone; the agent sees the whole
 * response, whose `Date` and `Clear-Site-Data` count too. So the agent stores, and the jar passes over what it has stored.
 */
export function gotCookies(session: Session): {
	jar: BrowserCookieJar;
	source: CookieSource;
} {
	const stored = new Map<string, number>();
	const remember = (line: string): void => {
		if (stored.size >= maxRemembered) stored.delete(stored.keys().next().value as string);
		stored.set(line, (stored.get(line) ?? 0) + 1);
	};
	const isStored = (line: string): boolean => {
		const times = stored.get(line) ?? 0;
		if (times > 1) stored.set(line, times - 1);
		else stored.delete(line);
		return times > 0;
	};
	const { getCookieString, setCookie } = browserCookieJar(session);
	return {
		jar: { getCookieString, setCookie: async (line, url) => (isStored(line) ? undefined : setCookie(line, url)) },
		source: {
			cookieHeader: () => '', // got asks the jar
			storeCookies: (url, rawHeaders, context) => {
				for (let index = 0; index < rawHeaders.length; index += 2) {
					const name = rawHeaders[index] as string;
					if (name.length === 10 && name.toLowerCase() === 'set-cookie') remember(rawHeaders[index + 1] as string);
				}
				return session.storeCookies(url, rawHeaders, context);
			},
		},
	};
}

/** The session's jar for a got of one's own. It sees Set-Cookie lines alone; `createGot` knows the whole response. */
export function browserCookieJar(session: Pick<Session, 'cookieHeader' | 'storeSetCookie'>): BrowserCookieJar {
	return {
		getCookieString: async (url) => session.cookieHeader(url),
		setCookie: async (line, url) => session.storeSetCookie(url, [line]),
	};
}
