import { isSameSite, siteOf } from './site.ts';

/** How a request stands to the page that caused it; decides which SameSite cookies travel. */
export type CookieContext = {
	/** `strict`: same-site. `lax`: top-level navigation from another site. `cross`: everything else. */
	level: 'strict' | 'lax' | 'cross';
	/** A cross-site top-level navigation with an unsafe method: only young cookies without SameSite go along. */
	unsafeNavigation: boolean;
	/** Site of the top-level page (CHIPS). */
	partitionKey: string;
};

export type CookieContextInput = {
	url: URL;
	method: string;
	/** A document in the address bar, as opposed to a subresource or frame. */
	topLevelNavigation: boolean;
	/** The page that caused the request; `undefined` = the user (typed address). */
	initiator: URL | undefined;
};

/**
 * Site context of one hop (RFC 6265bis 5.2). Redirects do not count, as in Chromium: only initiator and current URL do.
 */
export function cookieContext(input: CookieContextInput): CookieContext {
	const { url, initiator } = input;
	const sameSite = initiator === undefined || isSameSite(initiator, url);
	if (input.topLevelNavigation) {
		const partitionKey = siteOf(url);
		if (sameSite) return { level: 'strict', unsafeNavigation: false, partitionKey };
		const safe = input.method === 'GET' || input.method === 'HEAD';
		return { level: safe ? 'lax' : 'cross', unsafeNavigation: !safe, partitionKey };
	}
	return {
		level: sameSite ? 'strict' : 'cross',
		unsafeNavigation: false,
		partitionKey: siteOf(initiator ?? url),
	};
}

/** Context of a call without a page: the user's own reads and writes. */
export function firstPartyContext(url: URL): CookieContext {
	return { level: 'strict', unsafeNavigation: false, partitionKey: siteOf(url) };
}
