import { cookieHost, isSameSite } from '../cookies/site.ts';
import { booleanOption, choiceOption, objectOption, refuse } from '../options/checks.ts';
import { refuseUnknown } from '../options/near-match.ts';
import type { Initiator } from '../types/initiator.ts';
import { type Client, clientOfPage } from './client.ts';

/** Documents around a document. Browsers stop at 1000 frames a page; what is deeper than this is a list that bites its tail. */
const maxDepth = 32;

const keys: ReadonlySet<string> = new Set([
	'url',
	'client',
	'parent',
	'opaque',
	'styleSheet',
	'inPlace',
	'sandbox',
] satisfies ReadonlyArray<keyof Initiator>);

/** The option `initiator`, checked. Throws `ERR_INVALID_OPTION`. */
export function initiatorOption(value: unknown, name = 'initiator', depth = 0): Client | undefined {
	if (value === undefined) return undefined;
	if (depth > maxDepth) refuse(name, `at most ${maxDepth} documents deep`);
	if (typeof value === 'string' || value instanceof URL) return documentAt(urlOf(value, name), name, {}, undefined);
	const given = objectOption(value, name, 'a URL or an object with a "url"') as Partial<
		Record<keyof Initiator, unknown>
	>;
	refuseUnknown(given, keys, `the option "${name}"`);
	const parent = initiatorOption(given.parent, `${name}.parent`, depth + 1);
	const url = urlOf(given.url, `${name}.url`);
	const type = choiceOption(given.client, `${name}.client`, ['document', 'worker', 'shared-worker', 'service-worker']);
	const styleSheet = given.styleSheet === undefined ? undefined : urlOf(given.styleSheet, `${name}.styleSheet`);
	if (styleSheet && !isWeb(styleSheet)) refuse(`${name}.styleSheet`, 'an http or https URL');
	const opaque = booleanOption(given.opaque, `${name}.opaque`, false);
	const inPlace = booleanOption(given.inPlace, `${name}.inPlace`, false);
	const asksForSandbox = booleanOption(given.sandbox, `${name}.sandbox`, false);
	if (parent && parent.type !== 'document' && (type ?? 'document') === 'document')
		refuse(`${name}.parent`, 'a document: there are no frames in a worker');
	const client =
		(type ?? 'document') === 'document'
			? documentAt(url, name, { opaque }, parent)
			: workerAt(url, name, { opaque }, parent);
	return { ...client, type: type ?? 'document', inPlace, asksForSandbox, styleSheet };
}

type Facts = { opaque?: boolean };

function documentAt(url: URL, name: string, { opaque = false }: Facts, parent: Client | undefined): Client {
	const inherits = url.protocol === 'about:';
	if (inherits && !parent) refuse(`${name}.parent`, `given with "${url.href}", which has its origin from there`);
	const own = inherits ? parent?.origin : originUrl(url);
	const isSandboxed = opaque || (parent?.isSandboxed ?? false);
	const origin = isSandboxed ? undefined : own;
	const page = clientOfPage(url);
	const top = parent ? parent.top : origin;
	const isAroundForeign = parent?.isForeign ?? false;
	return {
		...page,
		origin,
		site: origin,
		referrer: inherits ? parent?.referrer : isWeb(url) ? url : undefined,
		top,
		isSandboxed,
		isAroundForeign,
		isForeign: isAroundForeign || (parent !== undefined && !isSiteOf(top, origin)),
	};
}

function workerAt(url: URL, name: string, { opaque = false }: Facts, parent: Client | undefined): Client {
	if (url.protocol === 'about:') refuse(`${name}.url`, 'the URL of a script');
	const own = originUrl(url);
	const origin = opaque || (parent && !parent.origin) ? undefined : own;
	const isForeign = parent?.isForeign ?? false;
	return {
		...clientOfPage(url),
		origin,
		site: origin,
		referrer: isWeb(url) ? url : undefined,
		top: parent ? parent.top : origin,
		isForeign,
		isAroundForeign: isForeign,
	};
}

function isSiteOf(top: URL | undefined, origin: URL | undefined): boolean {
	return top !== undefined && origin !== undefined && isSameSite(top, origin);
}

/** What the origin of a URL is read off; `undefined`: it is nobody else's. */
function originUrl(url: URL): URL | undefined {
	if (isWeb(url)) return url;
	return url.protocol === 'blob:' && /^https?:/.test(url.origin) ? new URL(url.origin) : undefined;
}

function isWeb(url: URL): boolean {
	return (url.protocol === 'http:' || url.protocol === 'https:') && cookieHost(url) !== '';
}

const schemes: ReadonlySet<string> = new Set(['http:', 'https:', 'blob:', 'data:', 'about:']);

function urlOf(value: unknown, name: string): URL {
	const text = value instanceof URL ? value.href : value;
	const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
	if (!url || !schemes.has(url.protocol) || (/^https?:/.test(url.protocol) && !isWeb(url)))
		refuse(name, 'an http, https, blob, data or about URL');
	return url;
}
