import { everything, type MemoryChoice, memoryKinds, nothing } from '../memory/session-memory.ts';
import type { MemoryKind } from '../types/memory.ts';
import { booleanOption, objectOption, refuse } from './checks.ts';
import { refuseUnknown } from './near-match.ts';

export { memoryKinds };

const known: ReadonlySet<string> = new Set(memoryKinds);

/** Reads `memory`: all kinds, none, or each by its name. */
export function memoryOption(value: unknown): MemoryChoice {
	if (value === undefined || value === true) return everything;
	if (value === false) return nothing;
	const given = objectOption(value, 'memory', 'a boolean, or an object as { hsts: false }');
	refuseUnknown(given, known, 'option "memory"');
	const chosen = memoryKinds.map((kind) => [kind, booleanOption(given[kind], `memory.${kind}`, true)] as const);
	return Object.fromEntries(chosen) as MemoryChoice;
}

/** A kind that `session.forget()` is asked to forget. */
export function checkMemoryKind(kind: unknown): MemoryKind {
	return known.has(kind as string) ? (kind as MemoryKind) : refuse('kind', `one of ${memoryKinds.join(', ')}`);
}
