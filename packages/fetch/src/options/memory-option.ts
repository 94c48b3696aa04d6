import { everything, type MemoryChoice, memoryKinds, nothing, usualKinds } from '../memory/session-memory.ts';
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

/** Room that a cache has unless the caller says otherwise, bytes. */
const defaultCacheBytes = 50 * 1024 * 1024;
const cacheKeys: ReadonlySet<string> = new Set(['maxBytes']);

/** Reads `cache`: room in bytes, `undefined` = no cache. */
export function cacheOption(value: unknown): number | undefined {
	if (value === undefined || value === false) return undefined;
	if (value === true) return defaultCacheBytes;
	const given = objectOption(value, 'cache', 'a boolean, or an object as { maxBytes: 10_000_000 }');
	refuseUnknown(given, cacheKeys, 'option "cache"');
	return countOption(given.maxBytes, 'cache.maxBytes', 0) ?? defaultCacheBytes;
}

/** A kind that `session.forget()` is asked to forget. */
export function checkMemoryKind(kind: unknown): MemoryKind {
	return known.has(kind as string) ? (kind as MemoryKind) : refuse('kind', `one of ${memoryKinds.join(', ')}`);
}
