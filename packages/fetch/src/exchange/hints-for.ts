import { isSameOrigin } from '../cookies/site.ts';
import { isWithinForeign } from '../initiator/client.ts';
import type { ClientHintMemory } from '../memory/client-hints.ts';
import type { Hop } from './hop.ts';
import { isTopLevelNavigation } from './kinds.ts';

/**
 * Hints that a request tells: what the page in the address bar asked for, to its own origin, as long as no other origin
 * lies on the way and no document of one asks (Permissions-Policy of each hint: `self`).
 */
export function hintsFor({ kind, client, site, url }: Hop, hints: ClientHintMemory): readonly string[] | undefined {
	if (hints.size === 0) return undefined;
	const isOwn =
		client === undefined ||
		isTopLevelNavigation(kind) ||
		(site === 'same-origin' && !isWithinForeign(client) && client.top !== undefined && isSameOrigin(client.top, url));
	return isOwn ? hints.wanted(url) : undefined;
}
