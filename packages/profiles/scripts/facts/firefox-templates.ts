/**
 * Orders of the Firefox family, from captures/firefox-153-linux.json and live comparison.
 *
 * Two matter: `fetch()` and preloaded fonts and modules know their referrer before the channel is opened (`early`), everything
 * else gets `referer` and cookies when the connection is about to be used (`late`). `connection` marks HTTP/1.1's place of it.
 */
import type { TemplateSlot } from '../../src/types.ts';
import { firefoxClientTemplates } from './firefox-clients.ts';

const START = ['user-agent', 'accept', 'accept-language', 'accept-encoding'];
const BODY = ['content-type', 'content-length'];
const METADATA = ['sec-fetch-dest', 'sec-fetch-mode', 'sec-fetch-site', 'sec-fetch-user'];
const END = ['priority', 'pragma', 'cache-control', 'content-length:empty', 'te'];

/** Names with a place of their own, whoever gives the value. The rest stands in call order. */
export const OWN = [
	...START,
	...BODY,
	...METADATA,
	'host',
	'connection',
	'origin',
	'referer',
	'cookie',
	'upgrade-insecure-requests',
	'sec-fetch-storage-access',
	'priority',
	'te',
];

/** What a preflight asks leave for. */
export const REQUESTED = ['access-control-request-method', 'access-control-request-headers'];

/** Templates of all kinds. */
export function firefoxTemplates(): Record<string, readonly TemplateSlot[]> {
	const own = [...OWN, ...REQUESTED];
	const caller: TemplateSlot = { caller: true, except: own };
	// Scripts keep a Content-Type of theirs among their other fields; the body's own is appended to them (vectors).
	const atHome = ['content-type', 'upgrade-insecure-requests', 'priority'];
	const page: TemplateSlot = { caller: true, except: own.filter((name) => !atHome.includes(name)) };
	const lateReferrer = ['connection', 'referer', 'cookie', 'upgrade-insecure-requests', ...METADATA];
	const knownReferrer = lateReferrer.filter((name) => name !== 'referer');
	// CORS sets the origin when the channel is opened, everything else when it connects.
	const origin = ['origin:cors', 'sec-fetch-storage-access', 'origin:plain', 'origin:storage'];
	const validators = ['if-modified-since', 'if-none-match'];
	const setup = ['service-worker', 'sec-purpose', 'x-moz'];
	const media = ['user-agent', 'accept', 'accept-language'];
	const carried = ['content-type:carried', 'content-length'];
	const ownOrigin = ['sec-fetch-storage-access', 'origin:plain', 'origin:storage'];
	// A redirected channel is filled again from the old one, then come what CORS asks for and the referrer.
	const refilled = [...START, ...setup, ...BODY, caller, 'origin:cors', 'range'];
	const redirected = (tail: readonly string[]): TemplateSlot[] => [
		...refilled,
		'referer',
		...ownOrigin,
		...tail,
		...validators,
		...END,
	];
	return {
		late: [...START, ...setup, caller, ...BODY, ...origin, ...lateReferrer, ...validators, ...END],
		'late-script': [...START, page, ...BODY, ...origin, ...lateReferrer, ...validators, ...END],
		// Asked for without a referrer.
		unreferred: [...START, 'service-worker', caller, ...origin, ...knownReferrer, ...validators, ...END],
		early: [
			...START,
			...REQUESTED,
			'referer',
			...setup,
			page,
			...BODY,
			...origin,
			...knownReferrer,
			...validators,
			...END,
		],
		// The parent process opens the channel, for workers too, and sets what it has been told in an order of its own.
		keepalive: [
			...START,
			...REQUESTED,
			page,
			'content-type',
			'referer',
			'content-length',
			'origin:cors',
			'origin:plain',
			...knownReferrer,
			...validators,
			...END,
		],
		// The channel that goes to https has the field already when it is opened and asks for cookies.
		upgraded: redirected(['connection', 'upgrade-insecure-requests', 'cookie', ...METADATA]),
		redirected: redirected(knownReferrer),
		// The referrer is made anew for a site that sees less of it.
		'redirected-tightened': [...refilled, ...ownOrigin, ...lateReferrer, ...validators, ...END],
		// A script gives the new channel its own fields again.
		'redirected-script': [
			...START,
			...carried,
			'origin:cors',
			page,
			'referer',
			...ownOrigin,
			...knownReferrer,
			...validators,
			...END,
		],
		'redirected-script-tightened': [
			...START,
			...carried,
			'origin:cors',
			page,
			...ownOrigin,
			...lateReferrer,
			...validators,
			...END,
		],
		// The parent process does, after it has set the referrer.
		'redirected-keepalive': [
			...START,
			...carried,
			'referer',
			'origin:cors',
			page,
			...ownOrigin,
			...knownReferrer,
			...validators,
			...END,
		],
		'redirected-unreferred': redirected(knownReferrer).filter((slot) => slot !== 'referer'),
		media: [...media, 'range', caller, ...origin, ...lateReferrer, 'accept-encoding', ...END],
		'media-stated': [...media, 'referer', 'range', caller, ...origin, ...knownReferrer, 'accept-encoding', ...END],
		...firefoxClientTemplates([...START, page, ...BODY, ...origin, ...knownReferrer, ...validators, ...END]),
		websocket: [
			...START,
			'sec-websocket-version',
			'origin',
			'sec-websocket-protocol',
			'sec-websocket-extensions',
			'sec-websocket-key',
			'sec-fetch-storage-access',
			caller,
			'connection',
			'cookie',
			...METADATA,
			'pragma',
			'cache-control',
			'upgrade',
		],
	};
}
