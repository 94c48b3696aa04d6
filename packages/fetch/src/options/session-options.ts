import type { CookieJar } from 'tough-cookie';
import { type CallerHeaders, noHeaders, readHeaders } from '../headers/caller-headers.ts';
import type { CacheChoice } from '../memory/http-cache/cache-choice.ts';
import type { MemoryChoice } from '../memory/session-memory.ts';
import { type StateKeys, stateKeysOption } from '../state/sealed-tickets.ts';
import { Transport } from '../transport.ts';
import type { RequestEvent } from '../types/events.ts';
import type { RedirectMode } from '../types/fetch-terms.ts';
import { booleanOption, choiceOption, countOption, objectOption, refuse } from './checks.ts';
import { cacheOption, memoryOption } from './memory-option.ts';
import { refuseUnknown } from './near-match.ts';
import { type NormalizedTimeouts, normalizeTimeouts } from './timeouts.ts';
import { transportKeys } from './transport-options.ts';

/** Keys of `SessionOptions` that are not of the transport. */
export const sessionKeys = [
	'transport',
	'timeout',
	'defaultHeaders',
	'cookieJar',
	'redirect',
	'maxRedirects',
	'decompress',
	'maxResponseBytes',
	'state',
	'stateKey',
	'onRequestEvent',
	'har',
	'memory',
	'cache',
] as const;
const known: ReadonlySet<string> = new Set([...transportKeys, ...sessionKeys]);

/** Redirects that browsers follow (fetch: "redirect count is 20"). */
export const defaultMaxRedirects = 20;

/** Checked session options, the transport apart. */
export type NormalizedSession = {
	transport: Transport | undefined;
	timeouts: NormalizedTimeouts;
	defaultHeaders: CallerHeaders;
	/** `false`: only what each request names is sent. */
	browserHeaders: boolean;
	cookieJar: CookieJar | undefined;
	redirect: RedirectMode;
	maxRedirects: number;
	decompress: boolean;
	maxResponseBytes: number | undefined;
	stateKeys: StateKeys;
	onRequestEvent: ((event: RequestEvent) => void) | undefined;
	har: boolean;
	memory: MemoryChoice;
	/** `undefined`: none. */
	cache: CacheChoice | undefined;
};

/** Checks everything of `createSession` but the transport part. */
export function normalizeSession(options: unknown): NormalizedSession {
	const given = objectOption(options, 'options', `an object, as { browser: 'chrome' }`);
	refuseUnknown(given, known, 'the session options');
	const transport = transportOption(given.transport);
	if (transport) refuseBesideTransport(given);
	const { defaultHeaders, cookieJar } = given;
	if (cookieJar !== undefined && !isCookieJar(cookieJar)) refuse('cookieJar', 'a CookieJar of tough-cookie');
	return {
		transport,
		timeouts: normalizeTimeouts(given.timeout),
		defaultHeaders: defaultHeaders === false ? noHeaders : readHeaders(defaultHeaders),
		browserHeaders: defaultHeaders !== false,
		cookieJar: cookieJar as CookieJar | undefined,
		redirect: redirectOption(given.redirect) ?? 'follow',
		maxRedirects: countOption(given.maxRedirects, 'maxRedirects', 0) ?? defaultMaxRedirects,
		decompress: booleanOption(given.decompress, 'decompress', true),
		maxResponseBytes: countOption(given.maxResponseBytes, 'maxResponseBytes', 0),
		stateKeys: stateKeysOption(given.stateKey),
		onRequestEvent: listenerOption(given.onRequestEvent),
		har: booleanOption(given.har, 'har', false),
		memory: memoryOption(given.memory),
		cache: cacheOption(given.cache),
	};
}

/** Reads `onRequestEvent`. */
export function listenerOption(value: unknown): ((event: RequestEvent) => void) | undefined {
	if (value !== undefined && typeof value !== 'function') refuse('onRequestEvent', 'a function');
	return value as ((event: RequestEvent) => void) | undefined;
}

/** Reads `redirect`. */
export function redirectOption(value: unknown): RedirectMode | undefined {
	return choiceOption(value, 'redirect', ['follow', 'error', 'manual']);
}

/** Reads `transport`. */
export function transportOption(value: unknown): Transport | undefined {
	if (value === undefined) return undefined;
	return value instanceof Transport ? value : refuse('transport', 'made by createTransport()');
}

/** Options of the connection next to a finished transport would silently do nothing. */
function refuseBesideTransport(given: Record<string, unknown>): void {
	for (const key of transportKeys) {
		if (given[key] !== undefined) refuse(key, 'given to createTransport(), since the session uses a "transport"');
	}
}

/** A jar of another copy of tough-cookie works as well, so its shape decides. */
function isCookieJar(value: unknown): boolean {
	const jar = value as { store?: { findCookies?: unknown }; setCookie?: unknown } | null;
	return (
		typeof jar === 'object' && typeof jar?.setCookie === 'function' && typeof jar.store?.findCookies === 'function'
	);
}
