import { isIP } from 'node:net';
import { getDomain } from 'tldts';
import type { ExchangeRequest } from 'wiretwin';

type Site = NonNullable<NonNullable<ExchangeRequest['layout']>['site']>;

/** How the target stands to the page that causes the request (`sec-fetch-site`; HTML: same origin, same site). */
export function siteBetween(page: URL, target: URL): Site {
	if (page.origin === target.origin) return 'same-origin';
	return page.protocol === target.protocol && registrable(page) === registrable(target) ? 'same-site' : 'cross-site';
}

/** The page that a `referer` field names; `undefined` if it is not a web address. */
export function pageOf(referer: string | undefined): URL | undefined {
	if (referer === undefined || !URL.canParse(referer)) return undefined;
	const page = new URL(referer);
	return page.protocol === 'http:' || page.protocol === 'https:' ? page : undefined;
}

/** eTLD+1; an IP address or a bare public suffix stands for itself. */
function registrable({ hostname }: URL): string {
	const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
	if (isIP(host) !== 0) return host;
	return getDomain(host, { allowPrivateDomains: true, extractHostname: false, validateHostname: false }) ?? host;
}
