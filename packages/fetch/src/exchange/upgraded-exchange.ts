import type { Profile, SiteRelation } from '@wiretwin/profiles';
import { isSameOrigin } from '../cookies/site.ts';
import { askerOfExchange } from '../initiator/asker-of-exchange.ts';
import type { Client } from '../initiator/client.ts';
import type { SessionMemory } from '../memory/session-memory.ts';
import { parseTarget } from '../options/target.ts';
import { siteRelation } from '../redirect/site-relation.ts';
import type { ExchangeRequest } from '../types/exchange.ts';
import { isTopLevelNavigation } from './kinds.ts';

/** An http URL with https in its place; the port stays, 80 becomes 443. */
export function overTls(url: URL): URL {
	const target = new URL(url);
	target.protocol = 'https:';
	return target;
}

/**
 * What a request that goes on to https says of where it comes from.
 * @param shows the plain request counts as a redirect (profile: `hsts.shows`)
 */
export function askedThrough(
	client: Client,
	url: URL,
	target: URL,
	shows: boolean,
): { site: SiteRelation; isTainted: boolean } {
	if (!shows) return { site: siteRelation(undefined, client, target), isTainted: false };
	return {
		site: siteRelation(siteRelation(undefined, client, url), client, target),
		isTainted: client.origin !== undefined && !isSameOrigin(client.origin, url),
	};
}

/**
 * A request of an adapter, on its way to https where the host has asked for it (RFC 6797). The adapter is not told: it goes on
 * to speak of the URL that it asked for.
 */
export function upgradedExchange(
	request: ExchangeRequest,
	memory: SessionMemory,
	{ document }: Profile,
): ExchangeRequest {
	const url = parseTarget(request.url);
	const client = askerOfExchange(request);
	if (!memory.upgrades({ url, client, isTopLevel: isTopLevelNavigation(request.kind ?? 'fetch') })) return request;
	const target = overTls(url);
	const layout = { ...request.layout, redirected: true, internal: 'upgraded' as const };
	if (client) {
		const { site, isTainted } = askedThrough(client, url, target, document.headers.hsts?.shows === true);
		layout.site = site;
		if (isTainted && layout.origin !== undefined) layout.origin = 'null';
	}
	return { ...request, url: target, layout };
}
