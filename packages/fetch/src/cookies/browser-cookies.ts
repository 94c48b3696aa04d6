import { Cookie, CookieJar, cookieCompare, domainMatch, MemoryCookieStore, pathMatch, type Store } from 'tough-cookie';
import { type AdmittedCookie, admitCookie } from './admit.ts';
import type { CookieContext } from './context.ts';
import { type ParsedSetCookie, parseSetCookie } from './parse-set-cookie.ts';
import { cookieHost, isSecureChannel, registrableDomain, siteOf } from './site.ts';
import * as access from './store-access.ts';

/** Chromium's caps: per registrable domain and in total, and what is left after an eviction. */
export const cookieLimits = { perDomain: 180, perDomainAfter: 150, total: 3300, totalAfter: 3000 } as const;

/** Chromium sends cookies without SameSite on a cross-site POST navigation while they are this young. */
const laxAllowUnsafeMs = 2 * 60 * 1000;

/**
 * A browser's cookie behaviour over a tough-cookie jar. Parsing, admission and selection are ours (tough-cookie differs
 * from browsers in the points listed in docs/internals/cookies.md); the jar's store holds the result, so the jar stays
 * the public face: whatever it holds is sent, whatever we admit is readable through it.
 *
 * Partitioned cookies (CHIPS) of a first-party page live in the jar too, marked by the `Partitioned` extension; those
 * of a third party, and the rare double of a slot, live in a store per partition that the jar does not show.
 */
export class BrowserCookies {
	readonly jar: CookieJar;
	readonly #now: () => number;
	readonly #partitions = new Map<string, MemoryCookieStore>();
	readonly #counts = new Map<string, number>();
	#total = 0;

	constructor(
		jar: CookieJar = new CookieJar(undefined, { looseMode: true, rejectPublicSuffixes: false }),
		now: () => number = Date.now,
	) {
		this.jar = jar;
		this.#now = now;
	}

	/** Stores what the Set-Cookie lines of one response ask for; refused cookies are dropped without an error, as in a browser. */
	async storeFromResponse(lines: readonly string[], url: URL, context: CookieContext): Promise<void> {
		const now = this.#now();
		for (const line of lines) {
			const parsed = parseSetCookie(line, now);
			if (parsed) await this.store(parsed, url, context);
		}
	}

	/** Applies the storage rules to one parsed cookie. Resolves to whether it was admitted. */
	async store(parsed: ParsedSetCookie, url: URL, context: CookieContext): Promise<boolean> {
		const now = this.#now();
		const admitted = admitCookie(parsed, url, context, now);
		if (typeof admitted === 'string') return false;
		if (!isSecureChannel(url) && !admitted.secure && (await this.#shadowsSecure(admitted))) return false;
		const { store, previous } = await this.#slot(admitted);
		const expired = admitted.expiresAtMs !== undefined && admitted.expiresAtMs <= now;
		if (expired) {
			if (previous) await settle(access.remove(store, previous));
			return true;
		}
		const cookie = toCookie(admitted, now);
		if (previous) {
			// Chromium keeps the place in the wire order only while the value stays the same.
			if (previous.value === cookie.value) {
				cookie.creation = previous.creation;
				cookie.creationIndex = previous.creationIndex;
			}
			await settle(access.update(store, previous, cookie));
			return true;
		}
		await settle(access.put(store, cookie));
		await this.#evict(admitted.domain);
		return true;
	}

	/**
	 * Value of the Cookie field, `''` when no cookie applies. Latin1, in the browser's order. An empty jar in memory
	 * answers without a promise.
	 */
	headerFor(url: URL, context: CookieContext): string | Promise<string> {
		if (this.#partitions.size === 0 && isEmpty(this.jar.store)) return '';
		return this.#headerFor(url, context);
	}

	async #headerFor(url: URL, context: CookieContext): Promise<string> {
		const cookies = await this.select(url, context);
		let header = '';
		for (const cookie of cookies) {
			if (header !== '') header += '; ';
			header += cookie.key === '' ? cookie.value : `${cookie.key}=${cookie.value}`;
		}
		return header === '' ? header : toWire(header);
	}

	/** The cookies that a request would carry, in wire order: longer paths first, then older first. */
	async select(url: URL, context: CookieContext): Promise<Cookie[]> {
		const host = cookieHost(url);
		const found = access.findForHost(this.jar.store, host);
		let candidates = found instanceof Promise ? await found : found;
		candidates = candidates.filter((cookie) => !isPartitioned(cookie) || partitionOf(cookie) === context.partitionKey);
		for (const key of ['', context.partitionKey]) {
			const partition = this.#partitions.get(key);
			if (partition) candidates = candidates.concat(await access.findForHost(partition, host));
		}
		if (candidates.length === 0) return candidates;
		const now = this.#now();
		const secureChannel = isSecureChannel(url);
		const selected = candidates.filter(
			(cookie) =>
				(cookie.hostOnly ? cookie.domain === host : domainMatch(host, cookie.domain ?? '', false) === true) &&
				pathMatch(url.pathname, cookie.path ?? '/') &&
				(secureChannel || !cookie.secure) &&
				isAlive(cookie, now) &&
				isSameSiteAllowed(cookie, context, now),
		);
		const accessed = new Date(now);
		for (const cookie of selected) cookie.lastAccessed = accessed;
		return selected.sort(cookieCompare);
	}

	/** Everything that is stored and not expired, partitions included. */
	async list(): Promise<Array<{ cookie: Cookie; partitionKey: string | undefined }>> {
		const now = this.#now();
		const listed = (await access.all(this.jar.store)).map((cookie) => ({ cookie, partitionKey: partitionOf(cookie) }));
		for (const [key, store] of this.#partitions) {
			for (const cookie of await access.all(store)) {
				listed.push({ cookie, partitionKey: key === '' ? undefined : key });
			}
		}
		return listed.filter(({ cookie }) => isAlive(cookie, now));
	}

	/** Puts a cookie of `list()` back, for `createSession({ state })`. */
	async restore(cookie: Cookie, partitionKey: string | undefined): Promise<void> {
		const firstParty = partitionKey === undefined || partitionOf(cookie) === partitionKey;
		await settle(access.put(firstParty ? this.jar.store : this.#partition(partitionKey), cookie));
	}

	/** Removes every cookie. */
	async clear(): Promise<void> {
		this.#partitions.clear();
		this.#counts.clear();
		this.#total = 0;
		await settle(access.removeAll(this.jar.store));
	}

	/** Where a cookie belongs and what it replaces. */
	async #slot(cookie: AdmittedCookie): Promise<{ store: Store; previous: Cookie | undefined }> {
		const own = siteOf(new URL(`https://${cookie.domain.includes(':') ? `[${cookie.domain}]` : cookie.domain}/`));
		const key = cookie.partitionKey ?? '';
		if (key === '' || key === own) {
			const found = access.findSlot(this.jar.store, cookie.domain, cookie.path, cookie.name);
			const previous = found instanceof Promise ? await found : found;
			if (!previous || isPartitioned(previous) === (key !== '')) return { store: this.jar.store, previous };
		}
		const store = this.#partition(key);
		return { store, previous: await access.findSlot(store, cookie.domain, cookie.path, cookie.name) };
	}

	#partition(key: string): MemoryCookieStore {
		let store = this.#partitions.get(key);
		if (!store) {
			store = new MemoryCookieStore();
			this.#partitions.set(key, store);
		}
		return store;
	}

	/** RFC 6265bis 5.7 step 16: an insecure page may not replace or shadow a Secure cookie. */
	async #shadowsSecure(cookie: AdmittedCookie): Promise<boolean> {
		const stored = await access.all(this.jar.store);
		return stored.some(
			(other) =>
				other.secure &&
				other.key === cookie.name &&
				(domainMatch(cookie.domain, other.domain ?? '', false) === true ||
					domainMatch(other.domain ?? '', cookie.domain, false) === true) &&
				pathMatch(cookie.path, other.path ?? '/') &&
				isAlive(other, this.#now()),
		);
	}

	/** Keeps the jar within `cookieLimits`, least recently used first. */
	async #evict(domain: string): Promise<void> {
		const site = registrableDomain(domain);
		const count = (this.#counts.get(site) ?? 0) + 1;
		this.#counts.set(site, count);
		this.#total += 1;
		if (count <= cookieLimits.perDomain && this.#total <= cookieLimits.total) return;
		// The counters only grow between two looks; the truth is in the store, which the caller may also write to.
		const stored = await access.all(this.jar.store);
		const ofSite = stored.filter((cookie) => registrableDomain(cookie.domain ?? '') === site);
		if (ofSite.length > cookieLimits.perDomain) await this.#trim(ofSite, cookieLimits.perDomainAfter);
		this.#counts.set(site, Math.min(ofSite.length, cookieLimits.perDomainAfter));
		const left = await access.all(this.jar.store);
		if (left.length > cookieLimits.total) await this.#trim(left, cookieLimits.totalAfter);
		this.#total = Math.min(left.length, cookieLimits.total);
	}

	async #trim(cookies: Cookie[], keep: number): Promise<void> {
		const byUse = cookies.toSorted(
			(left, right) => lastUse(left) - lastUse(right) || left.creationIndex - right.creationIndex,
		);
		for (const cookie of byUse.slice(0, cookies.length - keep)) await settle(access.remove(this.jar.store, cookie));
	}
}

/** tough-cookie's own store without a cookie; any other store has to be asked. */
function isEmpty(store: Store): boolean {
	if (Object.getPrototypeOf(store) !== MemoryCookieStore.prototype) return false;
	for (const _domain in (store as MemoryCookieStore).idx) return false;
	return true;
}

async function settle(result: void | Promise<void>): Promise<void> {
	if (result instanceof Promise) await result;
}

function toCookie(admitted: AdmittedCookie, now: number): Cookie {
	return new Cookie({
		key: admitted.name,
		value: admitted.value,
		domain: admitted.domain,
		path: admitted.path,
		hostOnly: admitted.hostOnly,
		secure: admitted.secure,
		httpOnly: admitted.httpOnly,
		expires: admitted.expiresAtMs === undefined ? 'Infinity' : new Date(admitted.expiresAtMs),
		creation: new Date(now),
		lastAccessed: new Date(now),
		...(admitted.sameSite === undefined ? {} : { sameSite: admitted.sameSite }),
		...(admitted.partitionKey === undefined ? {} : { extensions: ['Partitioned'] }),
	});
}

function isAlive(cookie: Cookie, now: number): boolean {
	const { expires, maxAge } = cookie;
	// What our parser makes has no Max-Age; tough-cookie's general answer takes ten times as long.
	if (maxAge === null && expires === 'Infinity') return true;
	if (maxAge === null && expires instanceof Date) return expires.getTime() > now;
	return (cookie.expiryTime() ?? Number.POSITIVE_INFINITY) > now;
}

function isPartitioned(cookie: Cookie): boolean {
	return cookie.extensions?.some((extension) => extension.toLowerCase() === 'partitioned') ?? false;
}

/** A partitioned cookie in the jar is a first-party one: its partition is its own site. */
function partitionOf(cookie: Cookie): string | undefined {
	if (!isPartitioned(cookie)) return undefined;
	return `https://${registrableDomain(cookie.domain ?? '')}`;
}

function isSameSiteAllowed(cookie: Cookie, context: CookieContext, now: number): boolean {
	if (context.level === 'strict' || cookie.sameSite === 'none') return true;
	if (cookie.sameSite === 'strict') return false;
	if (context.level === 'lax') return true;
	const stated = cookie.sameSite === 'lax';
	return context.unsafeNavigation && !stated && now - timeOf(cookie.creation) < laxAllowUnsafeMs;
}

function lastUse(cookie: Cookie): number {
	return timeOf(cookie.lastAccessed);
}

function timeOf(date: Date | 'Infinity' | null): number {
	return date instanceof Date ? date.getTime() : 0;
}

/** Stored values are latin1 as received; a value that the caller wrote with other characters goes out as UTF-8. */
function toWire(header: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the latin1 range
	return /^[\x00-\xff]*$/.test(header) ? header : Buffer.from(header, 'utf8').toString('latin1');
}
