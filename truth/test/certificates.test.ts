import { getProfile } from '@wiretwin/profiles';
import { describe, expect, test } from 'vitest';
import { chains } from '../src/certificates/chains.ts';
import { readRecordedChains } from '../src/certificates/recorded.ts';
import { runRecordedCertificates } from '../src/certificates/run-certificates.ts';

describe('chains of certificates', () => {
	test('have names of their own, and were shown to both browsers', () => {
		const names = chains.map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		for (const browser of ['chromium', 'firefox'] as const) {
			const recorded = readRecordedChains(browser);
			expect([...recorded.keys()], browser).toEqual(names);
			expect(new Set(recorded.values()), browser).toEqual(new Set(['accepted', 'refused']));
		}
	});

	test.for([
		['chromium', 'chromium_156'],
		['firefox', 'firefox_153'],
	] as const)('are judged as %s judges them', async ([browser, name]) => {
		const { differences, outdated } = await runRecordedCertificates(browser, getProfile(name, { os: 'linux' }));
		expect(differences.filter(({ reason }) => reason === undefined)).toEqual([]);
		expect(outdated).toEqual([]);
	});

	test('a profile with the rules of the other browser is noticed', async () => {
		const { differences } = await runRecordedCertificates('firefox', getProfile('chromium_156', { os: 'linux' }));
		const noticed = differences.filter(({ reason }) => reason === undefined).map(({ name }) => name);
		expect(noticed).toEqual(
			expect.arrayContaining([
				'name with a trailing dot',
				'root without basicConstraints',
				'leaf is a CA',
				'leaf for any purpose',
				'leaf for OCSP too',
				'same unknown extension twice',
				'must staple, nothing stapled',
				'explicit policy is required',
				'self-signed leaf that is trusted',
			]),
		);
	});
});
