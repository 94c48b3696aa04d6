/** Profiles that say only what is different from one that ships. */
import { ProfileError } from './errors.ts';
import { loadDocument, resolveProfileName } from './registry.ts';
import type { ProfileDocument } from './types.ts';
import { isRecord } from './validate/checks.ts';

/** The whole document of a value that `extends` another; a value that does not is given back. */
export function extended(value: unknown): unknown {
	if (!isRecord(value) || !Object.hasOwn(value, 'extends')) return value;
	const { extends: base, ...changes } = value;
	if (typeof base !== 'string') throw new ProfileError('ERR_PROFILE_INVALID', 'extends: must be the name of a profile');
	const name = resolveProfileName(base);
	return merged(starting(loadDocument(name), changes), changes);
}

/** What is not stated and does not follow from the base: its name, and that nobody compared the result with a browser. */
function starting(base: ProfileDocument, changes: Record<string, unknown>): ProfileDocument {
	const { verifiedOs: _, ...rest } = base;
	const parts = Object.keys(changes).join(', ');
	return {
		...rest,
		name: `${base.name}_custom`,
		verified: 'derived',
		provenance: [{ facts: parts, source: `defineProfile, extends ${base.name}` }, ...base.provenance],
	};
}

/** Objects are merged key by key, everything else replaces. Own keys only: a key `__proto__` is one like any other. */
function merged(base: unknown, change: unknown): unknown {
	if (!isRecord(base) || !isRecord(change)) return change;
	const keys = new Set([...Object.keys(base), ...Object.keys(change)]);
	return Object.fromEntries(
		Array.from(keys, (key) => [
			key,
			Object.hasOwn(change, key) ? merged(Object.hasOwn(base, key) ? base[key] : undefined, change[key]) : base[key],
		]),
	);
}
