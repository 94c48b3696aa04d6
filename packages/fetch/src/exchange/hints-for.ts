import { isSameOrigin } from '../cookies/site.ts';
import { isWithinForeign } from '../initiator/client.ts';
import type { ClientHintMemory } from '../memory/client-hints.ts';
import type { Hop } from './hop.ts';
import { isFrameNavigation, isTopLevelNavigation } from './kinds.ts';

/** What it depends on; `site` absent: the asker's own origin. */
export type HintedRequest = Pick<Hop, 'kind' | 'client' | 'url'> &
	Partial<Pick<Hop, 'keepalive' | 'before'>> & { readonly site?: Hop['site'] | undefined };

/**
 * Hints that a request tells: what the page in the address bar asked for, to its own origin, as long as no document of another
 * one asks (Permissions-Policy of each hint: `self`). Of a frame's document it is the frame that counts, whoever puts it into the
 * page, but for a sandbox; of all else no other origin may lie on the way either. But no page is asked about the redirects of what may outlive it:
 * that goes on with the hints it has (Chromium 156: truth/src/scenarios/found.ts).
 */
export function hintsFor(request: HintedRequest, hints: ClientHintMemory): readonly string[] | undefined {
	if (hints.size === 0) return undefined;
	const { before, client } = request;
	if (before && client?.top && outlives(request))
		return hints.wanted(client.top)?.filter((name) => before.includes(name));
	return isOwn(request) ? hints.wanted(request.url) : undefined;
}

function outlives({ kind, keepalive }: HintedRequest): boolean {
	return kind === 'beacon' || (keepalive === true && kind === 'fetch');
}

function isOwn({ kind, client, site, url }: HintedRequest): boolean {
	if (client === undefined || isTopLevelNavigation(kind)) return true;
	if (client.top === undefined || !isSameOrigin(client.top, url)) return false;
	if (isFrameNavigation(kind)) return !client.isSandboxed && !client.asksForSandbox;
	return !isWithinForeign(client) && (site === undefined || site === 'same-origin');
}
