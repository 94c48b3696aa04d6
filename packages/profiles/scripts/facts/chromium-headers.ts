/**
 * Headers of the Chromium family. Orders are from captures/chromium-156-linux.json; what a release changes is a
 * parameter. docs/internals/headers.md explains the slots.
 */
import type { HeadersSection, KindRecord, PlatformRecord, ProfileOs, TemplateSlot } from '../../src/types.ts';
import type { ChromiumFacts } from '../history/chromium.ts';
import { type BrandFacts, brandLists } from './brands.ts';
import { chromiumClientKinds, chromiumClientTemplates, chromiumWorkerKinds } from './chromium-clients.ts';
import { HINT_TRIO, hintOrder, hintTableOrder } from './chromium-hints.ts';
import { type ChromiumOs, differences, rowAt } from './differences.ts';

/** What differs between Chromium releases and products. */
export type ChromiumHeaderFacts = ChromiumFacts & {
	major: number;
	/** Full version for `sec-ch-ua-full-version-list`. */
	build: string;
	brands: readonly BrandFacts[];
	defaultBrand: string;
	/** Appended to the user agent of products that say who they are (Edge, Opera). */
	userAgentSuffix?: string;
	/** Systems with a variant. */
	systems: readonly ProfileOs[];
};

const FETCH_METADATA = [
	'sec-fetch-site',
	'sec-fetch-mode',
	'sec-fetch-user',
	'sec-fetch-dest',
	'sec-fetch-storage-access',
];

const VALIDATORS = ['if-none-match', 'if-modified-since'];

/** Added by the network stack after everything the page or the browser set. */
const NETWORK_TAIL = [
	...['referer', 'accept-encoding', 'accept-language', 'cookie', 'range', ...VALIDATORS],
	...['available-dictionary', 'dictionary-id', 'priority'],
];

/** Added by the network stack before everything else. */
const NETWORK_HEAD = ['content-length', 'content-length:empty', 'pragma', 'cache-control'];

/** Fields no page can set. A caller who sets one still finds it where Chromium has it. */
const FORBIDDEN = [
	'host',
	'connection',
	'content-length',
	'cookie',
	'origin',
	'referer',
	'accept-encoding',
	'te',
	...FETCH_METADATA,
	...HINT_TRIO,
];

/** Names that have their own place in a navigation, whoever gives the value. */
const NAVIGATION_OWN = [
	...FORBIDDEN,
	'user-agent',
	'accept',
	'accept-language',
	'upgrade-insecure-requests',
	'content-type',
	'priority',
	'pragma',
	'cache-control',
	'range',
	'if-none-match',
	'if-modified-since',
];

function templates(hash: ChromiumFacts['tableHash']): Record<string, readonly TemplateSlot[]> {
	const page: TemplateSlot = { caller: true, except: NAVIGATION_OWN };
	const table = (...names: string[]) => ({ table: names, hash, hints: true, except: FORBIDDEN, from: 'list' as const });
	const document = [
		'upgrade-insecure-requests',
		page,
		'content-type',
		'user-agent',
		'origin',
		'accept',
		'origin:carried',
		...FETCH_METADATA,
	];
	// An origin that the first request had not is appended to what there is.
	const pageTail = [
		'origin:kept',
		'origin:carried',
		...FETCH_METADATA.slice(0, -1),
		'origin:added',
		...FETCH_METADATA.slice(-1),
		'origin:new',
		...NETWORK_TAIL,
	];
	const workerTail = ['user-agent', ...NETWORK_TAIL.slice(1)];
	return {
		document: [...NETWORK_HEAD, { hints: true }, ...document, ...NETWORK_TAIL],
		// The hints are taken out and put back at the end by the redirect handling of the browser process.
		'document-redirected': [...NETWORK_HEAD, ...document, { hints: true }, ...NETWORK_TAIL],
		// Begun anew with what the browser process has of it, where the hints are put back at the end (Critical-CH).
		'document-repeated': [
			...NETWORK_HEAD,
			...document.slice(0, -FETCH_METADATA.length),
			{ hints: true },
			...FETCH_METADATA,
			...NETWORK_TAIL,
		],
		fetch: [...NETWORK_HEAD, table(), 'accept', ...pageTail],
		xhr: [...NETWORK_HEAD, { ...table(), from: 'map' }, 'accept', ...pageTail],
		media: [
			...NETWORK_HEAD,
			table(),
			'accept',
			'origin:kept',
			'origin:carried',
			...FETCH_METADATA,
			'origin:added',
			'origin:new',
			...NETWORK_TAIL,
		],
		subresource: [
			...NETWORK_HEAD,
			{ ...table('origin'), late: ['sec-purpose'] },
			'accept',
			'origin:carried',
			// What the page itself has of an earlier answer; everything else the network's cache knows.
			...VALIDATORS,
			...FETCH_METADATA,
			...NETWORK_TAIL.filter((name) => !VALIDATORS.includes(name)),
		],
		// Asked for again behind the page's back: what is known of it is the network's cache's.
		'subresource-behind': [
			...NETWORK_HEAD,
			{ ...table('origin'), late: ['sec-purpose'] },
			'accept',
			'origin:carried',
			...FETCH_METADATA,
			...NETWORK_TAIL,
		],
		// A dictionary is asked for without a referrer, whatever policy there is.
		dictionary: [...NETWORK_HEAD, table(), 'accept', ...pageTail.filter((name) => name !== 'referer')],
		// The identifier is added when the request leaves the page: 3 of 3, of another origin behind that.
		eventsource: [
			...NETWORK_HEAD,
			{ ...table('accept'), except: [...FORBIDDEN, 'last-event-id'] },
			...pageTail.flatMap((name) => (name === FETCH_METADATA[0] ? ['last-event-id', name] : [name])),
		],
		worker: [...NETWORK_HEAD, page, 'accept', 'service-worker', ...FETCH_METADATA, 'referer', ...workerTail],
		early: [...NETWORK_HEAD, page, 'accept', 'origin', ...FETCH_METADATA, 'referer', ...workerTail],
		...chromiumClientTemplates(FETCH_METADATA, NETWORK_TAIL.slice(1), page),
		preflight: [
			'pragma',
			'cache-control',
			'accept',
			'access-control-request-method',
			'access-control-request-headers',
			'origin',
			'user-agent',
			'sec-fetch-mode',
			'sec-fetch-site',
			'sec-fetch-dest',
			...NETWORK_TAIL,
		],
		websocket: [
			'pragma',
			'cache-control',
			page,
			'user-agent',
			'upgrade',
			'origin',
			'sec-websocket-version',
			'accept-encoding',
			'accept-language',
			'cookie',
			'sec-websocket-key',
			'sec-websocket-extensions',
			'sec-websocket-protocol',
		],
	};
}

/** Chromium's five request priorities; `-i` marks kinds whose body may be used piece by piece (RFC 9218 `i`). */
const PRIORITIES = {
	highest: { weight: 256, exclusive: true, rank: 0, field: 'u=0' },
	'highest-i': { weight: 256, exclusive: true, rank: 0, field: 'u=0, i' },
	medium: { weight: 220, exclusive: true, rank: 1, field: 'u=1' },
	'medium-i': { weight: 220, exclusive: true, rank: 1, field: 'u=1, i' },
	low: { weight: 183, exclusive: true, rank: 2, field: 'u=2' },
	'low-i': { weight: 183, exclusive: true, rank: 2, field: 'u=2, i' },
	lowest: { weight: 147, exclusive: true, rank: 3 },
	'lowest-i': { weight: 147, exclusive: true, rank: 3, field: 'i' },
	idle: { weight: 110, exclusive: true, rank: 4, field: 'u=4' },
	'idle-i': { weight: 110, exclusive: true, rank: 4, field: 'u=4, i' },
	// A background image is asked for at low priority (the field) and raised before it is sent (the weight).
	'raised-i': { weight: 220, exclusive: true, rank: 1, field: 'i' },
};

function kinds({ fetchPriority, dictionaries }: ChromiumFacts): Record<string, KindRecord> {
	const upgrade = { 'upgrade-insecure-requests': '1' };
	const document: KindRecord = {
		template: 'document',
		redirected: 'document-redirected',
		accept: 'document',
		mode: 'navigate',
		priority: 'highest-i',
		fixed: upgrade,
	};
	// Seen with Chromium 156 in the address bar, not in a frame: docs/internals/memory.md.
	const critical = { repeated: 'document-repeated' };
	const sub = (dest: string, accept: string, priority: string, more: Partial<KindRecord> = {}): KindRecord => ({
		template: 'subresource',
		accept,
		mode: 'no-cors',
		dest,
		priority,
		originAlways: true,
		pageKeeps: true,
		background: 'subresource-behind',
		...more,
	});
	const chosen = (high: string, low: string): Partial<KindRecord> =>
		fetchPriority ? { priorityHigh: high, priorityLow: low } : {};
	const script = chosen('medium', 'lowest');
	// What the page is not shown without is never of low priority.
	const blocking = chosen('highest', 'medium');
	const image = chosen('medium-i', 'lowest-i');
	const cors = { mode: 'cors', credentials: 'same-origin' } as const;
	const page: KindRecord = {
		template: 'fetch',
		accept: 'any',
		mode: 'cors',
		dest: 'empty',
		credentials: 'same-origin',
		priority: 'medium-i',
		...chosen('medium-i', 'lowest-i'),
		spelling: 'typed',
	};
	const waited = { prioritySync: 'highest-i' } as const;
	const dictionary: KindRecord = {
		template: 'dictionary',
		accept: 'any',
		mode: 'cors',
		dest: 'empty',
		credentials: 'omit',
		priority: 'idle-i',
	};
	const worker: KindRecord = {
		template: 'worker',
		accept: 'any',
		mode: 'same-origin',
		priority: 'idle-i',
		hints: false,
	};
	// Media elements send their own fields, and an origin only to others.
	const media = { template: 'media', originAlways: false, acceptEncoding: 'media', fixed: { range: 'bytes=0-' } };
	const socket = {
		'sec-websocket-version': '13',
		'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
	};
	return {
		navigate: { ...document, ...critical, dest: 'document', user: true },
		reload: { ...document, ...critical, dest: 'document', user: true, cache: 'no-cache' },
		form: { ...document, method: 'POST', dest: 'document', user: true, cache: 'no-cache' },
		iframe: { ...document, dest: 'iframe', user: false },
		...chromiumClientKinds({ document, page, worker, chosen }),
		object: { ...document, dest: 'object' },
		embed: { ...document, dest: 'embed' },
		fetch: page,
		xhr: { ...page, template: 'xhr', ...waited, statedCharset: 'in-place' },
		beacon: { ...page, method: 'POST', mode: 'no-cors', credentials: 'include', priority: 'idle-i', spelling: 'own' },
		eventsource: { ...page, template: 'eventsource', accept: 'event-stream', cache: 'no-store' },
		script: sub('script', 'any', 'medium', chosen('medium', 'medium')),
		'script-body': sub('script', 'any', 'medium', script),
		'script-async': sub('script', 'any', 'lowest', script),
		'script-defer': sub('script', 'any', 'lowest', script),
		module: sub('script', 'any', 'medium', { ...script, ...cors }),
		'module-json': sub('json', 'json', 'medium', { ...script, ...cors }),
		'module-style': sub('style', 'style', 'medium', { ...script, ...cors }),
		modulepreload: sub('script', 'any', 'medium', { ...script, ...cors }),
		style: sub('style', 'style', 'highest', blocking),
		image: sub('image', 'image', 'lowest-i', image),
		'image-visible': sub('image', 'image', 'low-i', image),
		'image-in-view': sub('image', 'image', 'medium-i', image),
		'image-lazy': sub('image', 'image', 'lowest-i', image),
		'image-background': sub('image', 'image', 'raised-i', image),
		favicon: sub('image', 'image', 'medium-i'),
		font: sub('font', 'any', 'highest', cors),
		video: sub('video', 'any', 'lowest-i', media),
		audio: sub('audio', 'any', 'lowest-i', media),
		track: sub('track', 'any', 'lowest-i', { mode: 'same-origin', credentials: 'same-origin' }),
		manifest: sub('manifest', 'any', 'low', { mode: 'cors', originAlways: false, credentials: 'omit' }),
		'preload-script': sub('script', 'any', 'medium', script),
		'preload-style': sub('style', 'style', 'highest', blocking),
		'preload-font': sub('font', 'any', 'medium', { ...script, ...cors }),
		'preload-image': sub('image', 'image', 'lowest-i', image),
		'preload-fetch': sub('empty', 'any', 'medium-i', { ...image, ...cors }),
		prefetch: sub('empty', 'document', 'idle-i', { fixed: { 'sec-purpose': 'prefetch' } }),
		...(dictionaries ? { 'compression-dictionary': dictionary } : {}),
		worker: { ...worker, dest: 'worker' },
		sharedworker: { ...worker, dest: 'sharedworker' },
		serviceworker: { ...worker, dest: 'serviceworker', cache: 'no-cache', fixed: { 'service-worker': 'script' } },
		preflight: {
			template: 'preflight',
			method: 'OPTIONS',
			accept: 'any',
			mode: 'cors',
			dest: 'empty',
			credentials: 'omit',
			priority: 'medium-i',
			asUrgentAsAsked: true,
			hints: false,
			modeInPlainText: true,
			conditionsAskedFor: true,
		},
		websocket: {
			template: 'websocket',
			priority: 'lowest',
			cache: 'no-store',
			originAlways: true,
			hints: false,
			fixed: { ...socket, upgrade: 'websocket' },
		},
		'websocket-h2': {
			template: 'websocket',
			method: 'CONNECT',
			priority: 'lowest',
			cache: 'no-store',
			originAlways: true,
			hints: false,
			fixed: socket,
		},
	};
}

/** The `priority` field came long after the levels themselves. */
function priorities({ priorityField }: Pick<ChromiumFacts, 'priorityField'>): HeadersSection['priorities'] {
	if (priorityField) return PRIORITIES;
	return Object.fromEntries(
		Object.entries(PRIORITIES).map(([name, { weight, exclusive, rank }]) => [name, { weight, exclusive, rank }]),
	);
}

/** What a system sends of itself at this release; before the reduction the user agent named the device that the hints name. */
function platform(os: ChromiumOs, facts: ChromiumHeaderFacts): PlatformRecord {
	const { systems, systemVersions, memory } = differences.chromium;
	const { token, mobile, platform, arch, bitness, formFactor, viewport, dpr } = systems[os];
	const { value, model = '' } = rowAt(systemVersions[os], facts.major);
	const [width, height] = viewport.map(String) as [string, string];
	const deviceMemory = rowAt(memory, facts.major)[mobile ? 'mobile' : 'desktop'];
	const values: Record<string, string> = {
		'sec-ch-ua-mobile': mobile ? '?1' : '?0',
		'sec-ch-ua-form-factors': `"${formFactor}"`,
		'viewport-width': width,
		'sec-ch-viewport-width': width,
		'sec-ch-viewport-height': height,
		dpr,
		'sec-ch-dpr': dpr,
		'device-memory': deviceMemory,
		'sec-ch-device-memory': deviceMemory,
		'sec-ch-ua-platform': `"${platform}"`,
		'sec-ch-ua-platform-version': `"${value}"`,
		'sec-ch-ua-arch': `"${arch}"`,
		'sec-ch-ua-bitness': `"${bitness}"`,
		'sec-ch-ua-model': `"${model}"`,
	};
	const known = hintOrder(facts.major);
	const system = os === 'android' && !facts.reducedAndroid ? `Linux; Android ${value.split('.')[0]}; ${model}` : token;
	const version = facts.reducedVersion ? `${facts.major}.0.0.0` : facts.build;
	const product = `Chrome/${version}${mobile ? ' Mobile' : ''} Safari/537.36${facts.userAgentSuffix ?? ''}`;
	return {
		userAgent: `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) ${product}`,
		hints: Object.fromEntries(Object.entries(values).filter(([name]) => known.includes(name))),
	};
}

function platforms(facts: ChromiumHeaderFacts): { [os in ProfileOs]?: PlatformRecord } {
	const systems = (['linux', 'windows', 'macos', 'android'] as const).filter((os) => facts.systems.includes(os));
	return Object.fromEntries(systems.map((os) => [os, platform(os, facts)]));
}

/** The `headers` section of a Chromium release. */
export function chromiumHeaders(facts: ChromiumHeaderFacts): HeadersSection {
	const order = hintOrder(facts.major);
	const values: Record<string, string> = {
		rtt: '100',
		downlink: '1.5',
		ect: '4g',
		'sec-ch-ua-wow64': '?0',
		// The product's own version, not Chromium's (blink-dev, intent for Sec-CH-UA-Full-Version-List).
		'sec-ch-ua-full-version': `"${facts.brands.find(({ key }) => key === facts.defaultBrand)?.full ?? facts.build}"`,
		'sec-ch-prefers-color-scheme': 'light',
		'sec-ch-prefers-reduced-motion': 'no-preference',
		'sec-ch-prefers-reduced-transparency': 'no-preference',
	};
	const { english, lists } = differences.languages.chromium;
	const modern = [facts.jxl && 'image/jxl', facts.avif && 'image/avif', 'image/webp,image/apng'].filter(Boolean).join();
	return {
		platforms: platforms(facts),
		spelling: {
			lower: ['sec-ch-*', 'device-memory', 'dpr', 'viewport-width', 'rtt', 'downlink', 'ect', 'available-dictionary'],
			special: [
				...['Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Extensions', 'Sec-WebSocket-Protocol'],
				'Dictionary-ID',
			],
			own: [...NAVIGATION_OWN, 'authorization', 'access-control-request-method', 'access-control-request-headers'],
			ahead: ['user-agent'],
		},
		accept: {
			any: '*/*',
			document: `text/html,application/xhtml+xml,application/xml;q=0.9,${modern},*/*;q=0.8,application/signed-exchange;v=b3;q=${facts.signedExchangeQuality}`,
			image: `${modern},image/svg+xml,image/*,*/*;q=0.8`,
			speculation: `text/html,application/xhtml+xml,application/xml;q=0.9,${modern},*/*;q=0.8`,
			style: 'text/css,*/*;q=0.1',
			json: 'application/json,*/*;q=0.5',
			'event-stream': 'text/event-stream',
		},
		acceptEncoding: {
			secure: `gzip, deflate, br${facts.zstd ? ', zstd' : ''}`,
			plain: 'gzip, deflate',
			media: 'identity',
		},
		acceptLanguage: { default: 'en-US', quality: 'tenths', english, lists },
		cacheModes: {
			'no-store': { pragma: 'no-cache', 'cache-control': 'no-cache' },
			reload: { pragma: 'no-cache', 'cache-control': 'no-cache' },
			'no-cache': { 'cache-control': 'max-age=0' },
		},
		conditionalCache: 'no-cache',
		thirdPartyCookies: {
			normally: 'blocked',
			storageAccess: facts.storageAccess ? { sent: 'active', blocked: 'none' } : { sent: null, blocked: null },
		},
		separateAnonymous: true,
		separateSites: true,
		separateThirdParty: true,
		separateFrames: 'foreign',
		hsts: { shows: true, apart: false },
		background: { priority: 'idle-i' },
		...(facts.dictionaries ? { dictionaries: ['dcb', 'dcz'] as const } : {}),
		singleRange: 'last',
		redirectHidesOrigin: true,
		policyHidesOrigin: 'documents',
		// Live layer `answers`: Chromium 156.
		urls: { escapesPipe: true, showsEmptyLocation: true },
		te: null,
		clientHints: {
			default: HINT_TRIO,
			order,
			tableOrder: hintTableOrder(order),
			values: Object.fromEntries(Object.entries(values).filter(([name]) => order.includes(name))),
			brands: brandLists(facts.major, facts.build, facts.brands),
			brand: facts.defaultBrand,
		},
		priorities: priorities(facts),
		templates: templates(facts.tableHash),
		kinds: kinds(facts),
		workerKinds: chromiumWorkerKinds(kinds(facts)),
		form: {
			boundary: {
				prefix: '----WebKitFormBoundary',
				// A and B twice: of 640,000 characters of Chromium 156 19,878 and 20,052 were these, each other 9,786 to 10,281.
				characters: { of: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789AB', count: 16 },
			},
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
