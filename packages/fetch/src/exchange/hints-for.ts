import { isSameOrigin } from '../cookies/site.ts';
import { isWithinForeign } from '../initiator/client.ts';
import type { ClientHintMemory } from '../memory/client-hints.ts';
import type { Hop } from './hop.ts';
import { isFrameNavigation, isTopLevelNavigation } from './kinds.ts';

/** What it depends on; `site` absent: the asker's own origin. */
export type HintedRequest = Pick<Hop, 'kind' | 'client' | 'url'> & { readonly site?: Hop['site'] | undefined };

/**
 * Hints that a request tells: what the page in the address bar asked for, to its own origin, as long as no document of another
 * one asks (Permissions-Policy of each hint: `self`). Of a frame's document it is the frame that counts, which a sandbox keeps
 * apart; of all else no other origin may lie on the way either.
 */
export function hintsFor(request: HintedRequest, hints: ClientHintMemory): readonly string[] | undefined {
	return hints.size === 0 || !isOwn(request) ? undefined : hints.wanted(request.url);
}

function isOwn({ kind, client, site, url }: HintedRequest): boolean {
	if (client === undefined || isTopLevelNavigation(kind)) return true;
	if (isWithinForeign(client) || client.top === undefined || !isSameOrigin(client.top, url)) return false;
	if (isFrameNavigation(kind)) return !client.isSandboxed && !client.asksForSandbox;
	return site === undefined || site === 'same-origin';
}
