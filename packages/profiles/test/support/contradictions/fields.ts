/** Fields with a first release, and those that one family has. Numbers: mdn/browser-compat-data a0a74f9b unless said otherwise. */
import { differ, type Invariant, type View } from './view.ts';

const SINCE = {
	zstd: { chromium: 123, firefox: 126 },
	priority: { chromium: 124, firefox: 128 },
	storageAccess: { chromium: 133, firefox: 147 },
	/** curl-impersonate signatures. */
	jxl: { chromium: 155 },
	/** curl-impersonate signatures: `q=0.9` before. */
	signedExchangeLow: { chromium: 110 },
	safariMetadata: 16.4,
	/** curl-impersonate signatures; MDN has 18.4. */
	safariPriority: 18,
} as const;

/** Products whose defaults allow third-party cookies. */
const ALLOWS_THIRD_PARTIES = ['chrome', 'chrome_android', 'edge', 'opera'];

function isSince({ family, major }: View, what: { readonly [family in View['family']]?: number }): boolean {
	return major >= (what[family] ?? Number.POSITIVE_INFINITY);
}

const browsers = ['chromium', 'firefox', 'safari'] as const;

export const fieldInvariants: readonly Invariant[] = [
	{
		name: 'zstd from its release on',
		of: browsers,
		// Safari has it on macOS and iOS 26.3, and no profile is of that.
		fails: (view) =>
			differ(
				'zstd',
				view.navigate.get('accept-encoding'),
				`gzip, deflate, br${isSince(view, SINCE.zstd) ? ', zstd' : ''}`,
			),
	},
	{
		name: 'the priority field from its release on',
		of: browsers,
		fails: (view) => {
			const wanted = view.family === 'safari' ? view.major >= SINCE.safariPriority : isSince(view, SINCE.priority);
			return differ('priority', [view.navigate.has('priority'), view.image.has('priority')], [wanted, wanted]);
		},
	},
	{
		name: 'the state of storage access from its release on, to other sites alone',
		fails: (view) => {
			const name = 'sec-fetch-storage-access';
			const told = [view.image.has(name), view.navigate.has(name), view.fetch.has(name)];
			return differ(name, told, [isSince(view, SINCE.storageAccess), false, false]);
		},
	},
	{
		name: 'the state of storage access is that of the product',
		fails: ({ image, profile }) => {
			const value = image.get('sec-fetch-storage-access');
			if (value === undefined) return undefined;
			return differ('state', value, ALLOWS_THIRD_PARTIES.includes(profile.browser) ? 'active' : 'none');
		},
	},
	{
		name: "te is Firefox's",
		fails: ({ navigate, family }) => differ('te', navigate.get('te'), family === 'firefox' ? 'trailers' : undefined),
	},
	{
		name: "signed exchanges are Chromium's, with the weight of the release",
		fails: (view) => {
			const weight = /application\/signed-exchange;v=b3;q=([\d.]+)/.exec(view.navigate.get('accept') ?? '')?.[1];
			const wanted = isSince(view, SINCE.signedExchangeLow) ? '0.7' : '0.9';
			return differ('weight', weight, view.family === 'chromium' ? wanted : undefined);
		},
	},
	{
		name: 'JPEG XL leads in documents and images from its release on',
		of: ['chromium'],
		fails: (view) => {
			const told = [view.navigate, view.image].map((each) => each.get('accept')?.includes('image/jxl'));
			const wanted = isSince(view, SINCE.jxl);
			return differ('image/jxl', told, [wanted, wanted]);
		},
	},
	{
		name: 'Edge has AVIF from 121 on, the others always',
		of: ['chromium'],
		fails: ({ navigate, image, profile, major }) => {
			const wanted = profile.browser !== 'edge' || major >= 121;
			return differ(
				'image/avif',
				[navigate, image].map((each) => each.get('accept')?.includes('image/avif')),
				[wanted, wanted],
			);
		},
	},
	{
		name: "Fetch Metadata is everybody's, and Safari's from 16.4 on",
		of: browsers,
		fails: ({ navigate, family, major }) => {
			const names = ['sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest'];
			const wanted = family !== 'safari' || major >= SINCE.safariMetadata;
			return differ(
				'Fetch Metadata',
				names.map((name) => navigate.has(name)),
				names.map(() => wanted),
			);
		},
	},
	{
		name: "Safari tells neither the user's gesture nor that it upgrades",
		of: browsers,
		fails: ({ navigate, family }) => {
			const told = ['sec-fetch-user', 'upgrade-insecure-requests'].map((name) => navigate.has(name));
			return differ(
				'sec-fetch-user, upgrade-insecure-requests',
				told,
				family === 'safari' ? [false, false] : [true, true],
			);
		},
	},
	{
		name: 'languages fall by tenths, and in Firefox before 147 evenly',
		of: browsers,
		fails: ({ navigate, family, major }) => {
			const weight = family === 'firefox' && major < 147 ? '0.5' : '0.9';
			return differ('accept-language', navigate.get('accept-language'), `en-US,en;q=${weight}`);
		},
	},
	{
		name: 'a German has the list of his browser',
		of: browsers,
		fails: ({ german, family }) => {
			const lists = { chromium: 'de-DE,de,en-US,en', firefox: 'de,en-US,en', safari: 'de-DE,de', okhttp: '' };
			return differ('languages', german.replaceAll(/;q=[\d.]+/g, ''), lists[family]);
		},
	},
	{
		name: 'a library has no fields of a browser',
		of: ['okhttp'],
		fails: ({ navigate }) => {
			const own = ['user-agent', 'accept-encoding', 'connection'];
			return differ(
				'fields',
				[...navigate.keys()].filter((name) => !own.includes(name)),
				[],
			);
		},
	},
];
