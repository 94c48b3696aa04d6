import { expect, test } from 'vitest';
import { chooseProfile } from '../src/profile-choice.ts';

test.each([
	['chromium', '156.0.8078.79', 'chromium_156', '156.0.8078.79'],
	['chromium', '156.0.8078.9999', 'chromium_156', '156.0.8078.9999'],
	['firefox', '153.7.0', 'firefox_153', undefined],
] as const)('%s %s is compared with the profile of its release and build', (name, version, expected, fullVersion) => {
	const { profile, mismatch } = chooseProfile({ name, version });
	expect([profile.name, profile.os, profile.fullVersion, mismatch]).toEqual([
		expected,
		'linux',
		fullVersion,
		undefined,
	]);
});

test('a browser newer than every profile is compared with the newest, and the report says so', () => {
	const { profile, mismatch } = chooseProfile({ name: 'chromium', version: '999.0.1.2' });
	const newest = chooseProfile({ name: 'chromium', version: profile.fullVersion ?? '' });
	expect(newest.mismatch).toBeUndefined();
	expect(newest.profile).toBe(profile);
	expect(mismatch).toContain('chromium is 999.0.1.2, but the newest profile is chromium_');
	expect(mismatch).toContain(`wiretwin capture --browser chromium --base ${profile.name} --out chromium_999.json`);
});
