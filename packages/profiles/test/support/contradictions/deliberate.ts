/** A profile made to contradict itself, once for every invariant: what a slip of the generator could write. */
import type { ProfileDocument, ProfileOs } from '../../../src/index.ts';
import type { JsonValue } from '../../../src/types.ts';

/** A document that may be changed. */
type Draft<T> = T extends object ? { -readonly [key in keyof T]: Draft<T[key]> } : T;
type Document = { headers: Draft<ProfileDocument['headers']>; tls: Engine; http2: Engine };
type Engine = Record<string, JsonValue>;

/** `[invariant, profile, system, slip]`. */
type Deliberate = readonly [
	invariant: string,
	name: string,
	os: ProfileOs,
	slip: (document: Document, os: ProfileOs) => void,
];

const agent = (from: string | RegExp, to: string) => (document: Document, os: ProfileOs) => {
	const platform = document.headers.platforms[os];
	if (platform) platform.userAgent = platform.userAgent.replace(from, to);
};
const hint = (name: string, value: string) => (document: Document, os: ProfileOs) => {
	const hints = document.headers.platforms[os]?.hints as Record<string, string> | undefined;
	if (hints && name in hints) hints[name] = value;
	const values = document.headers.clientHints?.values as Record<string, string> | undefined;
	if (values && name in values) values[name] = value;
};
const brands =
	(key: string, from: string | RegExp, to: string, list: 'short' | 'full' = 'short') =>
	(document: Document) => {
		const brand = document.headers.clientHints?.brands[key] as { short: string; full: string } | undefined;
		if (brand) brand[list] = brand[list].replace(from, to);
	};
const accept = (key: string, from: string | RegExp, to: string) => (document: Document) => {
	const table = document.headers.accept as Record<string, string>;
	table[key] = (table[key] ?? '').replace(from, to);
};
const slots = (template: string, change: (list: unknown[]) => void) => (document: Document) => {
	change((document.headers.templates as unknown as Record<string, unknown[]>)[template] ?? []);
};

export const deliberate: readonly Deliberate[] = [
	[
		'every request has the same user agent',
		'chrome_142',
		'windows',
		({ headers }) => {
			(headers.templates as unknown as Record<string, unknown[]>).fetch = ['accept'];
		},
	],
	['the user agent names the system', 'chrome_142', 'windows', agent('Windows NT 10.0; Win64; x64', 'Windows NT 10.0')],
	[
		'the user agent names no other system',
		'firefox_140',
		'linux',
		agent('Gecko/', '(Macintosh; Intel Mac OS X 10.15) Gecko/'),
	],
	['the user agent names the product and its version', 'edge_148', 'windows', agent('Edg/148', 'Edg/147')],
	['the user agent says Mobile on phones and tablets alone', 'chrome_android_155', 'android', agent(' Mobile', '')],
	['the version of Chromium is reduced from 102 on', 'chrome_142', 'macos', agent('142.0.0.0', '142.0.7444.176')],
	['Android is reduced from 110 on, and names its device before', 'chrome_105', 'android', agent('Pixel 6', 'Pixel 7')],
	[
		'Gecko repeats its version on Android, and has its frozen date elsewhere',
		'firefox_android_153',
		'android',
		agent('Gecko/153.0', 'Gecko/20100101'),
	],
	['rv: is the version, and 109 from 110 to 119', 'firefox_117', 'windows', agent('rv:109.0', 'rv:117.0')],
	['iOS is named by its version, and frozen from 26 on', 'safari_ios_26.2', 'ios', agent('18_7', '26_2')],
	[
		"brands are Chromium's alone",
		'chrome_142',
		'linux',
		({ headers }) => {
			headers.clientHints = null;
		},
	],
	[
		'the brand list has Chromium with the version of the user agent',
		'chrome_142',
		'linux',
		brands('google-chrome', '"Chromium";v="142"', '"Chromium";v="141"'),
	],
	[
		'the brand list has the product with its version, and nobody else',
		'opera_131',
		'macos',
		brands('opera', '"Opera";v="131"', '"Opera";v="147"'),
	],
	['the made-up brand is that of the release', 'edge_140', 'windows', brands('edge', /"Not[^"]*"/, '"Not A;Brand"')],
	[
		'the order of brands is that of the release',
		'chrome_120',
		'windows',
		brands('google-chrome', /^(.*), (.*)$/, '$2, $1'),
	],
	[
		'the full list is the short one with full versions',
		'chrome_120',
		'windows',
		brands('google-chrome', /^(.*), (.*)$/, '$2, $1', 'full'),
	],
	[
		'the full version is that of the product in the full list',
		'edge_148',
		'windows',
		hint('sec-ch-ua-full-version', '"148.0.7778.167"'),
	],
	[
		'no browser but Chromium sends hints',
		'firefox_153',
		'linux',
		(document) => {
			const names = ['sec-ch-ua-model'];
			const values = { 'sec-ch-ua-model': '""' };
			document.headers.clientHints = { default: names, order: names, tableOrder: names, values, brands: {}, brand: '' };
			for (const name of Object.keys(document.headers.templates))
				slots(name, (list) => list.push({ hints: true }))(document);
		},
	],
	[
		'the release has the hints that it sends, and sends all it has',
		'chrome_110',
		'windows',
		({ headers }) => {
			const { order, values } = headers.clientHints as unknown as { order: string[]; values: Record<string, string> };
			order.push('sec-ch-ua-form-factors');
			values['sec-ch-ua-form-factors'] = '"Desktop"';
		},
	],
	[
		'three hints are sent unasked',
		'chrome_142',
		'windows',
		({ headers }) => {
			(headers.clientHints as unknown as { default: string[] }).default.push('sec-ch-ua-arch');
		},
	],
	[
		"a page's request knows the hints of a navigation",
		'chrome_142',
		'windows',
		({ headers }) => {
			(headers.clientHints as unknown as { tableOrder: string[] }).tableOrder.pop();
		},
	],
	['the platform is that of the user agent', 'chrome_142', 'macos', hint('sec-ch-ua-platform', '"Mac OS X"')],
	['mobile is that of the user agent', 'chrome_142', 'macos', hint('sec-ch-ua-mobile', '?1')],
	['the form factor is that of mobile', 'chrome_156', 'android', hint('sec-ch-ua-form-factors', '"Desktop"')],
	['phones have a model, and nobody else', 'chrome_142', 'linux', hint('sec-ch-ua-model', '"Pixel 9"')],
	[
		'Android tells neither architecture nor bits, desktops both',
		'chrome_156',
		'android',
		hint('sec-ch-ua-arch', '"arm"'),
	],
	['nobody is a 32-bit program on a 64-bit Windows', 'chrome_142', 'windows', hint('sec-ch-ua-wow64', '?1')],
	[
		'the version of the system has the form of the system',
		'chrome_156',
		'linux',
		hint('sec-ch-ua-platform-version', '"6.8.0"'),
	],
	[
		'the system and the device were out when the release was the newest',
		'chrome_110',
		'windows',
		hint('sec-ch-ua-platform-version', '"19.0.0"'),
	],
	['the model is of the version of the system', 'chrome_android_152', 'android', hint('sec-ch-ua-model', '"Pixel 6"')],
	['the memory is one that the release can tell', 'chrome_142', 'windows', hint('device-memory', '16')],
	['old and new names of a hint have one value', 'chrome_142', 'windows', hint('sec-ch-dpr', '2')],
	['a phone is narrow, and a desktop is not', 'chrome_156', 'android', hint('viewport-width', '1050')],
	[
		'zstd from its release on',
		'safari_26',
		'macos',
		({ headers }) => {
			(headers.acceptEncoding as Record<string, string>).secure += ', zstd';
		},
	],
	[
		'the priority field from its release on',
		'chrome_123',
		'windows',
		({ headers }) => {
			for (const level of Object.values(headers.priorities)) level.field = 'u=0, i';
		},
	],
	[
		'the state of storage access from its release on, to other sites alone',
		'firefox_146',
		'windows',
		({ headers }) => {
			headers.thirdPartyCookies.storageAccess.partitioned = 'none';
		},
	],
	[
		'the state of storage access is that of the product',
		'chrome_142',
		'windows',
		({ headers }) => {
			delete headers.clientHints?.brands['google-chrome']?.thirdPartyCookies;
		},
	],
	[
		"te is Firefox's",
		'firefox_140',
		'windows',
		({ headers }) => {
			headers.te = null;
		},
	],
	[
		"signed exchanges are Chromium's, with the weight of the release",
		'chrome_109',
		'windows',
		accept('document', 'v=b3;q=0.9', 'v=b3;q=0.7'),
	],
	[
		'JPEG XL leads in documents and images from its release on',
		'chrome_142',
		'windows',
		accept('document', 'image/avif', 'image/jxl,image/avif'),
	],
	[
		'Edge has AVIF from 121 on, the others always',
		'edge_101',
		'windows',
		accept('image', 'image/webp', 'image/avif,image/webp'),
	],
	[
		"Fetch Metadata is everybody's, and Safari's from 16.4 on",
		'safari_16',
		'macos',
		slots('document', (list) => list.push('sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest')),
	],
	[
		"Safari tells neither the user's gesture nor that it upgrades",
		'chrome_142',
		'windows',
		slots('document', (list) => list.splice(list.indexOf('upgrade-insecure-requests'), 1)),
	],
	[
		'languages fall by tenths, and in Firefox before 147 evenly',
		'firefox_140',
		'windows',
		({ headers }) => {
			headers.acceptLanguage.quality = 'tenths';
		},
	],
	[
		'a German has the list of his browser',
		'safari_26',
		'macos',
		({ headers }) => {
			headers.acceptLanguage.english = true;
		},
	],
	[
		'a library has no fields of a browser',
		'okhttp_5',
		'android',
		slots('request', (list) => list.push('accept-language')),
	],
	[
		'the post-quantum group is that of release and system, with a key share',
		'chrome_124',
		'windows',
		({ tls }) => {
			tls.groups = [0x11ec, 29, 23, 24];
		},
	],
	[
		"encrypted hellos from 119 on, and not Safari's",
		'firefox_117',
		'windows',
		({ tls }) => {
			tls.ech = { aeads: [1, 3], payload: { mode: 'as-inner-hello' } };
		},
	],
	[
		"GREASE is Chromium's and Safari's",
		'firefox_140',
		'linux',
		({ tls }) => {
			tls.grease = true;
		},
	],
	[
		"trust anchors are Chromium's, from 152 on",
		'chrome_155',
		'windows',
		({ tls }) => {
			tls.trustAnchors = null;
		},
	],
	[
		"application settings are Chromium's, with the number of the release",
		'edge_134',
		'windows',
		({ tls }) => {
			tls.alps = { codepoint: 17_613, protocols: ['h2'] };
		},
	],
	[
		'Firefox has a small table and a small window on Android, and there alone',
		'firefox_android_128',
		'android',
		({ http2 }) => {
			http2.settings = [
				[1, 65_536],
				[4, 131_072],
			];
		},
	],
];
