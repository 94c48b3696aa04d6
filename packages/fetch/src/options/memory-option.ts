import { type CacheChoice, defaultCacheBytes } from '../memory/http-cache/cache-choice.ts';
import { everything, type MemoryChoice, memoryKinds, nothing, usualKinds } from '../memory/session-memory.ts';
import type { CacheStore } from '../types/cache-store.ts';
import type { MemoryKind } from '../types/memory.ts';
import { booleanOption, countOption, objectOption, refuse } from './checks.ts';
import { refuseUnknown } from './near-match.ts';

const usual: ReadonlySet<string> = new Set(usualKinds);
const known: ReadonlySet<string> = new Set(memoryKinds);

/** Reads `memory`: all kinds, none, or each by its name. */
export function memoryOption(value: unknown): MemoryChoice {
	if (value === undefined || value === true) return everything;
	if (value === false) return nothing;
	const given = objectOption(value, 'memory', 'a boolean, or an object as { hsts: false }');
	refuseUnknown(given, usual, 'option "memory"');
	const chosen = usualKinds.map((kind) => [kind, booleanOption(given[kind], `memory.${kind}`, true)] as const);
	return Object.fromEntries(chosen) as MemoryChoice;
}

const cacheKeys: ReadonlySet<string> = new Set(['maxBytes', 'store', 'onError']);
const storeCalls = ['get', 'set', 'delete', 'clear'] as const;

/** Reads `cache`; `undefined`: there is none. */
export function cacheOption(value: unknown): CacheChoice | undefined {
	if (value === undefined || value === false) return undefined;
	if (value === true) return { maxBytes: defaultCacheBytes };
	const given = objectOption(value, 'cache', 'a boolean, or an object as { maxBytes: 10_000_000 }');
	refuseUnknown(given, cacheKeys, 'option "cache"');
	const { store, maxBytes, onError } = given;
	if (onError !== undefined && typeof onError !== 'function') refuse('cache.onError', 'a function');
	if (store === undefined) return { maxBytes: countOption(maxBytes, 'cache.maxBytes', 0) ?? defaultCacheBytes };
	if (maxBytes !== undefined) refuse('cache.maxBytes', 'left out beside "cache.store", which has its own');
	return { store: checkStore(store), onError: onError as ((error: unknown) => void) | undefined };
}

function checkStore(value: unknown): CacheStore {
	const store = objectOption(value, 'cache.store', 'a store, as fileCache() of wiretwin/file-cache gives');
	countOption(store.maxBytes ?? refuse('cache.store.maxBytes', 'a number of bytes'), 'cache.store.maxBytes', 0);
	for (const name of storeCalls)
		if (typeof store[name] !== 'function') refuse(`cache.store.${name}`, 'a function that gives a promise');
	return store as CacheStore;
}

/** A kind that `session.forget()` is asked to forget. */
export function checkMemoryKind(kind: unknown): MemoryKind {
	return known.has(kind as string) ? (kind as MemoryKind) : refuse('kind', `one of ${memoryKinds.join(', ')}`);
}
