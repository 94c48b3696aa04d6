import type { LayoutRequest, RequestKind } from '@wiretwin/profiles';
import type { CookieContextInput } from '../cookies/context.ts';
import { cookieHost } from '../cookies/site.ts';
import { parseTarget } from '../options/target.ts';
import { siteRelation } from '../redirect/site-relation.ts';
import { isTopLevelNavigation } from './kinds.ts';

/** What an adapter knows of a request before it is laid out. */
export type PageFactsInput = {
	/** Checked and parsed only where it matters: a typed navigation says nothing of it. */
	url: string | URL;
	method: string;
	kind: RequestKind;
	/** Value of a `referer` field that the caller set; it is not repeated in the facts. */
	referer?: string | undefined;
	/** The request continues a chain of redirects that began at this URL. */
	redirectedFrom?: URL | undefined;
};

/** What follows from the page that causes a request. */
export type PageFacts = {
	/** The page; `undefined` = an address typed by the user. */
	page: URL | undefined;
	/** For `ExchangeRequest.layout`. */
	layout: Pick<LayoutRequest, 'site' | 'origin' | 'referer' | 'redirected'>;
	/** For `session.cookieHeader` and `session.storeSetCookie`. */
	cookies: Omit<CookieContextInput, 'url'>;
};

/**
 * Facts of a request by the rules of `session.fetch`, for adapters whose client knows no pages. The page is the one that
 * `referer` names, else the front page of the site where a chain of redirects began, else the target's own front page;
 * a navigation that is not a form counts as typed into the address bar.
 */
export function pageFacts({ url, method, kind, referer, redirectedFrom }: PageFactsInput): PageFacts {
	const layout: PageFacts['layout'] = redirectedFrom ? { redirected: true } : {};
	const page = pageOf(url, method, kind, referer, redirectedFrom);
	if (page) {
		layout.site =
			redirectedFrom || referer !== undefined ? siteRelation(undefined, page, parseTarget(url)) : 'same-origin';
		layout.origin = page.origin;
		if (referer === undefined) layout.referer = page.href;
	} else layout.site = 'none';
	return { page, layout, cookies: { method, topLevelNavigation: isTopLevelNavigation(kind), initiator: page } };
}

function pageOf(
	url: string | URL,
	method: string,
	kind: RequestKind,
	referer: string | undefined,
	redirectedFrom: URL | undefined,
): URL | undefined {
	const named = referer === undefined ? undefined : webPage(referer, parseTarget(url));
	// `exchange` checks the URL; one parse less is worth having here, on the way of every request.
	return named ?? (isTyped(kind, method) ? undefined : new URL('/', redirectedFrom ?? url));
}

/** A navigation without a page behind it: only forms and unsafe methods need one. */
export function isTyped(kind: RequestKind, method: string): boolean {
	return isTopLevelNavigation(kind) && kind !== 'form' && (method === 'GET' || method === 'HEAD');
}

/** A page as text, absolute or relative to the target; `undefined` unless it is on the web. */
export function webPage(text: string, url: URL): URL | undefined {
	const page = URL.canParse(text, url.href) ? new URL(text, url) : undefined;
	return page && (page.protocol === 'http:' || page.protocol === 'https:') && cookieHost(page) !== ''
		? page
		: undefined;
}
