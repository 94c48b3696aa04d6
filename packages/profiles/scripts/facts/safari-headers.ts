/**
 * Headers of Safari. Published captures show the navigation; where a page's fields, bodies, cookies and referrers stand
 * is put together from the same order and published request logs, and no profile calls it more than derived.
 */
import type { HeadersSection, PriorityLevel, ProfileOs, TemplateSlot } from '../../src/types.ts';
import type { SafariHeaderEra } from '../history/safari.ts';
import { differences } from './differences.ts';
import { plainKinds } from './plain-kinds.ts';

/** What identifies the user agent. */
export type SafariAgent = {
	version: string;
	device: 'mac' | 'iphone' | 'ipad';
	/** Version of iOS as the user agent has it, `17_2`; unused on the Mac. */
	system?: string;
};

const METADATA = ['sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest'];
const OWN = [
	...METADATA,
	'accept',
	'accept-encoding',
	'accept-language',
	'connection',
	'content-length',
	'content-type',
	'cookie',
	'host',
	'origin',
	'priority',
	'referer',
	'user-agent',
];
const TAIL = ['range', 'if-none-match', 'if-modified-since', 'pragma', 'cache-control'];

/** Order of a navigation (captured) and of a page's requests (logs), by era. */
const ORDERS: { readonly [era in SafariHeaderEra]: { document: readonly string[]; page: readonly string[] } } = {
	'15': {
		document: [
			'cookie',
			'content-type',
			'origin',
			'user-agent',
			'accept',
			'accept-language',
			'referer',
			'accept-encoding',
		],
		page: ['cookie', 'content-type', 'origin', 'user-agent', 'accept', 'accept-language', 'referer', 'accept-encoding'],
	},
	'17': {
		document: [
			'content-type',
			'accept',
			'sec-fetch-site',
			'cookie',
			'accept-encoding',
			'sec-fetch-mode',
			'origin',
			'user-agent',
			'content-length',
			'referer',
			'accept-language',
			'sec-fetch-dest',
		],
		page: [
			'content-type',
			'accept',
			'sec-fetch-site',
			'accept-language',
			'accept-encoding',
			'sec-fetch-mode',
			'origin',
			'user-agent',
			'content-length',
			'referer',
			'sec-fetch-dest',
			'cookie',
		],
	},
	'18': {
		document: [
			'content-type',
			'sec-fetch-dest',
			'user-agent',
			'accept',
			'referer',
			'sec-fetch-site',
			'sec-fetch-mode',
			'origin',
			'accept-language',
			'priority',
			'accept-encoding',
			'content-length',
			'cookie',
		],
		page: [
			'content-type',
			'sec-fetch-dest',
			'accept',
			'user-agent',
			'referer',
			'sec-fetch-site',
			'sec-fetch-mode',
			'origin',
			'accept-language',
			'priority',
			'accept-encoding',
			'content-length',
			'cookie',
		],
	},
};

const IMAGE: { readonly [era in SafariHeaderEra]: string } = {
	'15': 'image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5',
	'17': 'image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
	'18': 'image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
};

function templates(era: SafariHeaderEra): Record<string, readonly TemplateSlot[]> {
	const caller: TemplateSlot = { caller: true, except: OWN };
	const { document, page } = ORDERS[era];
	const extra = ['service-worker', 'sec-purpose', 'access-control-request-method', 'access-control-request-headers'];
	return {
		document: [...document, caller, ...TAIL],
		page: [caller, ...page, ...extra, ...TAIL],
		websocket: [
			'upgrade',
			'connection',
			'sec-websocket-key',
			...(era === '15' ? [] : METADATA),
			'sec-websocket-version',
			'sec-websocket-extensions',
			'sec-websocket-protocol',
			caller,
			'origin',
			'cookie',
			'user-agent',
			'accept-language',
			'pragma',
			'cache-control',
			'accept-encoding',
		],
	};
}

/** Weight 255 up to 17 and 256 in 18; from 26 on the policy sends no block at all. */
function priorities(era: SafariHeaderEra): Record<string, PriorityLevel> {
	const level = (field: string): PriorityLevel => {
		const block = { weight: era === '15' || era === '17' ? 255 : 256, exclusive: false, rank: 0 };
		return era === '15' || era === '17' ? block : { ...block, field };
	};
	return { document: level('u=0, i'), page: level('u=3, i'), sub: level('u=3') };
}

function userAgent({ version, device, system = '' }: SafariAgent): string {
	const token = differences.safari.systems[device].token.replace('{version}', system);
	const end = device === 'mac' ? 'Safari/605.1.15' : 'Mobile/15E148 Safari/604.1';
	return `Mozilla/5.0 (${token}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version} ${end}`;
}

/** The `headers` section. */
export function safariHeaders(era: SafariHeaderEra, agent: SafariAgent): HeadersSection {
	const { english, lists } = differences.languages.safari;
	const os: ProfileOs = agent.device === 'mac' ? 'macos' : 'ios';
	return {
		platforms: { [os]: { userAgent: userAgent(agent) } },
		spelling: {
			lower: [],
			special: ['Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Extensions', 'Sec-WebSocket-Protocol'],
			own: [...OWN, 'authorization'],
		},
		accept: {
			any: '*/*',
			document: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
			image: IMAGE[era],
			style: 'text/css,*/*;q=0.1',
			'event-stream': 'text/event-stream',
		},
		acceptEncoding: {
			secure: 'gzip, deflate, br',
			plain: 'gzip, deflate',
			media: 'identity',
		},
		acceptLanguage: { default: 'en-US', quality: 'tenths', english, lists },
		cacheModes: {
			'no-store': { pragma: 'no-cache', 'cache-control': 'no-cache' },
			reload: { pragma: 'no-cache', 'cache-control': 'no-cache' },
			'no-cache': { 'cache-control': 'max-age=0' },
		},
		conditionalCache: null,
		thirdPartyCookies: { normally: 'blocked', storageAccess: { sent: null, blocked: null } },
		separateAnonymous: false,
		separateSites: false,
		separateThirdParty: false,
		// Not captured: CFNetwork goes on to https below WebKit, which has written the fields by then.
		hsts: { shows: false, apart: false },
		te: null,
		clientHints: null,
		priorities: priorities(era),
		templates: templates(era),
		kinds: plainKinds({
			documentTemplate: 'document',
			pageTemplate: 'page',
			document: 'document',
			page: 'page',
			sub: 'sub',
		}),
		form: {
			boundary: {
				prefix: '----WebKitFormBoundary',
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
