import type { CookieRules } from '@wiretwin/profiles';
import { type Client, clientOfPage, type Party, partyOf } from '../initiator/client.ts';
import { isSameSite, siteOf } from './site.ts';

/** Partition of pages whose origin is nobody else's. LIMIT: they share one. */
const opaqueSite = 'https://null';

/** How a request stands to the page that caused it; decides which SameSite cookies travel. */
export type CookieContext = {
	/** `strict`: same-site. `lax`: top-level navigation from another site. `cross`: everything else. */
	level: 'strict' | 'lax' | 'cross';
	/** A cross-site top-level navigation with an unsafe method: only young cookies without SameSite go along. */
	unsafeNavigation: boolean;
	/** Site of the top-level page (CHIPS). */
	partitionKey: string;
	/** The page in the address bar, and all documents between, are of the cookie's site. */
	isFirstParty: boolean;
	/** URLs that have redirected to it, and the level where one of another site counts. @default none */
	through?: { urls: readonly URL[]; level: CookieContext['level']; schemeless: boolean } | undefined;
};

export type CookieContextInput = {
	url: URL;
	method: string;
	/** A document in the address bar, as opposed to a subresource or frame. */
	topLevelNavigation: boolean;
	/** Who caused the request: a page, or what `pageFacts` has made of an `initiator`; `undefined` = the user (typed address). */
	initiator: URL | Client | undefined;
	/** URLs that have redirected to it, from the first one on. @default none */
	through?: readonly URL[] | undefined;
	/** http and https are one site (profile: `schemelessSites`). @default false; of `session.cookieHeader` the browser's */
	schemeless?: boolean | undefined;
};

/** Site context of one hop (RFC 6265bis 5.2), whatever has redirected to it: `contextOfSending` is for browsers that ask. */
export function cookieContext(input: CookieContextInput): CookieContext {
	const { url, schemeless = false } = input;
	const client = input.initiator instanceof URL ? clientOfPage(input.initiator) : input.initiator;
	const sameSite = client === undefined || (client.origin !== undefined && isSameSite(client.origin, url, schemeless));
	const safe = input.method === 'GET' || input.method === 'HEAD';
	const foreign = input.topLevelNavigation && safe ? 'lax' : 'cross';
	const through = input.through && ({ urls: input.through, level: foreign, schemeless } as const);
	if (input.topLevelNavigation) {
		const partitionKey = siteOf(url);
		if (sameSite) return { level: 'strict', unsafeNavigation: false, partitionKey, isFirstParty: true, through };
		return { level: foreign, unsafeNavigation: !safe, partitionKey, isFirstParty: true };
	}
	const party = partyOf(client, url, false, schemeless);
	return {
		level: sameSite && party === 'first' ? 'strict' : foreign,
		unsafeNavigation: false,
		partitionKey: partitionKeyOf(client, url, party),
		isFirstParty: party === 'first',
		through,
	};
}

/** What sending goes by where a redirect of another site counts (profile: `redirectsCount`); what is stored never does. */
export function contextOfSending(context: CookieContext, url: URL, { redirectsCount }: CookieRules): CookieContext {
	const { level, through } = context;
	if (!redirectsCount || level !== 'strict' || through === undefined) return context;
	const isCrossed = through.urls.some((each) => !isSameSite(each, url, through.schemeless));
	return isCrossed ? { ...context, level: through.level } : context;
}

/** Cookies of the page's own site are others when a frame of another site asks for them (CHIPS: cross-site ancestor). */
function partitionKeyOf(client: Client | undefined, url: URL, party: Party): string {
	const top = client === undefined ? siteOf(url) : client.top ? siteOf(client.top) : opaqueSite;
	return party === 'apart' ? `${top}^apart` : top;
}

/** Context of a call without a page: the user's own reads and writes. */
export function firstPartyContext(url: URL): CookieContext {
	return { level: 'strict', unsafeNavigation: false, partitionKey: siteOf(url), isFirstParty: true };
}
