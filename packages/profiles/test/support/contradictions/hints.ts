/** Client hints: those of the release, and all of one device. */
import { differences } from '../../../scripts/facts/differences.ts';
import type { ProfileOs } from '../../../src/index.ts';
import { differ, type Invariant, type View } from './view.ts';

/** mdn/browser-compat-data a0a74f9b. All older ones are older than the oldest profile, which is 100. */
const HINT_SINCE: { readonly [name: string]: number } = {
	'sec-ch-viewport-height': 105,
	'sec-ch-prefers-reduced-motion': 108,
	'sec-ch-prefers-reduced-transparency': 119,
	'sec-ch-ua-form-factors': 124,
};
const ALWAYS = [
	...['device-memory', 'sec-ch-device-memory', 'dpr', 'sec-ch-dpr', 'viewport-width', 'sec-ch-viewport-width', 'rtt'],
	...[
		'downlink',
		'ect',
		'sec-ch-ua',
		'sec-ch-ua-mobile',
		'sec-ch-ua-full-version',
		'sec-ch-ua-arch',
		'sec-ch-ua-platform',
	],
	...['sec-ch-ua-platform-version', 'sec-ch-ua-model', 'sec-ch-ua-bitness', 'sec-ch-ua-wow64'],
	...['sec-ch-ua-full-version-list', 'sec-ch-prefers-color-scheme'],
];

const PLATFORM: { readonly [os in ProfileOs]?: string } = {
	windows: '"Windows"',
	macos: '"macOS"',
	linux: '"Linux"',
	android: '"Android"',
};

/** Forms of the version of a system (wicg.github.io/ua-client-hints, get the platform version). */
const VERSION: { readonly [os in ProfileOs]?: RegExp } = {
	windows: /^"(?:1[3-9]|[2-9]\d)\.\d+\.0"$/,
	macos: /^"\d+\.\d+\.\d+"$/,
	linux: /^"\d+\.\d+\.\d+"$/,
	android: /^"\d+\.0\.0"$/,
};
/** Linux tells none from here on. */
const LINUX_SILENT = 146;
/** 16 and 32 GiB, off Android. */
const LARGE_MEMORY = 147;

const of = ['chromium'] as const;

function isHint(name: string): boolean {
	return name in HINT_SINCE || ALWAYS.includes(name) || name.startsWith('sec-ch-');
}

/** The row of the table that a version of a system is of. */
function systemOf({ os, asked }: View) {
	const rows = os === 'ios' ? [] : differences.chromium.systemVersions[os];
	const value = asked.get('sec-ch-ua-platform-version')?.replaceAll('"', '');
	return rows.findLast((row) => row.value === value);
}

export const hintInvariants: readonly Invariant[] = [
	{
		name: 'no browser but Chromium sends hints',
		of: ['firefox', 'safari', 'okhttp'],
		fails: ({ asked }) => differ('hints', [...asked.keys()].filter(isHint), []),
	},
	{
		name: 'the release has the hints that it sends, and sends all it has',
		of,
		fails: ({ asked, major }) => {
			const wanted = [...ALWAYS, ...Object.keys(HINT_SINCE).filter((name) => (HINT_SINCE[name] ?? 0) <= major)];
			return differ('hints', [...asked.keys()].filter(isHint).sort(), wanted.sort());
		},
	},
	{
		name: 'three hints are sent unasked',
		of,
		fails: ({ navigate }) =>
			differ('hints', [...navigate.keys()].filter(isHint), ['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform']),
	},
	{
		name: "a page's request knows the hints of a navigation",
		of,
		fails: ({ profile }) => {
			const { order = [], tableOrder = [] } = profile.document.headers.clientHints ?? {};
			return differ('tableOrder', [...tableOrder].sort(), [...order].sort());
		},
	},
	{
		name: 'the platform is that of the user agent',
		of,
		fails: ({ asked, os }) => differ('sec-ch-ua-platform', asked.get('sec-ch-ua-platform'), PLATFORM[os]),
	},
	{
		name: 'mobile is that of the user agent',
		of,
		fails: ({ asked, agent }) =>
			differ('sec-ch-ua-mobile', asked.get('sec-ch-ua-mobile'), agent.includes(' Mobile ') ? '?1' : '?0'),
	},
	{
		name: 'the form factor is that of mobile',
		of,
		fails: ({ asked, major, os }) =>
			differ(
				'sec-ch-ua-form-factors',
				asked.get('sec-ch-ua-form-factors'),
				major < 124 ? undefined : os === 'android' ? '"Mobile"' : '"Desktop"',
			),
	},
	{
		name: 'phones have a model, and nobody else',
		of,
		fails: ({ asked, os }) => differ('model', asked.get('sec-ch-ua-model') !== '""', os === 'android'),
	},
	{
		name: 'Android tells neither architecture nor bits, desktops both',
		of,
		fails: ({ asked, os }) => {
			const told = [asked.get('sec-ch-ua-arch'), asked.get('sec-ch-ua-bitness')];
			if (os === 'android') return differ('arch and bitness', told, ['""', '""']);
			return /^"(?:x86|arm)","64"$/.test(told.join()) ? undefined : `arch and bitness are ${told}`;
		},
	},
	{
		name: 'nobody is a 32-bit program on a 64-bit Windows',
		of,
		fails: ({ asked }) => differ('sec-ch-ua-wow64', asked.get('sec-ch-ua-wow64'), '?0'),
	},
	{
		name: 'the version of the system has the form of the system',
		of,
		fails: ({ asked, os, major }) => {
			const version = asked.get('sec-ch-ua-platform-version') ?? '';
			if (os === 'linux' && major >= LINUX_SILENT) return differ('platform version', version, '""');
			return VERSION[os]?.test(version) ? undefined : `platform version ${version} on ${os}`;
		},
	},
	{
		name: 'the system and the device were out when the release was the newest',
		of,
		fails: (view) => {
			const row = systemOf(view);
			if (row === undefined) return 'a version of a system that the table does not have';
			const next = differences.released.chromium[String(view.major + 1)];
			return next === undefined || row.released < next ? undefined : `${row.name} came after Chromium ${view.major}`;
		},
	},
	{
		name: 'the model is of the version of the system',
		of,
		fails: (view) => differ('model', view.asked.get('sec-ch-ua-model'), `"${systemOf(view)?.model ?? ''}"`),
	},
	{
		name: 'the memory is one that the release can tell',
		of,
		fails: ({ asked, major, os }) => {
			const memory = Number(asked.get('device-memory'));
			const most = major >= LARGE_MEMORY && os !== 'android' ? 32 : 8;
			const least = major >= LARGE_MEMORY ? 2 : 0.25;
			const isPower = Number.isInteger(Math.log2(memory));
			return isPower && memory >= least && memory <= most ? undefined : `device-memory ${memory} in ${major} on ${os}`;
		},
	},
	{
		name: 'old and new names of a hint have one value',
		of,
		fails: ({ asked }) => {
			const pairs = ['device-memory', 'dpr', 'viewport-width'];
			return differ(
				'new names',
				pairs.map((name) => asked.get(`sec-ch-${name}`)),
				pairs.map((name) => asked.get(name)),
			);
		},
	},
	{
		name: 'a phone is narrow, and a desktop is not',
		of,
		fails: ({ asked, os }) => differ('narrow', Number(asked.get('viewport-width')) < 600, os === 'android'),
	},
];
