/** Names, systems, provenance and form of the whole catalogue. What its profiles say of themselves: contradictions.test.ts. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defineProfile, getProfile, getProfiles, layoutHeaders, type ProfileOs } from '../src/index.ts';

const summaries = getProfiles();
const variants = summaries.flatMap(({ name, os }) => os.map((system) => ({ name, system })));

/** The system that a name without `os` speaks for. */
const DEFAULT_SYSTEM: { readonly [browser: string]: ProfileOs } = {
	chrome: 'windows',
	chromium: 'linux',
	chrome_android: 'android',
	edge: 'windows',
	opera: 'windows',
	firefox: 'windows',
	firefox_private: 'windows',
	firefox_android: 'android',
	safari: 'macos',
	safari_ios: 'ios',
	safari_ipad: 'ios',
	okhttp: 'android',
};

test.each(variants)(
	'$name on $system: every kind of request can be laid out, with one field of a name',
	({ name, system }) => {
		const profile = getProfile(name, { os: system });
		for (const kind of Object.keys(profile.document.headers.kinds)) {
			const { headers } = layoutHeaders(profile, { kind: kind as 'fetch', method: 'POST', body: { contentLength: 1 } });
			const sentNames = headers.filter((_, index) => index % 2 === 0).map((field) => field.toLowerCase());
			expect(new Set(sentNames).size, kind).toBe(sentNames.length);
		}
	},
);

describe.each(summaries)('$name', ({ name, verified, verifiedOs, provenance, os }) => {
	test('speaks for the system that its users have, and says on which it is verified', () => {
		const profile = getProfile(name);
		expect(profile.os).toBe(DEFAULT_SYSTEM[profile.browser]);
		expect(os[0]).toBe(profile.os);
		for (const system of os)
			expect(getProfile(name, { os: system }).verified).toBe(system === verifiedOs ? verified : 'derived');
	});

	test('says where its facts come from', () => {
		expect(provenance.length).toBeGreaterThan(1);
		for (const { facts, source } of provenance) {
			expect(facts).not.toBe('');
			expect(source.length).toBeGreaterThan(10);
		}
		if (verified === 'public-capture')
			expect(JSON.stringify(provenance)).toMatch(/\(real browser\)|the library itself/);
		if (verified === 'live') expect(JSON.stringify(provenance)).toContain('captures/');
	});

	test('passes the checks of a file from outside and stays small', () => {
		const text = JSON.stringify(getProfile(name).document);
		expect(text.length).toBeLessThan(45_000);
		expect(defineProfile(text).name).toBe(name);
	});
});

test('every name of the clients that users come from resolves', () => {
	const file = new URL('./fixtures/peer-profile-names.json', import.meta.url);
	const peers: string[] = JSON.parse(readFileSync(file, 'utf8'));
	expect(peers).toHaveLength(133);
	for (const peer of peers) expect(getProfile(peer).name).toBe(peer);
	for (let major = 100; major <= 156; major++) expect(getProfile(`chrome_${major}`).version).toBe(String(major));
});

test('so do the spellings of impit and curl_cffi, to the same browser and version', () => {
	const impit =
		'chrome chrome100 chrome101 chrome104 chrome107 chrome110 chrome116 chrome124 chrome125 chrome131 chrome136';
	const more =
		'chrome142 chrome151 firefox firefox128 firefox133 firefox135 firefox144 okhttp okhttp3 okhttp4 okhttp5 ios18';
	const curl = 'edge101 chrome131_android safari153 safari155 safari170 safari172_ios safari180 safari184';
	const last =
		'safari180_ios safari184_ios safari260 safari260_ios firefox133 firefox135 safari15_5 safari17_2_ios safari18_0';
	const spelt = `${impit} ${more} ${curl} ${last}`.split(' ');
	for (const name of spelt) {
		const profile = getProfile(name);
		const digits = name.replaceAll(/\D/g, '');
		const own = profile.name.replaceAll(/\D/g, '');
		expect(
			[own, `${own}0`].some((text) => text.startsWith(digits)),
			`${name} is ${profile.name}`,
		).toBe(true);
		const [family = ''] = /^[a-z]+/.exec(name) ?? [];
		expect(profile.name.split('_')).toContain(family);
	}
});

test('an alias of each browser follows its newest release', () => {
	const newest = new Map<string, string>();
	for (const { browser, name } of summaries) if (!newest.has(browser)) newest.set(browser, name);
	for (const [browser, name] of newest) expect(getProfile(browser).name).toBe(name);
});
