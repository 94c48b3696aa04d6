import type { CookieRules, ThirdPartyCookies } from '@wiretwin/profiles';
import type { Cookie, CookieJar, MemoryCookieStore, Store } from 'tough-cookie';
import { type AdmittedCookie, admitCookie, type Refusal } from './admit.ts';
import { type CookieContext, contextOfSending } from './context.ts';
import { Eviction } from './eviction.ts';
import { HeaderIndex, stringFor } from './header-index.ts';
import { chromiumCookies, type ParsedSetCookie, parseSetCookie } from './parse-set-cookie.ts';
import type { CookieFields } from './response-fields.ts';
import { cookieHost, isSecureChannel, registrableDomain, siteOf } from './site.ts';
import { answerOf, run, type Steps } from './steps.ts';
import * as access from './store-access.ts';
import { isEmpty, versionOf } from './store-version.ts';
import { cookieString, isAlive, isPartitioned, isSameSiteAllowed, partitionOf, toCookie } from './stored-cookie.ts';
import { toughCookie } from './tough-cookie.ts';

/** A cookie as `list()` has it. */
export type ListedCookie = { cookie: Cookie; partitionKey: string | undefined };

/**
 * A browser's cookie behaviour over a tough-cookie jar. Parsing, admission and selection are ours (tough-cookie differs
 * from browsers in the points listed in docs/internals/cookies.md); the jar's store holds the result, so the jar stays
 * the public face: whatever it holds is sent, whatever we admit is readable through it.
 *
 * Partitioned cookies (CHIPS) of a first-party page live in the jar too, marked by the `Partitioned` extension; those
 * of a third party, and the rare double of a slot, live in a store per partition that the jar does not show.
 *
 * Every call answers inside the call where the store does, and with a promise where it does not.
 */
export class BrowserCookies {
	/** A jar of ours is made when somebody asks for it or sets a cookie. */
	#jar: CookieJar | undefined;
	readonly #now: () => number;
	readonly #rules: CookieRules;
	readonly #thirdParties: ThirdPartyCookies;
	readonly #partitions = new Map<string, MemoryCookieStore>();
	/** Changes of `#partitions`; the jar's store counts its own. */
	#partitionChanges = 0;
	readonly #index = new HeaderIndex();
	readonly #eviction = new Eviction();

	constructor(
		jar?: CookieJar,
		now: () => number = Date.now,
		rules: CookieRules = chromiumCookies,
		thirdParties: ThirdPartyCookies = 'sent',
	) {
		this.#jar = jar;
		this.#now = now;
		this.#rules = rules;
		this.#thirdParties = thirdParties;
	}

	get jar(): CookieJar {
		this.#jar ??= new (toughCookie().CookieJar)(undefined, { looseMode: true, rejectPublicSuffixes: false });
		return this.#jar;
	}

	/** The store says that it answers inside the call. */
	get synchronous(): boolean {
		return this.#jar === undefined || this.#jar.store.synchronous === true;
	}

	/**
	 * Does what one response asks for: sets its cookies, then clears the site's if it says so, those just set too (seen in both
	 * browsers). Refused cookies are dropped without an error, as in a browser.
	 */
	storeFromResponse(fields: CookieFields, url: URL, context: CookieContext): void | Promise<void> {
		return run(this.#storeFromResponse(fields, url, context));
	}

	/** Stores cookies that the caller made, all or none: the index and reason of the first that is refused. */
	storeAll(cookies: readonly CookieToStore[]): CookieRefusal | undefined | Promise<CookieRefusal | undefined> {
		return run(this.#storeAll(cookies));
	}

	/**
	 * Value of the Cookie field, `''` when no cookie applies. Latin1, in the browser's order.
	 */
	headerFor(url: URL, asked: CookieContext): string | Promise<string> {
		if (this.#partitions.size === 0 && (this.#jar === undefined || isEmpty(this.#jar.store))) return '';
		const context = contextOfSending(asked, url, this.#rules);
		const { store } = this.jar;
		const version = versionOf(store);
		// What depends on the age of cookies is not worth remembering.
		if (version === undefined || context.unsafeNavigation) return run(this.#headerFor(url, context));
		const now = this.#now();
		const host = cookieHost(url);
		const key = `${context.level}${isSecureChannel(url) ? '+' : '-'}${context.partitionKey} ${host}`;
		const entry =
			this.#index.find(key, version.value + this.#partitionChanges, now) ?? this.#remember(key, url, context, now);
		return entry instanceof Promise
			? run(this.#headerFor(url, context))
			: stringFor(entry, url.pathname, now, cookieString);
	}

	/** The cookies that a request would carry, in wire order: longer paths first, then older first. */
	select(url: URL, context: CookieContext): Cookie[] | Promise<Cookie[]> {
		return run(this.#select(url, contextOfSending(context, url, this.#rules)));
	}

	/** Everything that is stored and not expired, partitions included. */
	list(): ListedCookie[] | Promise<ListedCookie[]> {
		return run(this.#list());
	}

	/** Puts a cookie of `list()` back, for `createSession({ state })`. */
	*restore(cookie: Cookie, partitionKey: string | undefined): Steps<void> {
		const firstParty = partitionKey === undefined || partitionOf(cookie) === partitionKey;
		if (!firstParty) this.#partitionChanges += 1;
		yield* answerOf(access.put(firstParty ? this.jar.store : this.#partition(partitionKey), cookie));
		yield* this.#eviction.added(this.jar.store, cookie.domain ?? '');
	}

	/** Removes every cookie. */
	clear(): void | Promise<void> {
		this.#partitions.clear();
		this.#partitionChanges += 1;
		this.#eviction.reset();
		return access.removeAll(this.jar.store);
	}

	*#storeFromResponse({ lines, serverMs, clears }: CookieFields, url: URL, context: CookieContext): Steps<void> {
		const now = this.#now();
		const skewMs = serverMs === undefined ? 0 : now - serverMs;
		for (const line of lines) {
			const parsed = parseSetCookie(line, now, this.#rules, skewMs);
			if (parsed) yield* this.#store(parsed, url, context);
		}
		if (clears && isSecureChannel(url)) yield* this.#clearSite(cookieHost(url), context);
	}

	/** `Clear-Site-Data`. */
	*#clearSite(host: string, context: CookieContext): Steps<void> {
		const site = registrableDomain(host);
		const isMeant = (cookie: Cookie) => {
			if (this.#rules.clears === 'host') return cookie.domain === host && !isPartitioned(cookie);
			if (registrableDomain(cookie.domain ?? '') !== site) return false;
			return !isPartitioned(cookie) || partitionOf(cookie) === context.partitionKey;
		};
		for (const cookie of yield* answerOf(access.all(this.jar.store))) {
			if (isMeant(cookie)) yield* answerOf(access.remove(this.jar.store, cookie));
		}
		const partition = this.#rules.clears === 'site' ? this.#partitions.get(context.partitionKey) : undefined;
		if (!partition) return;
		this.#partitionChanges += 1;
		for (const cookie of yield* answerOf(access.all(partition))) {
			if (registrableDomain(cookie.domain ?? '') === site) yield* answerOf(access.remove(partition, cookie));
		}
	}

	*#storeAll(cookies: readonly CookieToStore[]): Steps<CookieRefusal | undefined> {
		const now = this.#now();
		for (const [index, { parsed, url, context }] of cookies.entries()) {
			const admitted = admitCookie(parsed, url, context, now, this.#rules, this.#thirdParties);
			if (typeof admitted === 'string') return { index, reason: admitted };
			if (yield* this.#isShadowing(admitted, url)) return { index, reason: 'shadows-secure' };
		}
		for (const { parsed, url, context } of cookies) yield* this.#store(parsed, url, context);
		return undefined;
	}

	/** Applies the storage rules to one parsed cookie. */
	*#store(parsed: ParsedSetCookie, url: URL, context: CookieContext): Steps<void> {
		const now = this.#now();
		const admitted = admitCookie(parsed, url, context, now, this.#rules, this.#thirdParties);
		if (typeof admitted === 'string' || (yield* this.#isShadowing(admitted, url))) return;
		const { store, previous } = yield* this.#slot(admitted);
		if (store !== this.jar.store) this.#partitionChanges += 1;
		if (admitted.expiresAtMs !== undefined && admitted.expiresAtMs <= now) {
			if (previous) yield* answerOf(access.remove(store, previous));
			return;
		}
		const cookie = toCookie(admitted, now);
		if (previous) {
			// Chromium keeps the place in the wire order only while the value stays the same.
			if (this.#rules.keepsPlace || previous.value === cookie.value) {
				cookie.creation = previous.creation;
				cookie.creationIndex = previous.creationIndex;
			}
			yield* answerOf(access.update(store, previous, cookie));
			return;
		}
		yield* answerOf(access.put(store, cookie));
		yield* this.#eviction.added(this.jar.store, admitted.domain);
	}

	#remember(key: string, url: URL, context: CookieContext, nowMs: number) {
		const host = cookieHost(url);
		const candidates = run(this.#candidates(host, context));
		if (candidates instanceof Promise) return candidates; // a store in memory that was taught otherwise
		const sent = candidates.filter((cookie) => this.#isSentTo(cookie, host, isSecureChannel(url), context, nowMs));
		return this.#index.add(key, candidates, sent.sort(toughCookie().cookieCompare), nowMs);
	}

	*#headerFor(url: URL, context: CookieContext): Steps<string> {
		return cookieString(yield* this.#select(url, context));
	}

	*#select(url: URL, context: CookieContext): Steps<Cookie[]> {
		const host = cookieHost(url);
		const candidates = yield* this.#candidates(host, context);
		const now = this.#now();
		const isSecure = isSecureChannel(url);
		const selected = candidates.filter(
			(cookie) =>
				this.#isSentTo(cookie, host, isSecure, context, now) &&
				toughCookie().pathMatch(url.pathname, cookie.path ?? '/'),
		);
		const accessed = new Date(now);
		for (const cookie of selected) cookie.lastAccessed = accessed;
		return selected.sort(toughCookie().cookieCompare);
	}

	/** Whether a cookie goes to a host, on a path that matches. */
	#isSentTo(cookie: Cookie, host: string, isSecure: boolean, context: CookieContext, nowMs: number): boolean {
		return (
			(cookie.hostOnly
				? cookie.domain === host
				: toughCookie().domainMatch(host, cookie.domain ?? '', false) === true) &&
			(isSecure || !cookie.secure) &&
			isAlive(cookie, nowMs) &&
			isSameSiteAllowed(cookie, context, nowMs, this.#rules)
		);
	}

	/** What lies in the stores for a host, of the partition of the context. */
	*#candidates(host: string, context: CookieContext): Steps<Cookie[]> {
		const found = yield* answerOf(access.findForHost(this.jar.store, host));
		// Another site's cookies are those of its partition, unless the browser has no objection to third parties.
		const isOwn = context.isFirstParty || this.#thirdParties === 'sent';
		let candidates = found.filter((cookie) =>
			isPartitioned(cookie) ? partitionOf(cookie) === context.partitionKey : isOwn,
		);
		for (const key of isOwn ? ['', context.partitionKey] : [context.partitionKey]) {
			const partition = this.#partitions.get(key);
			if (partition) candidates = candidates.concat(yield* answerOf(access.findForHost(partition, host)));
		}
		return candidates;
	}

	*#list(): Steps<ListedCookie[]> {
		const now = this.#now();
		const stored = yield* answerOf(access.all(this.jar.store));
		const listed = stored.map((cookie) => ({ cookie, partitionKey: partitionOf(cookie) }));
		for (const [key, store] of this.#partitions) {
			for (const cookie of yield* answerOf(access.all(store))) {
				listed.push({ cookie, partitionKey: key === '' ? undefined : key });
			}
		}
		return listed.filter(({ cookie }) => isAlive(cookie, now));
	}

	/** Where a cookie belongs and what it replaces. */
	*#slot(cookie: AdmittedCookie): Steps<{ store: Store; previous: Cookie | undefined }> {
		const own = siteOf(new URL(`https://${cookie.domain.includes(':') ? `[${cookie.domain}]` : cookie.domain}/`));
		const key = cookie.partitionKey ?? '';
		const { domain, path, name } = cookie;
		if (key === '' || key === own) {
			const previous = yield* answerOf(access.findSlot(this.jar.store, domain, path, name));
			if (!previous || isPartitioned(previous) === (key !== '')) return { store: this.jar.store, previous };
		}
		const store = this.#partition(key);
		return { store, previous: yield* answerOf(access.findSlot(store, domain, path, name)) };
	}

	#partition(key: string): MemoryCookieStore {
		let store = this.#partitions.get(key);
		if (!store) {
			store = new (toughCookie().MemoryCookieStore)();
			this.#partitions.set(key, store);
		}
		return store;
	}

	/** RFC 6265bis 5.7 step 16: an insecure page may not replace or shadow a Secure cookie. */
	*#isShadowing(cookie: AdmittedCookie, url: URL): Steps<boolean> {
		if (isSecureChannel(url) || cookie.secure) return false;
		const now = this.#now();
		const stored = yield* answerOf(access.all(this.jar.store));
		const { domainMatch, pathMatch } = toughCookie();
		return stored.some(
			(other) =>
				other.secure &&
				other.key === cookie.name &&
				(domainMatch(cookie.domain, other.domain ?? '', false) === true ||
					domainMatch(other.domain ?? '', cookie.domain, false) === true) &&
				pathMatch(cookie.path, other.path ?? '/') &&
				isAlive(other, now),
		);
	}
}

/** A cookie of the caller's and where it is set. */
export type CookieToStore = { parsed: ParsedSetCookie; url: URL; context: CookieContext };

/** Why which cookie was not taken. */
export type CookieRefusal = { index: number; reason: Refusal | 'shadows-secure' };
