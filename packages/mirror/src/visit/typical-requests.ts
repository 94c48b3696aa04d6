/** What a page consists of: how to make a browser ask for each thing, and what to answer. */
import type { HeaderField } from '../capture/records.ts';
import { PIXEL } from '../routes/pixel.ts';
import type { Reply } from '../servers/exchange.ts';

/** One sub-resource, asked for by markup while the page loads, or by a statement once it is there. */
export type TypicalRequest = {
	/** Unique, for people. */
	name: string;
	/** Kind of request, as profiles name it. */
	kind: (typeof subresourceKinds)[number];
	/** Markup of a page of its own that asks for `path`. */
	markup?: (path: string) => { head?: string; body?: string };
	/** Or: statement that makes a loaded page ask for `path` and then calls `done`. */
	source?: (path: string) => string;
	answer: Reply;
	/** Families that do it; both if absent. */
	only?: 'chromium' | 'firefox';
};

/** Kinds of the table below. */
export const subresourceKinds = [
	...(['script', 'script-body', 'script-async', 'script-defer', 'module', 'modulepreload', 'style', 'image'] as const),
	...(['font', 'preload-script', 'preload-style', 'preload-image', 'preload-font', 'preload-fetch'] as const),
	...(['prefetch', 'manifest', 'favicon', 'video', 'audio', 'worker', 'sharedworker', 'serviceworker'] as const),
	...(['iframe', 'object', 'embed'] as const),
] as const;

/** May be kept, because Firefox asks twice for what it preloaded and must not keep. */
export function keptReply(contentType: string, body: string | Uint8Array): Reply {
	const headers: HeaderField[] = [
		['content-type', contentType],
		['cache-control', 'max-age=600'],
	];
	return { headers, body };
}

/** A page without a favicon request. `no-store` keeps the browser from asking its cache instead of the peer. */
export function pageReply(body: string, head = ''): Reply {
	const icon = head.includes('rel=icon') ? '' : '<link rel=icon href=data:,>';
	return {
		headers: [
			['content-type', 'text/html'],
			['cache-control', 'no-store'],
		],
		body: `<!doctype html><title>visit</title>${icon}${head}<body>${body}`,
	};
}

const script = keptReply('text/javascript', '/**/');
const image = keptReply('image/png', PIXEL);
const style = keptReply('text/css', '/**/');
const font = keptReply('font/woff2', 'none');

const inHead = (markup: (path: string) => string) => ({ markup: (path: string) => ({ head: markup(path) }) });
const inBody = (markup: (path: string) => string) => ({ markup: (path: string) => ({ body: markup(path) }) });
const preload = (what: string) => inHead((path) => `<link rel=preload as=${what} href=${path}>`);

const ADDED_SCRIPT = (path: string) =>
	`const element = Object.assign(document.createElement('script'), { src: '${path}' });
	element.onload = element.onerror = done; document.head.append(element);`;

/** Every sub-resource that both browsers, or one, ask for. */
export const typicalRequests: readonly TypicalRequest[] = [
	{ name: 'script', kind: 'script', ...inHead((path) => `<script src=${path}></script>`), answer: script },
	{
		name: 'script in the body',
		kind: 'script-body',
		...inBody((path) => `text<script src=${path}></script>`),
		answer: script,
	},
	{
		name: 'script, async',
		kind: 'script-async',
		...inHead((path) => `<script async src=${path}></script>`),
		answer: script,
	},
	{
		name: 'script, defer',
		kind: 'script-defer',
		...inHead((path) => `<script defer src=${path}></script>`),
		answer: script,
	},
	{ name: 'script, added by script', kind: 'script-async', source: ADDED_SCRIPT, answer: script },
	{
		name: 'module script',
		kind: 'module',
		...inHead((path) => `<script type=module src=${path}></script>`),
		answer: script,
	},
	{
		name: 'module preload',
		kind: 'modulepreload',
		...inHead((path) => `<link rel=modulepreload href=${path}>`),
		answer: script,
	},
	{ name: 'style', kind: 'style', ...inHead((path) => `<link rel=stylesheet href=${path}>`), answer: style },
	{
		name: 'image',
		kind: 'image',
		source: (path) => `const image = new Image(); image.onload = image.onerror = done; image.src = '${path}';`,
		answer: image,
	},
	{
		name: 'font',
		kind: 'font',
		source: (path) => `const font = new FontFace('visit', 'url(${path})'); font.load().then(done, done);`,
		answer: font,
	},
	{ name: 'preload, script', kind: 'preload-script', ...preload('script'), answer: script },
	{ name: 'preload, style', kind: 'preload-style', ...preload('style'), answer: style },
	{ name: 'preload, image', kind: 'preload-image', ...preload('image'), answer: image },
	{ name: 'preload, font', kind: 'preload-font', ...preload('font crossorigin'), answer: font },
	{
		name: 'preload, fetch',
		kind: 'preload-fetch',
		...preload('fetch crossorigin'),
		answer: keptReply('application/json', '{}'),
	},
	{
		name: 'prefetch',
		kind: 'prefetch',
		...inHead((path) => `<link rel=prefetch href=${path}>`),
		answer: pageReply('next'),
	},
	{
		name: 'manifest',
		kind: 'manifest',
		...inHead((path) => `<link rel=manifest href=${path}>`),
		answer: keptReply('application/manifest+json', '{}'),
		only: 'chromium', // headless Firefox installs no applications and asks for none
	},
	{
		name: 'favicon',
		kind: 'favicon',
		...inHead((path) => `<link rel=icon href=${path}>`),
		answer: image,
		only: 'chromium',
	},
	{
		name: 'video',
		kind: 'video',
		source: (path) =>
			`const video = document.createElement('video'); video.onerror = done; video.src = '${path}'; document.body.append(video);`,
		answer: keptReply('video/webm', 'none'),
	},
	{
		name: 'audio',
		kind: 'audio',
		source: (path) => `const audio = new Audio(); audio.preload = 'auto'; audio.onerror = done; audio.src = '${path}';`,
		answer: keptReply('audio/ogg', 'none'),
	},
	{
		name: 'worker',
		kind: 'worker',
		source: (path) => `const worker = new Worker('${path}'); worker.onmessage = done;`,
		answer: keptReply('text/javascript', 'postMessage(1)'),
	},
	{
		name: 'shared worker',
		kind: 'sharedworker',
		source: (path) => `const worker = new SharedWorker('${path}'); worker.port.onmessage = done; worker.port.start();`,
		answer: keptReply('text/javascript', 'onconnect = (event) => event.ports[0].postMessage(1)'),
	},
	{
		name: 'service worker',
		kind: 'serviceworker',
		source: (path) => `navigator.serviceWorker.register('${path}').then(done, done);`,
		answer: script,
	},
	{ name: 'iframe', kind: 'iframe', ...inBody((path) => `<iframe src=${path}></iframe>`), answer: pageReply('frame') },
	{
		name: 'object',
		kind: 'object',
		...inBody((path) => `<object data=${path}></object>`),
		answer: pageReply('object'),
	},
	{ name: 'embed', kind: 'embed', ...inBody((path) => `<embed src=${path}>`), answer: pageReply('embed') },
];
