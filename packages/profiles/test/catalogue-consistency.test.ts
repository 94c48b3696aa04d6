/** No profile contradicts itself: user agent, brands, platform, encodings and names speak of the same browser. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defineProfile, getProfile, getProfiles, layoutHeaders, type Profile, type ProfileOs } from '../src/index.ts';

const summaries = getProfiles();
const variants = summaries.flatMap(({ name, os }) => os.map((system) => ({ name, system })));

function fields(profile: Profile, kind: 'navigate' | 'fetch' = 'navigate'): Map<string, string> {
	const { headers } = layoutHeaders(profile, { kind, origin: 'https://a.test', referer: 'https://a.test/' });
	const map = new Map<string, string>();
	for (let index = 0; index < headers.length; index += 2) {
		map.set((headers[index] ?? '').toLowerCase(), headers[index + 1] ?? '');
	}
	return map;
}

/** How a user agent names its system. */
const SYSTEM: { readonly [os in ProfileOs]: RegExp } = {
	windows: /\(Windows NT 10\.0; Win64; x64/,
	macos: /\(Macintosh; Intel Mac OS X 10[._]15/,
	linux: /\(X11; Linux x86_64/,
	android: /Android|^okhttp\//,
	ios: /\((?:iPhone; CPU iPhone|iPad; CPU) OS /,
};

const PLATFORM: { readonly [os in ProfileOs]?: string } = {
	windows: '"Windows"',
	macos: '"macOS"',
	linux: '"Linux"',
	android: '"Android"',
};

/** How a user agent names the product of each browser, with its version. */
const PRODUCT: { readonly [browser: string]: (version: string) => string } = {
	chrome: (version) => ` Chrome/${version}.`,
	chromium: (version) => ` Chrome/${version}.`,
	chrome_android: (version) => ` Chrome/${version}.`,
	edge: (version) => ` Edg/${version}.`,
	opera: (version) => ` OPR/${version}.`,
	firefox: (version) => ` Firefox/${version}.0`,
	firefox_private: (version) => ` Firefox/${version}.0`,
	firefox_android: (version) => ` Firefox/${version}.0`,
	safari: (version) => ` Version/${version} `,
	safari_ios: (version) => ` Version/${version} `,
	safari_ipad: (version) => ` Version/${version} `,
	okhttp: (version) => `okhttp/${version}`,
};

/** The brand beside `Chromium`. Chromium itself has none. */
const BRAND: { readonly [browser: string]: string } = {
	chrome: 'Google Chrome',
	chrome_android: 'Google Chrome',
	edge: 'Microsoft Edge',
	opera: 'Opera',
};

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

describe.each(variants)('$name on $system', ({ name, system }) => {
	const profile = getProfile(name, { os: system });
	const sent = fields(profile);
	const agent = sent.get('user-agent') ?? '';

	test('the user agent names the product, its version and the system', () => {
		expect(agent).toContain(PRODUCT[profile.browser]?.(profile.version));
		expect(agent).toMatch(SYSTEM[system]);
	});

	test('brands and platform agree with the user agent, and only Chromium sends them', () => {
		const chromium = / Chrome\/(\d+)/.exec(agent)?.[1];
		const brands = sent.get('sec-ch-ua');
		expect(brands !== undefined).toBe(chromium !== undefined);
		if (brands === undefined) return;
		expect(brands).toContain(`"Chromium";v="${chromium}"`);
		const own = BRAND[profile.browser];
		const names = [...brands.matchAll(/"([^"]*)";v="(\d+)"/g)].map(([, brand, version]) => `${brand} ${version}`);
		const known = [`Chromium ${chromium}`, ...(own === undefined ? [] : [`${own} ${profile.version}`])];
		expect(names.filter((name) => !/^.?Not/.test(name)).sort()).toEqual(known.sort());
		expect(names).toHaveLength(known.length + 1);
		expect(sent.get('sec-ch-ua-platform')).toBe(PLATFORM[system]);
		expect(sent.get('sec-ch-ua-mobile')).toBe(system === 'android' ? '?1' : '?0');
		expect(agent.includes(' Mobile ')).toBe(system === 'android');
	});

	test('storage access is told only where the release can, and the hinted device is that of the user agent', () => {
		const chromium = Number(/ Chrome\/(\d+)/.exec(agent)?.[1]);
		const request = { kind: 'image', site: 'cross-site', origin: 'https://a.test' } as const;
		const names = layoutHeaders(profile, request).headers.map((text) => text.toLowerCase());
		const firefox = Number(/ Firefox\/(\d+)/.exec(agent)?.[1]);
		expect(names.includes('sec-fetch-storage-access')).toBe(chromium >= 133 || firefox >= 153);
		const hints = ['sec-ch-ua-model', 'sec-ch-ua-full-version-list'];
		const asked = layoutHeaders(profile, { kind: 'navigate', hints }).headers;
		const model = asked[asked.indexOf('sec-ch-ua-model') + 1]?.replaceAll('"', '') ?? '';
		if (chromium > 0 && chromium < 110 && system === 'android') expect(agent).toContain(`; ${model})`);
		if (chromium > 0) {
			expect(asked[asked.indexOf('sec-ch-ua-full-version-list') + 1]).toContain(`"Chromium";v="${chromium}.0.`);
		}
	});

	test('encodings, post-quantum groups and the priority field are of one age', () => {
		const chromium = Number(/ Chrome\/(\d+)/.exec(agent)?.[1]);
		const firefox = Number(/ Firefox\/(\d+)/.exec(agent)?.[1]);
		const encodings = sent.get('accept-encoding') ?? '';
		if (chromium > 0) {
			expect(encodings.includes('zstd')).toBe(chromium >= 123);
			expect(sent.has('priority')).toBe(chromium >= 124);
			expect(JSON.stringify(profile.document.tls.groups).includes('4588')).toBe(
				chromium >= (profile.browser === 'chrome_android' ? 143 : 131),
			);
		}
		if (firefox > 0) {
			expect(encodings.includes('zstd')).toBe(firefox >= 126);
			expect(sent.has('priority')).toBe(firefox >= 128);
			expect(sent.get('te')).toBe('trailers');
		}
	});

	test('every kind of request can be laid out, with one field of a name', () => {
		for (const kind of Object.keys(profile.document.headers.kinds)) {
			const { headers } = layoutHeaders(profile, { kind: kind as 'fetch', method: 'POST', body: { contentLength: 1 } });
			const sentNames = headers.filter((_, index) => index % 2 === 0).map((field) => field.toLowerCase());
			expect(new Set(sentNames).size, kind).toBe(sentNames.length);
		}
	});
});

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
		expect(text.length).toBeLessThan(40_000);
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
