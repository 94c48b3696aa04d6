/** What one profile says on one system, read off its requests as a server would. */
import {
	createHeaderEngine,
	type LayoutRequest,
	layoutHeaders,
	type Profile,
	type ProfileOs,
} from '../../../src/index.ts';

/** Names of every hint that any release knows, and one that none does. */
const EVERY_HINT = [
	...['device-memory', 'sec-ch-device-memory', 'dpr', 'sec-ch-dpr', 'viewport-width', 'sec-ch-viewport-width'],
	...['sec-ch-viewport-height', 'rtt', 'downlink', 'ect', 'sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-full-version'],
	...['sec-ch-ua-arch', 'sec-ch-ua-platform', 'sec-ch-ua-platform-version', 'sec-ch-ua-model', 'sec-ch-ua-bitness'],
	...['sec-ch-ua-wow64', 'sec-ch-ua-full-version-list', 'sec-ch-ua-form-factors', 'sec-ch-prefers-color-scheme'],
	...['sec-ch-prefers-reduced-motion', 'sec-ch-prefers-reduced-transparency', 'sec-ch-prefers-nothing'],
];

export type Fields = ReadonlyMap<string, string>;

/** One profile on one system. */
export type View = {
	profile: Profile;
	os: ProfileOs;
	/** The user agent, and what it says. */
	agent: string;
	family: 'chromium' | 'firefox' | 'safari' | 'okhttp';
	/** Major version of the engine in the user agent: Chromium's, Gecko's; Safari's own. */
	major: number;
	navigate: Fields;
	/** From a page of another site, with credentials. */
	image: Fields;
	fetch: Fields;
	/** A navigation to an origin that asked for every hint. */
	asked: Fields;
	/** `accept-language` of a German. */
	german: string;
	/** `[name, version]` of `sec-ch-ua` and of the full list. */
	brands: ReadonlyArray<readonly [string, string]>;
	fullBrands: ReadonlyArray<readonly [string, string]>;
};

function fieldsOf(headers: readonly string[]): Fields {
	const map = new Map<string, string>();
	for (let at = 0; at < headers.length; at += 2) map.set((headers[at] ?? '').toLowerCase(), headers[at + 1] ?? '');
	return map;
}

function listOf(value: string | undefined): Array<readonly [string, string]> {
	return [...(value ?? '').matchAll(/"([^"]*)";v="([^"]*)"/g)].map(([, name = '', version = '']) => [name, version]);
}

function familyOf(agent: string): View['family'] {
	if (/ Chrome\/\d/.test(agent)) return 'chromium';
	if (/ Firefox\/\d/.test(agent)) return 'firefox';
	return agent.startsWith('okhttp/') ? 'okhttp' : 'safari';
}

export function viewOf(profile: Profile): View {
	const sent = (request: LayoutRequest) => fieldsOf(layoutHeaders(profile, request).headers);
	const page = { origin: 'https://a.test', referer: 'https://a.test/' };
	const navigate = sent({ kind: 'navigate' });
	const asked = sent({ kind: 'navigate', hints: EVERY_HINT });
	const agent = navigate.get('user-agent') ?? '';
	const german = createHeaderEngine(profile, { locale: 'de-DE' }).layout({ kind: 'navigate' }).headers;
	return {
		profile,
		os: profile.os,
		agent,
		family: familyOf(agent),
		major: Number(/ (?:Chrome|Firefox|Version)\/(\d+(?:\.\d+)?)/.exec(agent)?.[1] ?? Number.NaN),
		navigate,
		image: sent({ kind: 'image', site: 'cross-site', ...page }),
		fetch: sent({ kind: 'fetch', ...page }),
		asked,
		german: fieldsOf(german).get('accept-language') ?? '',
		brands: listOf(navigate.get('sec-ch-ua')),
		fullBrands: listOf(asked.get('sec-ch-ua-full-version-list')),
	};
}

/** A statement that holds of every profile. `fails` says what is wrong with one. */
export type Invariant = {
	name: string;
	/** Families it speaks of. @default all */
	of?: readonly View['family'][];
	/** What contradicts what; `undefined`: nothing. */
	fails: (view: View) => string | undefined;
};

/** `undefined` where the two are equal. */
export function differ(what: string, is: unknown, wanted: unknown): string | undefined {
	const [left, right] = [JSON.stringify(is), JSON.stringify(wanted)];
	return left === right ? undefined : `${what} is ${left}, not ${right}`;
}
