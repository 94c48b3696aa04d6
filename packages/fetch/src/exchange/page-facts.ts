import { kindRecord, type LayoutRequest, type Profile, type RequestKind } from '@wiretwin/profiles';
import type { CookieContextInput } from '../cookies/context.ts';
import { cookieHost, isSameOrigin } from '../cookies/site.ts';
import { InvalidArgumentError } from '../errors/classes.ts';
import { askingFor } from '../initiator/asking-for.ts';
import { type Client, clientOfPage } from '../initiator/client.ts';
import { initiatorOption } from '../initiator/initiator-option.ts';
import { parseTarget } from '../options/target.ts';
import { namesLeft, referrerOf } from '../redirect/next-hop.ts';
import { originFor } from '../redirect/referrer.ts';
import { inForce, isForeign, shownReferrer } from '../redirect/shown-referrer.ts';
import { siteRelation } from '../redirect/site-relation.ts';
import type { ReferrerPolicy } from '../types/fetch-terms.ts';
import type { Initiator } from '../types/initiator.ts';
import { isNavigation, isTopLevelNavigation } from './kinds.ts';

/** The requests of a chain of redirects so far. */
export type RedirectChain = {
	/** Method of the first one. */
	method: string;
	/** All URLs, the first one's first. */
	urls: readonly [URL, ...URL[]];
	/** The last one as it was sent (`exchange.requestHeaders`): its fields keep their places. @default not known */
	last?: { readonly method: string; readonly headers: readonly string[] } | undefined;
};

/** What an adapter knows of a request before it is laid out. */
export type PageFactsInput = {
	/** Checked and parsed only where it matters: a typed navigation says nothing of it. */
	url: string | URL;
	method: string;
	/** That of the first request for all of a chain: a redirected form stays a form. */
	kind: RequestKind;
	/** Value of a `referer` field that the caller set; it is not repeated in the facts. */
	referer?: string | undefined;
	/** Who causes the request, as in `fetch`; `referer` then is only the value of a field. */
	initiator?: string | URL | Initiator | undefined;
	/** Referrer policy that the page states. @default none */
	referrerPolicy?: ReferrerPolicy | undefined;
	/** The browser, for what browsers make of an `initiator` each in its way: `session.transport.profile`. */
	profile?: Profile | undefined;
	/** The request continues a chain of redirects. */
	redirectedFrom?: RedirectChain | undefined;
};

/** What follows from the page that causes a request. */
export type PageFacts = {
	/** The page, or what it shows of itself as a referrer; `undefined` = an address typed by the user, or it shows nothing. */
	page: URL | undefined;
	/** For `ExchangeRequest.layout`. */
	layout: Pick<
		LayoutRequest,
		| ('site' | 'origin' | 'originAdded' | 'originTainted' | 'referer' | 'referrerPolicy')
		| ('foreign' | 'redirected' | 'before')
	>;
	/** For `session.cookieHeader` and `session.storeSetCookie`. */
	cookies: Omit<CookieContextInput, 'url'>;
};

/**
 * Facts of a request by the rules of `session.fetch`, for adapters whose client knows no pages. The page is the one that
 * `referer` names, else the front page of the site where a chain of redirects began, else the target's own front page;
 * a navigation that is not a form counts as typed into the address bar.
 */
export function pageFacts(input: PageFactsInput): PageFacts {
	if (typeof input !== 'object' || input === null) throw new InvalidArgumentError('The facts must be an object.');
	const { method, kind, redirectedFrom } = input;
	const layout: PageFacts['layout'] = { site: 'none' };
	if (redirectedFrom) {
		layout.redirected = true;
		const { last } = redirectedFrom;
		if (last && last.headers.length > 0)
			layout.before = namesLeft(last.headers, !isSafe(last.method) && isSafe(method));
	}
	const cookies = { method, topLevelNavigation: isTopLevelNavigation(kind), through: redirectedFrom?.urls };
	const asker = initiatorOption(input.initiator);
	if (asker) {
		const client = askingFor(asker, kind, undefined, input.profile, undefined);
		factsOf(client, input, layout);
		return { page: client.referrer, layout, cookies: { ...cookies, initiator: client } };
	}
	const page = pageOf(input);
	if (page) factsOfPage(page, input, layout);
	return { page, layout, cookies: { ...cookies, initiator: page } };
}

function pageOf({ url, method, kind, referer, redirectedFrom }: PageFactsInput): URL | undefined {
	const named = referer === undefined ? undefined : webPage(referer, parseTarget(url));
	if (named || isTyped(kind, redirectedFrom?.method ?? method)) return named;
	// `exchange` checks the URL; one parse less is worth having here, on the way of every request.
	const base = redirectedFrom?.urls[0] ?? url;
	return base instanceof URL || URL.canParse(base) ? new URL('/', base) : new URL('/', parseTarget(base));
}

function factsOfPage(page: URL, input: PageFactsInput, layout: PageFacts['layout']): void {
	if (input.referer === undefined && !input.redirectedFrom) {
		layout.site = 'same-origin';
		layout.origin = page.origin;
		layout.referer = page.href;
		return;
	}
	factsOf(clientOfPage(page), input, layout);
}

function factsOf(client: Client, input: PageFactsInput, layout: PageFacts['layout']): void {
	const { url, method, kind, referer, redirectedFrom, referrerPolicy: policy = '' } = input;
	const { origin, site: asker } = client;
	const target = parseTarget(url);
	let site: PageFacts['layout']['site'];
	let isTainted = false;
	let before: URL | undefined;
	// A method that changed took the field with it; a safe one has none as long as it stays at home.
	const hadNone = redirectedFrom !== undefined && isSafe(redirectedFrom.method);
	let isAdded = redirectedFrom !== undefined && !hadNone && isSafe(method);
	for (const hop of [...(redirectedFrom?.urls ?? []), target]) {
		site = siteRelation(site, client, hop);
		if (before && !isSameOrigin(before, hop) && !(asker && isSameOrigin(asker, before))) isTainted = true;
		if (hadNone && hop !== target && site === 'same-origin') isAdded = true;
		before = hop;
	}
	if (isAdded) layout.originAdded = true;
	if (site !== undefined) layout.site = site;
	if (policy !== '') {
		layout.referrerPolicy = policy;
		layout.foreign = isForeign(client, target, input.profile?.document.headers);
	}
	if (isTainted) layout.originTainted = true;
	layout.origin = originFor(origin, target, policy, !isNavigation(kind), isTainted);
	if (referer !== undefined) return;
	const own = ownReferrer(client, target, input);
	if (own !== undefined) layout.referer = own;
}

/** What is shown of the page: never more than to the requests before. */
function ownReferrer(client: Client, target: URL, { kind, redirectedFrom, profile, ...input }: PageFactsInput) {
	const headers = profile?.document.headers;
	const keepsTightened = headers !== undefined && kindRecord(headers, kind, client.type)?.keepsTightened === true;
	let policy = input.referrerPolicy ?? '';
	let referrer = client.referrer;
	for (const url of redirectedFrom?.urls ?? []) {
		if (!referrer) return undefined;
		const facts = { client, url, kind, policy };
		const sent = { referer: shownReferrer({ ...facts, referrer }, headers), keepsTightened };
		const hop = { client, referrerPolicy: policy };
		const left = referrerOf(hop, headers ? { ...sent, policy: inForce(facts, headers) } : sent);
		({ referrer, referrerPolicy: policy } = left);
	}
	return referrer && shownReferrer({ client, referrer, url: target, kind, policy }, headers);
}

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** A navigation without a page behind it: only forms and unsafe methods need one. */
export function isTyped(kind: RequestKind, method: string): boolean {
	return (kind === 'navigate' || kind === 'reload') && isSafe(method);
}

/** A page as text, absolute or relative to the target; `undefined` unless it is on the web. */
export function webPage(text: string, url: URL): URL | undefined {
	const page = URL.canParse(text, url.href) ? new URL(text, url) : undefined;
	return page && (page.protocol === 'http:' || page.protocol === 'https:') && cookieHost(page) !== ''
		? page
		: undefined;
}
