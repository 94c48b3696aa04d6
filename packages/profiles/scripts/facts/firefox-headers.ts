/**
 * Headers of the Firefox family. Orders are from captures/firefox-153-linux.json; what a release changes is a parameter.
 */
import type { HeadersSection, KindRecord, PlatformRecord, PriorityLevel, ProfileOs } from '../../src/types.ts';
import type { FirefoxFacts } from '../history/firefox.ts';
import { differences, rowAt } from './differences.ts';
import { firefoxClientKinds, firefoxWorkerKinds } from './firefox-clients.ts';
import { firefoxTemplates, OWN, REQUESTED } from './firefox-templates.ts';

/** What differs between Firefox releases. */
export type FirefoxHeaderFacts = FirefoxFacts & {
	major: number;
	/** Systems with a variant. */
	systems: readonly ProfileOs[];
};

/** Levels that a page chooses with `fetchpriority`: each was asked for with `high` and `low` (truth: priority high and low). */
const CHOSEN = {
	'style-high': { weight: 42, exclusive: false, rank: 0, field: 'u=0' },
	'preload-high': { weight: 42, exclusive: false, rank: 0, field: 'u=1' },
	'script-high': { weight: 32, exclusive: false, rank: 0, field: 'u=1' },
	'late-script-high': { weight: 32, exclusive: false, rank: 0, field: 'u=2' },
	'image-high': { weight: 32, exclusive: false, rank: 0, field: 'i' },
	'image-preload-high': { weight: 31, exclusive: false, rank: 0, field: 'u=4, i' },
	'style-preload-low': { weight: 32, exclusive: false, rank: 0, field: 'u=1' },
	'script-low': { weight: 12, exclusive: false, rank: 0 },
	'late-script-low': { weight: 12, exclusive: false, rank: 0, field: 'u=4' },
	'image-low': { weight: 2, exclusive: false, rank: 0, field: 'u=6, i' },
};

const PRIORITIES = {
	document: { weight: 42, exclusive: false, rank: 0, field: 'u=0, i' },
	'module-preload': { weight: 42, exclusive: false, rank: 0, field: 'u=1' },
	'style-preload': { weight: 42, exclusive: false, rank: 0, field: 'u=0' },
	'image-preload': { weight: 11, exclusive: false, rank: 0, field: 'u=5, i' },
	'font-preload': { weight: 32, exclusive: false, rank: 0, field: 'u=2' },
	urgent: { weight: 32, exclusive: false, rank: 0 },
	leader: { weight: 22, exclusive: false, rank: 0, field: 'u=2' },
	plain: { weight: 22, exclusive: false, rank: 0 },
	normal: { weight: 22, exclusive: false, rank: 0, field: 'u=4' },
	image: { weight: 12, exclusive: false, rank: 0, field: 'u=5, i' },
	'image-background': { weight: 13, exclusive: false, rank: 0, field: 'u=4, i' },
	relaxed: { weight: 12, exclusive: false, rank: 0, field: 'u=5' },
	favicon: { weight: 22, exclusive: false, rank: 0, field: 'u=6' },
	idle: { weight: 2, exclusive: false, rank: 0, field: 'u=6' },
};

/** The class of a request before 128: index of its idle stream (facts/firefox-wire.ts). */
const IDLE_STREAM: { readonly [level: string]: number } = {
	document: 5,
	urgent: 5,
	leader: 0,
	'module-preload': 0,
	'style-preload': 0,
	'font-preload': 0,
	plain: 1,
	normal: 1,
	favicon: 1,
	image: 4,
	'image-preload': 4,
	'image-background': 4,
	relaxed: 4,
	idle: 3,
};

function priorities({ idleStreams, priorityField, fetchPriority }: FirefoxFacts): HeadersSection['priorities'] {
	return Object.fromEntries(
		Object.entries({ ...PRIORITIES, ...(fetchPriority ? CHOSEN : {}) }).map(
			([name, level]: [string, PriorityLevel]) => {
				const { field, ...block } = level;
				const rank = idleStreams ? (IDLE_STREAM[name] ?? 1) : level.rank;
				return [name, { ...block, rank, ...(priorityField && field !== undefined ? { field } : {}) }];
			},
		),
	);
}

/** MDN, list of default Accept values. */
const ACCEPT: { readonly [era in FirefoxFacts['accept']]: { document: string; image: string } } = {
	avif: {
		document: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
		image: 'image/avif,image/webp,*/*',
	},
	'png-svg': {
		document:
			'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8',
		image: 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
	},
	plain: {
		document: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
		image: 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
	},
};

function kinds({ fetchPriority }: FirefoxFacts): Record<string, KindRecord> {
	const upgrade = { 'upgrade-insecure-requests': '1' };
	const document: KindRecord = {
		keepsTightened: true,
		template: 'late',
		redirected: 'redirected',
		tightenedRedirected: 'redirected-tightened',
		upgraded: 'upgraded',
		stated: 'early',
		accept: 'document',
		mode: 'navigate',
		dest: 'document',
		priority: 'document',
		opaqueReferrer: true,
		fixed: upgrade,
	};
	const frame: KindRecord = { ...document, dest: 'iframe', priority: 'normal', user: false };
	const plugin: KindRecord = {
		keepsTightened: true,
		template: 'late',
		redirected: 'redirected',
		tightenedRedirected: 'redirected-tightened',
		stated: 'early',
		accept: 'any',
		mode: 'navigate',
		priority: 'normal',
		opaqueReferrer: true,
	};
	const sub = (dest: string, accept: string, priority: string, more: Partial<KindRecord> = {}): KindRecord => ({
		template: 'late',
		redirected: 'redirected',
		tightenedRedirected: 'redirected-tightened',
		stated: 'early',
		accept,
		mode: 'no-cors',
		dest,
		priority,
		opaqueReferrer: true,
		...more,
	});
	const chosen = (high: string, low: string): Partial<KindRecord> =>
		fetchPriority ? { priorityHigh: high, priorityLow: low } : {};
	const script = chosen('late-script-high', 'late-script-low');
	const image = { ...chosen('image-high', 'image-low'), priorityAgain: 'relaxed' };
	const preload = chosen('preload-high', 'late-script-low');
	const page: KindRecord = {
		template: 'early',
		redirected: 'redirected-script',
		stated: 'early',
		tightened: 'late-script',
		tightenedRedirected: 'redirected-script-tightened',
		accept: 'any',
		mode: 'cors',
		dest: 'empty',
		credentials: 'same-origin',
		priority: 'normal',
		...chosen('urgent', 'relaxed'),
		spelling: 'typed',
	};
	// A question is as urgent as ever, whatever it is asked for.
	const { priorityHigh: _high, priorityLow: _low, ...unhurried } = page;
	const cors = { mode: 'cors', credentials: 'same-origin' } as const;
	// Preloaded modules and fonts know their referrer as fetch() does, whatever else is preloaded does not.
	const known = { template: 'early', tightened: 'late' };
	const media = { template: 'media', stated: 'media-stated', acceptEncoding: 'media', fixed: { range: 'bytes=0-' } };
	const socket = { 'sec-websocket-version': '13', 'sec-websocket-extensions': 'permessage-deflate' };
	const websocket: KindRecord = {
		template: 'websocket',
		accept: 'any',
		mode: 'websocket',
		dest: 'empty',
		priority: 'plain',
		cache: 'no-store',
		originAlways: true,
	};
	return {
		navigate: { ...document, user: true },
		// The page to be loaded again has its referrer already.
		reload: { ...document, template: 'early', user: false },
		form: { ...document, method: 'POST', user: true },
		iframe: frame,
		...firefoxClientKinds({ document, frame, page, sub }),
		object: { ...plugin, dest: 'object' },
		embed: { ...plugin, dest: 'embed' },
		fetch: {
			...page,
			keepalive: 'keepalive',
			keepaliveRedirected: 'redirected-keepalive',
			storageAccess: 'unless-keepalive',
			bodyFieldsReturn: 'all',
		},
		// fetch() gives up the store for a condition of the page's, XMLHttpRequest does not.
		xhr: {
			...page,
			template: 'late-script',
			priority: 'plain',
			conditionalCache: null,
			bodyFieldsReturn: 'stated',
			statedCharset: 'parsed',
		},
		beacon: {
			...page,
			template: 'late',
			tightenedRedirected: 'redirected-tightened',
			method: 'POST',
			mode: 'no-cors',
			credentials: 'include',
			priority: 'idle',
			spelling: 'own',
			opaqueReferrer: true,
		},
		eventsource: { ...page, template: 'late', accept: 'event-stream', cache: 'no-store', opaqueReferrer: true },
		script: sub('script', 'any', 'leader', chosen('script-high', 'script-low')),
		'script-body': sub('script', 'any', 'plain', script),
		'script-async': sub('script', 'any', 'plain', script),
		'script-defer': sub('script', 'any', 'plain', script),
		module: sub('script', 'any', 'plain', { ...script, ...cors }),
		'module-json': sub('json', 'json', 'plain', { ...script, ...cors }),
		'module-style': sub('style', 'style', 'plain', { ...script, ...cors }),
		modulepreload: sub('script', 'any', 'module-preload', { ...preload, ...cors }),
		style: sub('style', 'style', 'leader', chosen('style-high', 'leader')),
		image: sub('image', 'image', 'image', image),
		'image-visible': sub('image', 'image', 'image', image),
		'image-in-view': sub('image', 'image', 'image', image),
		'image-lazy': sub('image', 'image', 'image', image),
		'image-background': sub('image', 'image', 'image-background'),
		favicon: sub('image', 'image', 'favicon'),
		font: sub('font', 'font', 'urgent', cors),
		video: sub('video', 'video', 'normal', media),
		audio: sub('audio', 'audio', 'normal', media),
		track: sub('track', 'any', 'normal', {
			template: 'unreferred',
			redirected: 'redirected-unreferred',
			tightenedRedirected: 'redirected-unreferred',
			stated: 'unreferred',
			mode: 'same-origin',
			credentials: 'same-origin',
		}),
		manifest: sub('manifest', 'any', 'normal', { mode: 'cors', credentials: 'omit' }),
		'preload-script': sub('script', 'any', 'module-preload', preload),
		'preload-style': sub('style', 'style', 'style-preload', chosen('style-high', 'style-preload-low')),
		// With crossorigin=use-credentials too (3 of 3 draws).
		'preload-font': sub('font', 'font', 'font-preload', { ...preload, ...known, ...cors, credentialsFixed: true }),
		'preload-image': sub('image', 'image', 'image-preload', chosen('image-preload-high', 'image-low')),
		'preload-fetch': sub('empty', 'any', 'plain', { ...script, ...cors }),
		prefetch: sub('empty', 'document', 'idle', { fixed: { 'sec-purpose': 'prefetch' } }),
		worker: sub('worker', 'any', 'normal', { mode: 'same-origin' }),
		sharedworker: sub('sharedworker', 'any', 'normal', { mode: 'same-origin' }),
		serviceworker: sub('serviceworker', 'any', 'normal', {
			template: 'unreferred',
			stated: 'unreferred',
			mode: 'same-origin',
			cache: 'no-store',
			fixed: { 'service-worker': 'script' },
		}),
		preflight: {
			...unhurried,
			method: 'OPTIONS',
			tightened: 'early',
			keepalive: 'keepalive',
			storageAccess: 'unless-keepalive',
			credentials: 'omit',
			spelling: 'own',
			conditionsAskedFor: true,
		},
		websocket: { ...websocket, fixed: { ...socket, upgrade: 'websocket', connection: 'Upgrade' } },
		'websocket-h2': { ...websocket, method: 'CONNECT', fixed: socket },
	};
}

function platforms({ major, revision, systems }: FirefoxHeaderFacts): { [os in ProfileOs]?: PlatformRecord } {
	const record: { [os in ProfileOs]?: PlatformRecord } = {};
	for (const os of ['linux', 'windows', 'macos', 'android'] as const) {
		if (!systems.includes(os)) continue;
		// Android names its Gecko version where the desktop keeps the frozen build date.
		const trail = os === 'android' ? `${major}.0` : '20100101';
		const android = rowAt(differences.firefox.systemVersions.android, major).value;
		const system = differences.firefox.systems[os].token.replace('{version}', android);
		record[os] = {
			userAgent: `Mozilla/5.0 (${system}; rv:${revision ?? major}.0) Gecko/${trail} Firefox/${major}.0`,
		};
	}
	return record;
}

/**
 * Three random numbers in decimal (FSMultipartFormData in HTMLFormSubmission.cpp), since 135 two of 64 bits in hexadecimal: of
 * 40,000 of Firefox 153 35,142 had 32 digits, 4,401 had 31, 418 had 30 and 39 had 29.
 */
const BOUNDARY = {
	decimal: { prefix: '---------------------------', numbers: { count: 3, bits: 32, radix: 10 } },
	gecko: { prefix: '----geckoformboundary', numbers: { count: 2, bits: 64, radix: 16 } },
} satisfies { [era in FirefoxFacts['boundary']]: HeadersSection['form']['boundary'] };

/** The `headers` section of a Firefox release. */
export function firefoxHeaders(facts: FirefoxHeaderFacts): HeadersSection {
	const { english, lists } = differences.languages.firefox;
	return {
		platforms: platforms(facts),
		spelling: {
			lower: [],
			special: [
				'Sec-WebSocket-Key',
				'Sec-WebSocket-Version',
				'Sec-WebSocket-Extensions',
				'Sec-WebSocket-Protocol',
				'TE',
			],
			own: [
				...OWN,
				...REQUESTED,
				'authorization',
				'cache-control',
				'pragma',
				'range',
				'if-none-match',
				'if-modified-since',
			],
		},
		accept: {
			any: '*/*',
			...ACCEPT[facts.accept],
			style: 'text/css,*/*;q=0.1',
			json: 'application/json,*/*;q=0.5',
			font: 'application/font-woff2;q=1.0,application/font-woff;q=0.9,*/*;q=0.8',
			video: 'video/webm,video/ogg,video/*;q=0.9,application/ogg;q=0.7,audio/*;q=0.6,*/*;q=0.5',
			audio: 'audio/webm,audio/ogg,audio/wav,audio/*;q=0.9,application/ogg;q=0.7,video/*;q=0.6,*/*;q=0.5',
			'event-stream': 'text/event-stream',
		},
		acceptEncoding: {
			secure: `gzip, deflate, br${facts.zstd ? ', zstd' : ''}`,
			plain: 'gzip, deflate',
			media: 'identity',
		},
		acceptLanguage: { default: 'en-US', quality: facts.languageQuality, english, lists },
		cacheModes: {
			'no-store': { pragma: 'no-cache', 'cache-control': 'no-cache' },
			reload: { pragma: 'no-cache', 'cache-control': 'no-cache' },
			'no-cache': { 'cache-control': 'max-age=0' },
		},
		conditionalCache: 'no-store',
		thirdPartyCookies: {
			normally: 'partitioned',
			storageAccess: { sent: null, partitioned: facts.storageAccess ? 'none' : null },
			endsWithTaint: true,
			originOverTls: true,
		},
		separateAnonymous: false,
		separateSites: true,
		separateThirdParty: false,
		separateFrames: 'apart',
		// Live: a page in plain http, its own host and a sibling of it in https; images, frames, fetch(), links.
		schemelessSites: true,
		styleSheetsAsk: true,
		// Live layer `answers`: Firefox 153.
		urls: { escapesControlsOfLocation: true },
		hsts: { shows: false, apart: true },
		background: { priority: 'idle', cache: 'no-cache' },
		// Live layer `cache`, Firefox 153.
		cache: {
			lastValueWins: true,
			blanksAboutSign: true,
			fieldNoCache: true,
			hugeMaxAge: 'none',
			wrongExpires: 'expired',
			guessesBesideMustRevalidate: true,
			guessed: [200, 203, 204, 410],
			lasting: [],
			keptStatuses: [200, 203, 204, 206, 301, 302, 303, 307, 308, 410],
			headFromGet: false,
			ownNoCache: 'no-cache',
			ownNoStore: 'no-store',
			ownPragma: 'default',
			anonymousApart: true,
			staleFromArrival: true,
			// Seen with Firefox 153: fetch() and an image in a sandboxed frame, twice; Chromium 156 asks the server again.
			keepsOpaque: true,
			waitsFor: 'body',
		},
		tightensReferrer: true,
		webSocketClose: { answerMs: 20_000, endMs: 1_000 },
		cookies: {
			withoutEquals: 'name',
			keepsTab: true,
			isUtf8: true,
			keepsPlace: true,
			hostPrefixWithoutPath: true,
			unstatedSameSite: 'none',
			clears: 'host',
			// Live: every kind of request, links, forms and typed addresses, each through another site and not.
			redirectsCount: true,
		},
		te: 'trailers',
		clientHints: null,
		priorities: priorities(facts),
		templates: firefoxTemplates(),
		kinds: kinds(facts),
		workerKinds: firefoxWorkerKinds(kinds(facts)),
		blobReferrers: true,
		revisitUser: false,
		form: {
			boundary: BOUNDARY[facts.boundary],
			escape: [
				['\r\n', '%0D%0A'],
				['\n', '%0A'],
				['\r', '%0D'],
				['"', '%22'],
			],
			defaultFileType: 'application/octet-stream',
		},
	};
}
