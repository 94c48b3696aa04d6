import { isSameOrigin } from '../cookies/site.ts';
import { askerOfExchange } from '../initiator/asker-of-exchange.ts';
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
 * A request of an adapter, on its way to https where the host has asked for it (RFC 6797). The adapter is not told: it goes on
 * to speak of the URL that it asked for.
 * @param shows the plain request counts as a redirect (profile: `hsts.shows`)
 */
export function upgradedExchange(request: ExchangeRequest, memory: SessionMemory, shows: boolean): ExchangeRequest {
	const url = parseTarget(request.url);
	const client = askerOfExchange(request);
	if (!memory.upgrades({ url, client, isTopLevel: isTopLevelNavigation(request.kind ?? 'fetch') })) return request;
	const target = overTls(url);
	const layout = { ...request.layout, redirected: true, internal: 'upgraded' as const };
	if (client) {
		layout.site = shows
			? siteRelation(siteRelation(undefined, client, url), client, target)
			: siteRelation(undefined, client, target);
		if (shows && client.origin && !isSameOrigin(client.origin, url) && layout.origin !== undefined)
			layout.origin = 'null';
	}
	return { ...request, url: target, layout };
}
