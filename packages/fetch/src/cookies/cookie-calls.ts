import type { UrlRules } from '@wiretwin/profiles';
import { InvalidArgumentError, StateError } from '../errors/classes.ts';
import { spellAsBrowser } from '../options/browser-url.ts';
import { parseTarget } from '../options/target.ts';
import type { CookieInput, CookieRecord } from '../types/cookies.ts';
import type { BrowserCookies, CookieRefusal, CookieToStore } from './browser-cookies.ts';
import { firstPartyContext } from './context.ts';
import { cookieFromInput, cookieFromParts, toNameValues, toRecord } from './records.ts';

/** The cookie calls of a session. Each answers at once where the store does, else with a promise. */
export class CookieCalls {
	readonly #cookies: BrowserCookies;

	readonly #urls: UrlRules | undefined;

	constructor(cookies: BrowserCookies, urls?: UrlRules) {
		this.#cookies = cookies;
		this.#urls = urls;
	}

	get(url: string | URL): Record<string, string> | Promise<Record<string, string>> {
		const target = spellAsBrowser(parseTarget(url), this.#urls);
		return after(this.#cookies.select(target, firstPartyContext(target)), toNameValues);
	}

	getAll(): CookieRecord[] | Promise<CookieRecord[]> {
		return after(this.#cookies.list(), (listed) =>
			listed.map(({ cookie, partitionKey }) => toRecord(cookie, partitionKey)),
		);
	}

	set(name: string, value: string, url: string | URL): void | Promise<void> {
		if (url === undefined)
			throw new InvalidArgumentError(
				'setCookie(name, value, url): the third argument, the URL, is missing. Name and value are two arguments.',
			);
		const target = parseTarget(url);
		const cookie = { parsed: cookieFromParts(name, value, target), url: target, context: firstPartyContext(target) };
		return this.#store([cookie]);
	}

	setAll(records: Iterable<CookieInput>, url: string | URL | undefined): void | Promise<void> {
		if (typeof records !== 'object' || records === null || !(Symbol.iterator in records)) {
			throw new InvalidArgumentError('Cookies are a list of objects with a name and a value.');
		}
		const target = url === undefined ? undefined : parseTarget(url);
		return this.#store(Array.from(records, (record) => cookieFromInput(record, target)));
	}

	clear(): void | Promise<void> {
		return this.#cookies.clear();
	}

	#store(cookies: readonly CookieToStore[]): void | Promise<void> {
		return after(this.#cookies.storeAll(cookies), (refusal) => {
			if (refusal) throw refusedCookie(refusal, cookies);
		});
	}
}

/** What a synchronous call says when its answer takes time. */
export function storeIsAsynchronous(call: string): StateError {
	return new StateError(
		`The store of the session's cookie jar is asynchronous (ERR_COOKIE_STORE_ASYNC): use await session.${call}Async().`,
		{ code: 'ERR_COOKIE_STORE_ASYNC', phase: 'input', request: undefined },
	);
}

function after<T, U>(answer: T | Promise<T>, use: (value: T) => U): U | Promise<U> {
	return answer instanceof Promise ? answer.then(use) : use(answer);
}

const reasons: Record<CookieRefusal['reason'], string> = {
	'public-suffix': 'its domain is a public suffix',
	domain: 'its domain is not one that the host may set cookies for',
	'insecure-origin': 'it is Secure and the URL is not',
	'same-site-none-insecure': 'it is SameSite=None without Secure',
	'third-party': "the browser blocks cookies of other sites than the page's",
	'same-site': 'of its SameSite',
	prefix: 'its name has a prefix that asks for other attributes',
	'partitioned-insecure': 'it is partitioned without Secure',
	'shadows-secure': 'it would hide a Secure cookie from an insecure URL',
};

function refusedCookie({ index, reason }: CookieRefusal, cookies: readonly CookieToStore[]): InvalidArgumentError {
	const name = cookies[index]?.parsed.name ?? '';
	return new InvalidArgumentError(`A browser refuses the cookie "${name}" because ${reasons[reason]}.`);
}
