import type { SiteRelation } from '@wiretwin/profiles';
import { isSameOrigin, isSameSite } from '../cookies/site.ts';

/**
 * `sec-fetch-site` over the hops so far (Fetch Metadata 2.3): once a hop was elsewhere it never gets closer again.
 * Without an initiator (typed address) it stays `none`, also across sites, as captured.
 */
export function siteRelation(previous: SiteRelation | undefined, initiator: URL | undefined, url: URL): SiteRelation {
	if (initiator === undefined) return 'none';
	if (previous === 'cross-site') return 'cross-site';
	if (isSameOrigin(initiator, url)) return previous === undefined || previous === 'none' ? 'same-origin' : previous;
	return isSameSite(initiator, url) ? 'same-site' : 'cross-site';
}
