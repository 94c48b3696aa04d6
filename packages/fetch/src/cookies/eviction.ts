import type { Cookie, Store } from 'tough-cookie';
import { registrableDomain } from './site.ts';
import { answerOf, type Steps } from './steps.ts';
import * as access from './store-access.ts';
import { lastUse } from './stored-cookie.ts';

/** Chromium's caps: per registrable domain and in total, and what is left after an eviction. */
export const cookieLimits = { perDomain: 180, perDomainAfter: 150, total: 3300, totalAfter: 3000 } as const;

/** Keeps a store within `cookieLimits`, least recently used first out. */
export class Eviction {
	readonly #counts = new Map<string, number>();
	#total = 0;

	/** A cookie of `domain` has been added. */
	*added(store: Store, domain: string): Steps<void> {
		const site = registrableDomain(domain);
		const count = (this.#counts.get(site) ?? 0) + 1;
		this.#counts.set(site, count);
		this.#total += 1;
		if (count <= cookieLimits.perDomain && this.#total <= cookieLimits.total) return;
		// The counters only grow between two looks; the truth is in the store, which the caller may also write to.
		const stored = yield* answerOf(access.all(store));
		const ofSite = stored.filter((cookie) => registrableDomain(cookie.domain ?? '') === site);
		if (ofSite.length > cookieLimits.perDomain) yield* trim(store, ofSite, cookieLimits.perDomainAfter);
		this.#counts.set(site, Math.min(ofSite.length, cookieLimits.perDomainAfter));
		const left = yield* answerOf(access.all(store));
		if (left.length > cookieLimits.total) yield* trim(store, left, cookieLimits.totalAfter);
		this.#total = Math.min(left.length, cookieLimits.total);
	}

	/** The store is empty. */
	reset(): void {
		this.#counts.clear();
		this.#total = 0;
	}
}

function* trim(store: Store, cookies: readonly Cookie[], keep: number): Steps<void> {
	const byUse = cookies.toSorted(
		(left, right) => lastUse(left) - lastUse(right) || left.creationIndex - right.creationIndex,
	);
	for (const cookie of byUse.slice(0, cookies.length - keep)) yield* answerOf(access.remove(store, cookie));
}
