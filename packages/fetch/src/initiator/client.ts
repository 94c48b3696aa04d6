import { isSameSite, siteOf } from '../cookies/site.ts';
import type { InitiatorClient } from '../types/initiator.ts';

/** Who asks for a request, as far as requests depend on it. */
export type Client = {
	readonly type: InitiatorClient;
	/** A URL of its origin; `undefined`: an origin that is nobody else's. */
	readonly origin: URL | undefined;
	/** What `sec-fetch-site` is relative to; `undefined` as for `origin`. */
	readonly site: URL | undefined;
	/** What `referer` is made of; `undefined`: it has none. */
	readonly referrer: URL | undefined;
	/** The page in the address bar; `undefined`: one whose origin is nobody else's. */
	readonly top: URL | undefined;
	/** It, or a document around it, is of another site than the page in the address bar. */
	readonly isForeign: boolean;
	/** The document itself goes elsewhere, not a frame inside of it: what is around it counts. */
	readonly inPlace: boolean;
	/** `isForeign` of the document around it. */
	readonly isAroundForeign: boolean;
	/** What is inside of it has an origin that is nobody else's, too. */
	readonly isSandboxed: boolean;
	/** The frame whose document it asks for has a sandbox that makes its origin nobody else's. */
	readonly asksForSandbox: boolean;
	/** Style sheet of the document that names what is asked for. */
	readonly styleSheet: URL | undefined;
};

/**
 * Whose cookies a target's are for the asker: `first` those of the page in the address bar, `third` another site's, `apart`
 * the page's own site's, asked for by a frame of another site or of an origin that is nobody else's.
 */
export type Party = 'first' | 'third' | 'apart';

/** The asker that a page in the address bar is. */
export function clientOfPage(page: URL): Client {
	return {
		type: 'document',
		origin: page,
		site: page,
		referrer: page,
		top: page,
		isForeign: false,
		inPlace: false,
		isAroundForeign: false,
		isSandboxed: false,
		asksForSandbox: false,
		styleSheet: undefined,
	};
}

/**
 * @param isTopLevel a document in the address bar, which is the page itself
 * @param schemeless http and https are one site (profile: `schemelessSites`)
 */
export function partyOf(client: Client | undefined, url: URL, isTopLevel: boolean, schemeless = false): Party {
	if (client === undefined || isTopLevel) return 'first';
	if (client.top === undefined || !isSameSite(client.top, url, schemeless)) return 'third';
	return isWithinForeign(client) ? 'apart' : 'first';
}

/** Site of the page in the address bar, by which browsers keep connections, answers and what they remember apart. */
export function topSite(client: Client | undefined, url: URL, isTopLevel: boolean): string {
	const top = client === undefined || isTopLevel ? url : client.top;
	return top ? siteOf(top) : 'opaque';
}

/** A document of another site than the page's lies around what is asked for. */
export function isWithinForeign({ inPlace, isAroundForeign, isForeign }: Client): boolean {
	return inPlace ? isAroundForeign : isForeign;
}
