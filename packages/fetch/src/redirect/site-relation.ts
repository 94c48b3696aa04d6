import type { SiteRelation } from '@wiretwin/profiles';
import { isSameOrigin, isSameSite } from '../cookies/site.ts';
import type { Client } from '../initiator/client.ts';

/**
 * `sec-fetch-site` over the hops so far (Fetch Metadata 2.3): once a hop was elsewhere it never gets closer again.
 * Without a client (typed address) it stays `none`, also across sites, as captured.
 */
export function siteRelation(
	previous: SiteRelation | undefined,
	client: Pick<Client, 'site'> | undefined,
	url: URL,
): SiteRelation {
	if (client === undefined) return 'none';
	const { site } = client;
	if (previous === 'cross-site' || site === undefined) return 'cross-site';
	if (isSameOrigin(site, url)) return previous === undefined || previous === 'none' ? 'same-origin' : previous;
	return isSameSite(site, url) ? 'same-site' : 'cross-site';
}
