import { getProfile } from '@wiretwin/profiles';
import { expect, test } from 'vitest';
import { runRecordedVisits } from '../src/cache/run-visits.ts';
import { runRecordedDictionaries } from '../src/dictionaries/run-dictionaries.ts';

test.each([
	['chromium', 'chromium_156'],
	['firefox', 'firefox_153'],
] as const)('asks twice as %s was recorded to', async (browser, name) => {
	const { asked, differences } = await runRecordedVisits(browser, getProfile(name));
	expect(asked).toBeGreaterThan(100);
	expect(differences).toEqual([]);
});

test('rules of the other browser are noticed', async () => {
	const { differences } = await runRecordedVisits('firefox', getProfile('chromium_156'));
	expect(differences.map(({ name }) => name)).toEqual(
		expect.arrayContaining(['404, max-age', 'HEAD second', 'two max-age, the longer first', 'own pragma', '308']),
	);
});

test.each([
	['chromium', 'chromium_156'],
	['firefox', 'firefox_153'],
] as const)('uses dictionaries as %s was recorded to', async (browser, name) => {
	const { asked, differences } = await runRecordedDictionaries(browser, getProfile(name));
	expect(asked).toBeGreaterThan(80);
	expect(differences).toEqual([]);
});
