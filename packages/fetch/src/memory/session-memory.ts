import type { CacheRules, Profile } from '@wiretwin/profiles';
import { type Client, partyOf, topSite } from '../initiator/client.ts';
import type { ExportedAltSvc, ExportedHsts, MemoryKind } from '../types/memory.ts';
import type { ConnectionInfo } from '../types/response.ts';
import { AltSvcMemory } from './alt-svc.ts';
import { ClientHintMemory, noHints } from './client-hints.ts';
import { DictionaryMemory } from './dictionaries/dictionary-memory.ts';
import { HstsMemory } from './hsts.ts';
import { answersIn, type CacheChoice, defaultCacheBytes } from './http-cache/cache-choice.ts';
import { defaultRules } from './http-cache/default-rules.ts';
import { HttpCache } from './http-cache/http-cache.ts';
import type { ToldFields } from './told-fields.ts';

export const memoryKinds: readonly MemoryKind[] = ['hsts', 'clientHints', 'altSvc', 'cache', 'dictionaries', 'names'];

/** Kinds that browsers keep unless they are told otherwise; the cache has an option of its own. */
export const usualKinds = ['hsts', 'clientHints', 'altSvc', 'dictionaries'] as const;

/** Kinds that are switched on. */
export type MemoryChoice = Readonly<Record<(typeof usualKinds)[number], boolean>>;

export const everything: MemoryChoice = { hsts: true, clientHints: true, altSvc: true, dictionaries: true };
export const nothing: MemoryChoice = { hsts: false, clientHints: false, altSvc: false, dictionaries: false };

/** Whose request an answer is for: what decides where something is remembered. */
export type Asker = { url: URL; client: Client | undefined; isTopLevel: boolean };

/**
 * What servers have told this browser to remember (docs/internals/memory.md). Which kinds there are is the profile's and the
 * option `memory`'s to say. Each kind has its own limits and partitions.
 */
export class SessionMemory {
	readonly hints: ClientHintMemory;
	readonly hsts: HstsMemory;
	readonly altSvc: AltSvcMemory;
	/** Only if it was asked for. */
	readonly cache: HttpCache | undefined;
	/** Only beside a cache, in browsers that know them. */
	readonly dictionaries: DictionaryMemory | undefined;
	readonly cacheRules: CacheRules;
	readonly #profile: Profile;
	readonly #choice: MemoryChoice;

	/** @param kept where an HTTP cache keeps answers; `undefined`: there is none */
	constructor(profile: Profile, choice: MemoryChoice, kept: CacheChoice | undefined) {
		this.#profile = profile;
		this.#choice = choice;
		const { clientHints } = profile.document.headers;
		this.hints = new ClientHintMemory(
			(choice.clientHints && clientHints?.order) || noHints,
			clientHints?.default ?? noHints,
		);
		this.hsts = new HstsMemory();
		this.altSvc = new AltSvcMemory();
		const { cache = defaultRules, dictionaries } = profile.document.headers;
		this.cacheRules = cache;
		this.cache = kept && new HttpCache(cache, answersIn(kept));
		const hasDictionaries = kept !== undefined && dictionaries !== undefined && choice.dictionaries;
		// They are in memory, wherever answers are.
		const room = kept && 'maxBytes' in kept ? kept.maxBytes : defaultCacheBytes;
		this.dictionaries = hasDictionaries ? new DictionaryMemory(room) : undefined;
	}

	/** Whether a request for an http URL has to go to https at once. */
	upgrades(asker: Asker): boolean {
		return (
			this.hsts.size > 0 && asker.url.protocol === 'http:' && this.hsts.applies(asker.url, this.#hstsPartition(asker))
		);
	}

	/** Takes what an answer asks to be remembered. Plain text and certificates that nobody vouches for say nothing. */
	learn(told: ToldFields, asker: Asker, { tls }: Pick<ConnectionInfo, 'tls'>): void {
		const { url, isTopLevel } = asker;
		if (told.clearsCache) this.cache?.clearOrigin(url.origin);
		if (told.clearsDictionaries) this.dictionaries?.clearOrigin(url.origin);
		if (told.clears) this.hints.restore(url.origin, []);
		if (isTopLevel && told.acceptCh) this.hints.remember(url, told.acceptCh);
		if (!tls?.verified || url.protocol !== 'https:') return;
		if (told.hsts && this.#choice.hsts && this.#profile.document.headers.hsts)
			this.hsts.learn(url, told.hsts, this.#hstsPartition(asker));
		if (told.altSvc && this.#choice.altSvc) this.altSvc.learn(url, told.altSvc, siteOf(asker));
	}

	/** Takes what another session has known, as far as this one remembers such things. */
	restore({ hsts, altSvc }: { hsts: readonly ExportedHsts[]; altSvc: readonly ExportedAltSvc[] }): void {
		if (this.#choice.hsts && this.#profile.document.headers.hsts) this.hsts.restore(hsts);
		if (this.#choice.altSvc) this.altSvc.restore(altSvc);
	}

	/** Forgets kinds; all of them if none is named. Names are the transport's. */
	forget(kinds: readonly MemoryKind[] = memoryKinds): void {
		for (const kind of kinds) {
			if (kind === 'hsts') this.hsts.clear();
			else if (kind === 'altSvc') this.altSvc.clear();
			else if (kind === 'cache') this.cache?.clear();
			else if (kind === 'dictionaries') this.dictionaries?.clear();
			else if (kind === 'clientHints') this.hints.clear();
		}
	}

	/** Settles when what is kept outside of memory is there. */
	flush(): Promise<void> | undefined {
		return this.cache?.flush();
	}

	/** Site of the page where it matters: what a page of another site has learnt. */
	#hstsPartition(asker: Asker): string {
		const isApart = this.#profile.document.headers.hsts?.apart === true;
		return isApart && partyOf(asker.client, asker.url, asker.isTopLevel) !== 'first' ? siteOf(asker) : '';
	}
}

const siteOf = ({ client, url, isTopLevel }: Asker): string => topSite(client, url, isTopLevel);
