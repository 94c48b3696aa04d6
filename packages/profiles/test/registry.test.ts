/** Names, variants and files of profiles. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { aliases, editions, profiles } from '../scripts/catalogue.ts';
import { withProfileTable } from '../scripts/readme-table.ts';
import {
	createFormBoundary,
	defineProfile,
	engineProfileJson,
	escapeFormName,
	getProfile,
	getProfiles,
	layoutHeaders,
	ProfileError,
	profileHopLimit,
	profileVariant,
	resolveProfileName,
} from '../src/index.ts';

function failure(run: () => unknown): ProfileError {
	try {
		run();
	} catch (error) {
		if (error instanceof ProfileError) return error;
		throw error;
	}
	throw new Error('did not fail');
}

function copyOf(
	name: string,
): Record<string, unknown> & { headers: Record<string, unknown>; tls: Record<string, unknown> } {
	return JSON.parse(JSON.stringify(getProfile(name).document));
}

describe('names', () => {
	test('what is no version is refused, whatever was asked for before', () => {
		getProfile('chrome_156');
		const fullVersion = null as unknown as string;
		expect(failure(() => getProfile('chrome_156', { fullVersion })).code).toBe('ERR_PROFILE_VERSION');
	});

	test('a name is the same profile each time, however it is written and whatever was asked for before', () => {
		const chrome = getProfile('chrome');
		for (let count = 0; count < 100; count++) {
			// More spellings than are kept.
			const spelling = [...'chrome']
				.map((letter, bit) => ((count >> bit) & 1 ? letter.toUpperCase() : letter))
				.join('');
			expect(getProfile(spelling as 'chrome')).toBe(chrome);
			expect(getProfile(spelling as 'chrome')).toBe(chrome);
		}
		expect(getProfile('chrome', { os: 'macos' })).not.toBe(chrome);
		expect(getProfile('chrome', {})).toBe(chrome);
		for (let count = 0; count < 2; count++)
			expect(failure(() => getProfile('chrom' as 'chrome')).code).toBe('ERR_PROFILE_UNKNOWN');
	});

	test('aliases follow the newest release; case and dashes do not matter', () => {
		expect(resolveProfileName('chrome')).toBe('chrome_156');
		expect(resolveProfileName('Chrome-156')).toBe('chrome_156');
		expect(getProfile('firefox').name).toBe('firefox_153');
	});

	test.each([
		['chrome131', 'chrome_131'],
		['Chrome-131', 'chrome_131'],
		['chrome/131.0.0.0', 'chrome_131'],
		['chromium 142', 'chromium_142'],
		['firefox144', 'firefox_144'],
		['edge134', 'edge_134'],
		['safari18', 'safari_18'],
		['safari184', 'safari_18.4'],
		['safari18.4', 'safari_18.4'],
		['safari260', 'safari_26'],
		['safari26_0_1', undefined],
		['safari15_5', 'safari_15.5'],
		['safari17_0', 'safari_17.0'],
		['safari17_2_ios', 'safari_ios_17.2'],
		['safari180_ios', 'safari_ios_18'],
		['ios18', 'safari_ios_18'],
		['ios_17.4.1', 'safari_ios_17.4.1'],
		['ipad26', 'safari_ipad_26'],
		['chrome131_android', 'chrome_android_131'],
		['chromeandroid131', undefined],
		['okhttp5', 'okhttp_5'],
		['okhttp4', 'okhttp_4.12'],
		['okhttp49', 'okhttp_4.9'],
		['ios', 'safari_ios_26.2'],
		['firefoxprivate', undefined],
		['chrome99', undefined],
		['131', undefined],
		['', undefined],
		['chrome_'.padEnd(5_000_000, '1'), undefined],
	])('%.40s means %s', (spelt, name) => {
		if (name === undefined) expect(failure(() => resolveProfileName(spelt)).code).toBe('ERR_PROFILE_UNKNOWN');
		else expect(resolveProfileName(spelt)).toBe(name);
	});

	test.each([
		['safari_18', 'ios', 'safari_ios_18'],
		['safari', 'ios', 'safari_ios_26.2'],
		['safari_ios_18', 'macos', 'safari_18'],
		['chrome_131', 'android', 'chrome_android_131'],
		['chrome', 'android', 'chrome_156'],
	] as const)('%s on %s is %s', (name, os, expected) => {
		expect(getProfile(name, { os })).toMatchObject({ name: expected, os });
	});

	test('every alias points to a profile, every profile has a valid file', () => {
		for (const summary of getProfiles()) {
			expect(getProfile(summary.name).document.name).toBe(summary.name);
			for (const alias of summary.aliases) expect(resolveProfileName(alias)).toBe(summary.name);
			expect(defineProfile(getProfile(summary.name).document).name).toBe(summary.name);
			expect(summary.provenance.length).toBeGreaterThan(0);
		}
	});

	test('an unknown name lists its neighbours', () => {
		const error = failure(() => getProfile('chrome_165'));
		expect(error.code).toBe('ERR_PROFILE_UNKNOWN');
		expect(error.suggestions).toEqual(['chrome_156', 'chrome_155', 'chrome_154']);
		expect(failure(() => getProfile('chrome_15')).suggestions[0]).toBe('chrome_156');
		expect(failure(() => getProfile('chrome99')).suggestions).toEqual(['chrome_100', 'chrome_101', 'chrome_102']);
		expect(failure(() => getProfile('safari_18.5', { os: 'ios' })).suggestions[0]).toBe('safari_ios_18.4');
		expect(failure(() => getProfile('chrmoe')).suggestions).toContain('chrome');
		expect(failure(() => getProfile('__proto__')).code).toBe('ERR_PROFILE_UNKNOWN');
		expect(failure(() => getProfile('../../package')).code).toBe('ERR_PROFILE_UNKNOWN');
	});

	test('the same arguments give the same object and the same engine text', () => {
		expect(getProfile('chrome')).toBe(getProfile('chrome_156'));
		expect(engineProfileJson(getProfile('chrome'))).toBe(engineProfileJson(getProfile('chrome', { os: 'windows' })));
		expect(Object.keys(JSON.parse(engineProfileJson(getProfile('chrome'))))).toEqual([
			'name',
			'tls',
			'http2',
			'http1',
			'dns',
		]);
	});
});

describe('variants', () => {
	const agent = (name: string, os: 'windows' | 'macos' | 'android') => {
		const { headers } = layoutHeaders(getProfile(name, { os }), { kind: 'navigate' });
		return Object.fromEntries(
			headers.flatMap((field, index) => (index % 2 === 0 ? [[field.toLowerCase(), headers[index + 1]]] : [])),
		);
	};

	test('user agent and hints speak of the same system', () => {
		expect(agent('chrome', 'windows')).toMatchObject({
			'user-agent': expect.stringContaining('Windows NT 10.0'),
			'sec-ch-ua-platform': '"Windows"',
		});
		expect(agent('chrome', 'android')).toMatchObject({
			'user-agent': expect.stringContaining('Mobile Safari'),
			'sec-ch-ua-mobile': '?1',
		});
		expect(agent('firefox', 'macos')).toMatchObject({
			'user-agent': expect.stringContaining('Intel Mac OS X 10.15; rv:'),
		});
	});

	test('a brand is part of the list and combinations that do not exist are refused', () => {
		const brands = (name: string) => layoutHeaders(getProfile(name), { kind: 'navigate' }).headers[1];
		expect(brands('chrome')).toBe('"Not:A-Brand";v="8", "Chromium";v="156", "Google Chrome";v="156"');
		expect(brands('chromium')).toBe('"Not:A-Brand";v="8", "Chromium";v="156"');
		expect(failure(() => getProfile('chrome', { os: 'ios' })).code).toBe('ERR_PROFILE_OS');
		expect(failure(() => getProfile('firefox', { brand: 'edge' })).code).toBe('ERR_PROFILE_BRAND');
	});

	test('a build of the release is told by the hints, and by a user agent that has it', () => {
		const hints = ['sec-ch-ua-full-version', 'sec-ch-ua-full-version-list'];
		const told = (name: string, fullVersion: string) =>
			layoutHeaders(getProfile(name, { fullVersion }), { kind: 'navigate', hints }).headers.join('\n');
		expect(told('chrome_156', '156.0.8078.108')).toContain('sec-ch-ua-full-version\n"156.0.8078.108"');
		expect(told('chrome_156', '156.0.8078.108')).toContain('"8.0.0.0", "Chromium";v="156.0.8078.108"');
		expect(told('chrome_156', '156.0.8078.108')).toContain('Chrome/156.0.0.0 Safari');
		expect(told('chrome_100', '100.0.4896.127')).toContain('Chrome/100.0.4896.127 Safari');
		for (const wrong of ['157.0.1.2', '156', '156.0.0', '156.0.8078.1"', '1560.0.0.0'])
			expect(failure(() => getProfile('chrome_156', { fullVersion: wrong })).code).toBe('ERR_PROFILE_VERSION');
		expect(failure(() => getProfile('firefox', { fullVersion: '153.8.0.0' })).message).toContain('tells nobody');
		const chrome = getProfile('chrome_156');
		expect(profileVariant(chrome, { fullVersion: chrome.fullVersion ?? '' })).toBe(chrome);
		expect(profileVariant(getProfile('chrome_156', { fullVersion: '156.0.1.2' }), { os: 'windows' })).toMatchObject({
			os: 'windows',
			fullVersion: '156.0.1.2',
		});
	});

	test('only the captured system and brand count as verified live', () => {
		expect(getProfile('chromium_156').verified).toBe('live');
		expect(getProfile('chromium_156', { os: 'windows' }).verified).toBe('derived');
		expect(getProfile('chromium_156', { brand: 'google-chrome' }).verified).toBe('derived');
		expect(getProfile('chrome_156', { os: 'linux', brand: 'chromium' }).verified).toBe('derived');
		expect(getProfile('firefox_153', { os: 'linux' }).verified).toBe('live');
		expect(getProfile('firefox_153').verified).toBe('derived');
	});
});

describe('defineProfile', () => {
	test('N05 refuses more than a megabyte before parsing it', () => {
		expect(failure(() => defineProfile(`{"name":"${'x'.repeat(1_048_576)}"}`)).code).toBe('ERR_PROFILE_TOO_LARGE');
		expect(failure(() => defineProfile({ name: 'é'.repeat(600_000) })).code).toBe('ERR_PROFILE_TOO_LARGE');
	});

	test.each([
		['unknown key', (p: ReturnType<typeof copyOf>) => Object.assign(p.tls, { cyphers: [] }), 'tls.cyphers'],
		['unknown top key', (p: ReturnType<typeof copyOf>) => Object.assign(p, { http3: {} }), 'http3'],
		['missing key', (p: ReturnType<typeof copyOf>) => delete p.tls.grease, 'tls.grease'],
		['out of range', (p: ReturnType<typeof copyOf>) => Object.assign(p.tls, { ciphers: [70_000] }), 'tls.ciphers[0]'],
		[
			'line break in a value',
			(p: ReturnType<typeof copyOf>) => Object.assign(p.headers, { te: 'a\r\nb: c' }),
			'headers.te',
		],
		[
			'dangling reference',
			(p: ReturnType<typeof copyOf>) => Object.assign(p.headers, { templates: {} }),
			'headers.kinds',
		],
		[
			'system without facts',
			(p: ReturnType<typeof copyOf>) => Object.assign(p, { os: ['ios'] }),
			'headers.platforms.ios',
		],
		['wrong schema', (p: ReturnType<typeof copyOf>) => Object.assign(p, { schema: 2 }), 'schema'],
	])('%s is refused by name', (_, change, path) => {
		const profile = copyOf('chrome');
		change(profile);
		const error = failure(() => defineProfile(profile));
		expect(error.code).toBe('ERR_PROFILE_INVALID');
		expect(error.message).toContain(path);
	});

	test.each(['', 'null', '[]', '"text"', '{"a":', '{"__proto__":{}}'])('%j is refused', (text) => {
		expect(failure(() => defineProfile(text)).code).toBe('ERR_PROFILE_INVALID');
	});

	test('a changed copy works under its own name', () => {
		const profile = defineProfile({ ...copyOf('firefox'), name: 'mine_1' });
		expect(profile.name).toBe('mine_1');
		expect(layoutHeaders(profile, { kind: 'navigate' }).headers[0]).toBe('User-Agent');
	});
});

describe('forms', () => {
	test('boundaries look like the browser’s and never repeat', () => {
		expect(createFormBoundary(getProfile('chrome'))).toMatch(/^----WebKitFormBoundary[A-Za-z0-9]{16}$/);
		expect(createFormBoundary(getProfile('firefox'))).toMatch(/^----geckoformboundary[0-9a-f]{2,32}$/);
		expect(createFormBoundary(getProfile('firefox_109'))).toMatch(/^-{27}\d{3,30}$/);
		expect(createFormBoundary(getProfile('okhttp'))).toMatch(
			/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
		);
		expect(createFormBoundary(getProfile('chrome'))).not.toBe(createFormBoundary(getProfile('chrome')));
	});

	// The browsers' own: 35,142 of 40,000 of Firefox 153, 39,930 of 640,000 characters of Chromium 156.
	test('what is random in them comes as often as in the browser', () => {
		const rests = (name: string) => {
			const profile = getProfile(name);
			const { prefix } = profile.document.headers.form.boundary;
			return Array.from({ length: 20_000 }, () => createFormBoundary(profile).slice(prefix.length));
		};
		const whole = rests('firefox').filter(({ length }) => length === 32).length;
		expect(Math.abs(whole - 17_571)).toBeLessThan(320); // seven standard deviations
		const twice = [...rests('chrome').join('')].filter((each) => each === 'A' || each === 'B').length;
		expect(Math.abs(twice - 20_000)).toBeLessThan(960); // the same
	});

	test('names are escaped so that a quote or line break cannot end the field', () => {
		expect(escapeFormName(getProfile('chrome'), 'na"me\r\né\n')).toBe('na%22me%0D%0Aé%0A');
	});
});

test('data files and README are what the generator writes', () => {
	const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
	const documents = profiles();
	const all = [...documents, ...editions(documents)];
	expect(getProfiles().map(({ name }) => name)).toEqual(all.map(({ name }) => name));
	for (const document of documents) {
		expect(JSON.parse(read(`data/${document.browser}/${document.name}.json`))).toEqual(
			JSON.parse(JSON.stringify(document)),
		);
	}
	expect(JSON.parse(read('data/index.json')).aliases).toEqual(aliases(all));
	expect(Object.keys(JSON.parse(read('data/provenance.json')))).toEqual(documents.map(({ name }) => name));
	const ofDocuments = documents.map(({ provenance }) => JSON.parse(JSON.stringify(provenance)));
	expect(
		getProfiles()
			.slice(0, documents.length)
			.map(({ provenance }) => provenance),
	).toEqual(ofDocuments);
	const known = read('src/generated/known-browser-name.ts').matchAll(/^\t\| '(.+)';?$/gm);
	expect([...known].map(([, name]) => name)).toEqual([...Object.keys(aliases(all)), ...all.map(({ name }) => name)]);
	const readme = read('README.md');
	expect(withProfileTable(readme, all)).toBe(readme);
});

test('packets start with the time to live of the system', () => {
	expect(profileHopLimit(getProfile('chrome', { os: 'windows' }))).toBe(128);
	for (const os of ['macos', 'linux'] as const) expect(profileHopLimit(getProfile('firefox', { os }))).toBe(64);
	expect(profileHopLimit(getProfile('safari_ios_18'))).toBe(64);
});
