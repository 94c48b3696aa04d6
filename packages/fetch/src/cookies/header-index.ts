import type { Cookie } from 'tough-cookie';
import { toughCookie } from './tough-cookie.ts';

/** Hosts and contexts that a session remembers cookie strings for; the oldest goes first. */
const maxEntries = 256;
/** Cookie strings of one host and context, one for each set of cookie paths that a request may match. */
const maxStrings = 64;

/** The cookies of one host in one context, in wire order, whatever the path of the request. */
export type HeaderEntry = {
	/** All that may become a cookie of this entry when it is changed in place. */
	candidates: readonly Cookie[];
	/** `facts` of the candidates when the entry was made. */
	facts: readonly unknown[];
	cookies: readonly Cookie[];
	/** Different paths of `cookies`. */
	paths: readonly string[];
	/** Cookie string by which of `paths` match. */
	strings: Map<string, string>;
	/** The entry holds while the clock is within. */
	fromMs: number;
	untilMs: number;
};

/**
 * Remembers which cookies a host gets in a context, so that a request with fifty cookies need not look for them, sort and
 * join them again. Holds until `version` moves, an expiry passes or one of the cookies is changed in place.
 */
export class HeaderIndex {
	readonly #entries = new Map<string, HeaderEntry>();
	#version = -1;

	/** What holds for `key` now. */
	find(key: string, version: number, nowMs: number): HeaderEntry | undefined {
		if (version !== this.#version) {
			this.#entries.clear();
			this.#version = version;
			return undefined;
		}
		const entry = this.#entries.get(key);
		if (entry === undefined) return undefined;
		if (nowMs >= entry.fromMs && nowMs < entry.untilMs && isUnchanged(entry)) return entry;
		this.#entries.delete(key);
		return undefined;
	}

	/** Makes the entry of a key that `find` did not have; `cookies` are those of the candidates that apply, in wire order. */
	add(key: string, candidates: readonly Cookie[], cookies: readonly Cookie[], nowMs: number): HeaderEntry {
		const facts: unknown[] = [];
		let untilMs = Number.POSITIVE_INFINITY;
		for (const cookie of candidates) facts.push(...factsOf(cookie));
		for (const cookie of cookies) untilMs = Math.min(untilMs, cookie.expiryTime() ?? Number.POSITIVE_INFINITY);
		const paths = [...new Set(cookies.map((cookie) => cookie.path ?? '/'))];
		const entry = { candidates, facts, cookies, paths, strings: new Map(), fromMs: nowMs, untilMs };
		const oldest = this.#entries.size >= maxEntries ? this.#entries.keys().next().value : undefined;
		if (oldest !== undefined) this.#entries.delete(oldest);
		this.#entries.set(key, entry);
		return entry;
	}
}

/** The string that a request for `pathname` carries; `join` makes one that is not known yet. */
export function stringFor(
	entry: HeaderEntry,
	pathname: string,
	nowMs: number,
	join: (cookies: readonly Cookie[]) => string,
): string {
	const { pathMatch } = toughCookie();
	let matching = '';
	for (const path of entry.paths) matching += path === '/' || pathMatch(pathname, path) ? '1' : '0';
	const isWhole = !matching.includes('0');
	const sent = isWhole ? entry.cookies : entry.cookies.filter((cookie) => pathMatch(pathname, cookie.path ?? '/'));
	const accessed = new Date(nowMs);
	for (const cookie of sent) cookie.lastAccessed = accessed;
	let text = entry.strings.get(matching);
	if (text === undefined) {
		text = join(sent);
		if (entry.strings.size < maxStrings) entry.strings.set(matching, text);
	}
	return text;
}

/** What of a cookie decides where and how it is sent. A jar in memory hands its cookies out themselves. */
function factsOf(cookie: Cookie): unknown[] {
	const { key, value, domain, path, hostOnly, secure, sameSite, expires, maxAge, extensions } = cookie;
	return [key, value, domain, path, hostOnly, secure, sameSite, expires, maxAge, extensions];
}

function isUnchanged({ candidates, facts }: HeaderEntry): boolean {
	let index = 0;
	for (const cookie of candidates) {
		if (
			facts[index] !== cookie.key ||
			facts[index + 1] !== cookie.value ||
			facts[index + 2] !== cookie.domain ||
			facts[index + 3] !== cookie.path ||
			facts[index + 4] !== cookie.hostOnly ||
			facts[index + 5] !== cookie.secure ||
			facts[index + 6] !== cookie.sameSite ||
			facts[index + 7] !== cookie.expires ||
			facts[index + 8] !== cookie.maxAge ||
			facts[index + 9] !== cookie.extensions
		) {
			return false;
		}
		index += 10;
	}
	return true;
}
