/** User agents and brands: one browser, one version, one system. */
import type { ProfileOs } from '../../../src/index.ts';
import { differ, type Invariant } from './view.ts';

/** How a user agent names its system. */
const SYSTEM: { readonly [os in ProfileOs]: RegExp } = {
	windows: /\(Windows NT 10\.0; Win64; x64/,
	macos: /\(Macintosh; Intel Mac OS X 10[._]15/,
	linux: /\(X11; Linux x86_64/,
	android: /\((?:Linux; )?Android \d+;|^okhttp\//,
	ios: /\((?:iPhone; CPU iPhone|iPad; CPU) OS \d+_\d/,
};

/** The product in the user agent of each browser, up to its version. */
const PRODUCT: { readonly [browser: string]: string } = {
	chrome: ' Chrome/',
	chromium: ' Chrome/',
	chrome_android: ' Chrome/',
	edge: ' Edg/',
	opera: ' OPR/',
	firefox: ' Firefox/',
	firefox_private: ' Firefox/',
	firefox_android: ' Firefox/',
	safari: ' Version/',
	safari_ios: ' Version/',
	safari_ipad: ' Version/',
	okhttp: 'okhttp/',
};

/** The brand beside `Chromium`. Chromium itself has none. */
const BRAND: { readonly [browser: string]: string } = {
	chrome: 'Google Chrome',
	chrome_android: 'Google Chrome',
	edge: 'Microsoft Edge',
	opera: 'Opera',
};

/** Releases from which the brand list follows from the number (wicg.github.io/ua-client-hints, create-arbitrary-brands). */
const RULED = 105;
const FIRST_REDUCED = 102;
const FIRST_REDUCED_ANDROID = 110;

const isChromium = ['chromium'] as const;
const isMadeUp = ([name]: readonly [string, string]) => /^[ .]?Not/.test(name);

/** Made-up brand of a release by the specification: two characters between `Not`, `A` and `Brand`. */
function madeUp(major: number): [string, string] {
	const marks = ' (:-./);=?_';
	const versions = ['8', '99', '24'];
	return [`Not${marks[major % 11]}A${marks[(major + 1) % 11]}Brand`, versions[major % 3] ?? ''];
}

/** Places of made-up brand, Chromium and the product's own, sixth by sixth in the order of the permutations. */
const PLACES = ['012', '021', '102', '120', '201', '210'];

export const agentInvariants: readonly Invariant[] = [
	{
		name: 'every request has the same user agent',
		fails: ({ agent, image, fetch }) =>
			differ(
				'user agents',
				[image, fetch].map((each) => each.get('user-agent')),
				[agent, agent],
			),
	},
	{
		name: 'the user agent names the system',
		fails: ({ agent, os }) => (SYSTEM[os].test(agent) ? undefined : `${agent} is not of ${os}`),
	},
	{
		name: 'the user agent names no other system',
		fails: ({ agent, os }) => {
			const others = Object.entries(SYSTEM).filter(([other, pattern]) => other !== os && pattern.test(agent));
			return others.length === 0 ? undefined : `${agent} is of ${others.map(([other]) => other)}, too`;
		},
	},
	{
		name: 'the user agent names the product and its version',
		fails: ({ agent, profile }) => {
			const [, after = ''] = agent.split(PRODUCT[profile.browser] ?? '\0');
			const version = /^[\d.]+/.exec(after)?.[0] ?? '';
			const isOwn = version === profile.version || version.startsWith(`${profile.version}.`);
			return isOwn ? undefined : `${agent} is not ${profile.browser} ${profile.version}`;
		},
	},
	{
		name: 'the user agent says Mobile on phones and tablets alone',
		of: ['chromium', 'firefox', 'safari'],
		fails: ({ agent, os }) => differ('Mobile', /\bMobile\b/.test(agent), os === 'android' || os === 'ios'),
	},
	{
		name: 'the version of Chromium is reduced from 102 on',
		of: isChromium,
		fails: ({ agent, major }) => differ('reduced', / Chrome\/\d+\.0\.0\.0 /.test(agent), major >= FIRST_REDUCED),
	},
	{
		name: 'Android is reduced from 110 on, and names its device before',
		of: isChromium,
		fails: ({ agent, major, os, asked }) => {
			if (os !== 'android') return undefined;
			const model = asked.get('sec-ch-ua-model')?.replaceAll('"', '');
			const version = asked.get('sec-ch-ua-platform-version')?.replaceAll('"', '').split('.')[0];
			const wanted = major >= FIRST_REDUCED_ANDROID ? 'Android 10; K' : `Android ${version}; ${model}`;
			return agent.includes(`(Linux; ${wanted})`) ? undefined : `${agent} has not ${wanted}`;
		},
	},
	{
		name: 'Gecko repeats its version on Android, and has its frozen date elsewhere',
		of: ['firefox'],
		fails: ({ agent, os, major }) =>
			differ('Gecko', / Gecko\/(\S+)/.exec(agent)?.[1], os === 'android' ? `${major}.0` : '20100101'),
	},
	{
		name: 'rv: is the version, and 109 from 110 to 119',
		of: ['firefox'],
		fails: ({ agent, major }) =>
			differ('rv', Number(/; rv:(\d+)\.0\)/.exec(agent)?.[1]), major > 109 && major < 120 ? 109 : major),
	},
	{
		name: 'iOS is named by its version, and frozen from 26 on',
		of: ['safari'],
		fails: ({ agent, os, profile }) => {
			if (os !== 'ios') return undefined;
			const system = / OS (\S+) like /.exec(agent)?.[1];
			const wanted =
				Number.parseInt(profile.version, 10) >= 26 ? ['18_6', '18_7'] : [profile.version.replaceAll('.', '_')];
			return wanted.includes(system ?? '') ? undefined : `iOS ${system} under Safari ${profile.version}`;
		},
	},
	{
		name: "brands are Chromium's alone",
		fails: ({ family, navigate }) => differ('sec-ch-ua', navigate.has('sec-ch-ua'), family === 'chromium'),
	},
	{
		name: 'the brand list has Chromium with the version of the user agent',
		of: isChromium,
		fails: ({ brands, major }) =>
			differ(
				'Chromium',
				brands.filter(([name]) => name === 'Chromium'),
				[['Chromium', String(major)]],
			),
	},
	{
		name: 'the brand list has the product with its version, and nobody else',
		of: isChromium,
		fails: ({ brands, profile }) => {
			const own = BRAND[profile.browser];
			const others = brands.filter((each) => each[0] !== 'Chromium' && !isMadeUp(each));
			return differ('own brand', others, own === undefined ? [] : [[own, profile.version]]);
		},
	},
	{
		name: 'the made-up brand is that of the release',
		of: isChromium,
		fails: ({ brands, major }) => {
			const found = brands.filter(isMadeUp);
			const early: [string, string] = [major === 103 ? '.Not/A)Brand' : ' Not A;Brand', '99'];
			return differ('made-up brand', found, [major < RULED ? early : madeUp(major)]);
		},
	},
	{
		name: 'the order of brands is that of the release',
		of: isChromium,
		fails: ({ brands, major, profile }) => {
			if (major < RULED) return undefined;
			const own = BRAND[profile.browser];
			const entries = [madeUp(major)[0], 'Chromium', ...(own === undefined ? [] : [own])];
			const places = entries.length === 2 ? [major % 2, (major + 1) % 2] : [...(PLACES[major % 6] ?? '')].map(Number);
			const wanted: string[] = [];
			entries.forEach((entry, index) => {
				wanted[places[index] ?? 0] = entry;
			});
			return differ(
				'brands',
				brands.map(([name]) => name),
				wanted,
			);
		},
	},
	{
		name: 'the full list is the short one with full versions',
		of: isChromium,
		fails: ({ brands, fullBrands }) => {
			const cut = fullBrands.map(([name, version]) => [name, /^\d+(?=\.\d+\.\d+\.\d+$)/.exec(version)?.[0]]);
			return differ('full list', cut, brands);
		},
	},
	{
		name: 'the full version is that of the product in the full list',
		of: isChromium,
		fails: ({ asked, fullBrands, profile }) => {
			const own = BRAND[profile.browser] ?? 'Chromium';
			const listed = fullBrands.find(([name]) => name === own)?.[1];
			return differ('sec-ch-ua-full-version', asked.get('sec-ch-ua-full-version'), `"${listed}"`);
		},
	},
];
