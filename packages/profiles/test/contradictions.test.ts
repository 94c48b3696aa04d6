/** No profile contradicts itself on any of its systems, and every kind of contradiction would be seen. */
import { describe, expect, test } from 'vitest';
import { differences } from '../scripts/facts/differences.ts';
import { getProfile, getProfiles, type ProfileDocument } from '../src/index.ts';
import { profileFromDocument } from '../src/profile.ts';
import { deliberate } from './support/contradictions/deliberate.ts';
import { contradictions, invariants } from './support/contradictions/index.ts';

const variants = getProfiles().flatMap(({ name, os }) => os.map((system) => ({ name, system })));

test.each(variants)('$name on $system', ({ name, system }) => {
	expect(contradictions(getProfile(name, { os: system }))).toEqual({});
});

describe('a deliberate contradiction is found', () => {
	test.each(deliberate)('%s: %s on %s', (invariant, name, os, slip) => {
		const { document } = getProfile(name, { os });
		const copy: ProfileDocument = JSON.parse(JSON.stringify(document));
		slip(copy as never, os);
		expect(Object.keys(contradictions(profileFromDocument(copy, { os })))).toContain(invariant);
	});

	test('for every invariant', () => {
		expect(deliberate.map(([invariant]) => invariant)).toEqual(invariants.map(({ name }) => name));
	});
});

test('every row of the table names sources that it has, and every source is used', () => {
	const used = new Set<string>();
	const visit = (value: unknown): void => {
		if (value === null || typeof value !== 'object') return;
		const { source } = value as { source?: unknown };
		if (Array.isArray(source)) for (const key of source) used.add(key);
		for (const each of Object.values(value)) visit(each);
	};
	visit(differences);
	expect([...used].sort()).toEqual(Object.keys(differences.sources).sort());
});
