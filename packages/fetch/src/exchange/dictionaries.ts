import type { KindRecord, Profile } from '@wiretwin/profiles';
import { cookieHost, isLoopback, isSameOrigin, siteOf } from '../cookies/site.ts';
import { headerValue, headerValues } from '../headers/caller-headers.ts';
import { partyOf, topSite } from '../initiator/client.ts';
import type { Dictionary, DictionaryMemory } from '../memory/dictionaries/dictionary-memory.ts';
import { dictionaryUntil } from '../memory/http-cache/freshness.ts';
import type { SessionMemory } from '../memory/session-memory.ts';
import type { Transport } from '../transport.ts';
import type { ResponseHead } from '../types/exchange.ts';
import type { Hop } from './hop.ts';
import { isFrameNavigation, isTopLevelNavigation } from './kinds.ts';

/** The part that dictionaries have in one request. */
export type DictionaryHop = {
	/** What the request says it has. */
	readonly found: Dictionary | undefined;
	/** Takes an answer that came without a body, from the cache or by a 304. */
	renew(rawHeaders: readonly string[]): void;
	/** What is to be called with the whole body; `undefined`: the answer is to be no dictionary. */
	keepOf(head: ResponseHead): ((body: Uint8Array) => void) | undefined;
};

const fieldName = 'use-as-dictionary';

/** Asks for a dictionary for a hop; `undefined`: there can be none, nor will its answer be one. */
export function askDictionaries(
	{ dictionaries, cacheRules }: SessionMemory,
	hop: Hop,
	kind: KindRecord | undefined,
	{ profile, trust }: Pick<Transport, 'profile' | 'trust'>,
): DictionaryHop | undefined {
	const asker = dictionaries && partitionOf(hop, kind, profile);
	if (dictionaries === undefined || asker === undefined) return undefined;
	// What not everybody would believe is for those who do.
	const partition = trust === '' ? asker : `${asker} ${trust}`;
	const { url } = hop;
	const { forgotten } = dictionaries;
	const destination = hop.destination ?? kind?.dest ?? '';
	const hasOwn = headerValue(hop.headers.list, 'accept-encoding') !== undefined || hop.headers.verbatim;
	const until = (rawHeaders: readonly string[]) => dictionaryUntil(rawHeaders, Date.now(), cacheRules);
	return {
		found: hasOwn ? undefined : dictionaries.find(partition, url, destination === 'empty' ? '' : destination),
		renew(rawHeaders) {
			const values = dictionaries.size > 0 ? headerValues(rawHeaders, fieldName) : [];
			if (values.length > 0) dictionaries.renew(partition, url, values, until(rawHeaders));
		},
		keepOf: ({ rawHeaders }) => keep(dictionaries, forgotten, hop, kind, partition, rawHeaders, until),
	};
}

function keep(
	dictionaries: DictionaryMemory,
	forgotten: number,
	hop: Hop,
	kind: KindRecord | undefined,
	partition: string,
	rawHeaders: readonly string[],
	until: (rawHeaders: readonly string[]) => number,
): ((body: Uint8Array) => void) | undefined {
	const values = headerValues(rawHeaders, fieldName);
	// A document in a frame is used with a dictionary, and is none itself (Chromium 156).
	if (values.length === 0 || isFrameNavigation(hop.kind) || !isShared(hop, kind, rawHeaders)) return undefined;
	const expires = until(rawHeaders);
	return (body) => {
		if (dictionaries.forgotten === forgotten) dictionaries.learn(partition, hop.url, values, expires, body);
	};
}

/** The page may read the answer (fetch: CORS check). */
function isShared(hop: Hop, kind: KindRecord | undefined, rawHeaders: readonly string[]): boolean {
	const { client, mode = kind?.mode } = hop;
	if (mode !== 'cors' || client?.origin === undefined || isOwn(hop)) return true;
	const allowed = headerValue(rawHeaders, 'access-control-allow-origin');
	return allowed === '*' || allowed === client.origin.origin;
}

const isOwn = ({ client, url, originTainted }: Hop): boolean =>
	client?.origin !== undefined && isSameOrigin(client.origin, url) && !originTainted;

/**
 * Whose dictionaries a request has: those of the origin that asks, on pages of this site; a document is its own asker.
 * `undefined`: none, as without TLS, for others' answers that the asker may not read, and where it has no cookies of its own.
 */
function partitionOf(hop: Hop, kind: KindRecord | undefined, profile: Profile): string | undefined {
	const { url, client, mode = kind?.mode } = hop;
	if (url.protocol !== 'https:' && !isLoopback(cookieHost(url))) return undefined;
	if (hop.kind === 'preflight' || (mode === 'no-cors' && !isOwn(hop))) return undefined;
	const isTopLevel = isTopLevelNavigation(hop.kind);
	if (client === undefined || isTopLevel) return `${url.origin} ${siteOf(url)}`;
	if (profile.thirdPartyCookies === 'blocked' && partyOf(client, url, isTopLevel) !== 'first') return undefined;
	const asker = isFrameNavigation(hop.kind) ? url : client.origin;
	return asker && `${asker.origin} ${topSite(client, url, isTopLevel)}`;
}
