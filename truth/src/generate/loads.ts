import type { Reply } from '@wiretwin/mirror';
import type { BrowserName } from '@wiretwin/mirror/browsers';
import { keptReply, PIXEL } from '@wiretwin/mirror/visit';
import type { RequestKind } from '@wiretwin/profiles';
import type { EarlyKind, Load, LoadKind } from './plan.ts';

/** How a page loads something, and what the same is called in `session.fetch`. */
export type LoadRecord = {
	kind: RequestKind;
	/** Markup of the page that loads it. */
	markup?: { head?: (url: string, attributes: string) => string; body?: (url: string, attributes: string) => string };
	/** Statement of a script, which calls `done`. `attributes` sets those of an element. */
	source?: (url: string, attributes: string) => string;
	/** Attributes that the element has. */
	takes: readonly ('crossorigin' | 'policy' | 'priority')[];
	/** Without `crossorigin` too it is a request with CORS and, if not said otherwise, `same-origin` credentials. */
	cors?: true;
	/** Only this browser does it. */
	only?: BrowserName;
	/** Only a worker does it; without it, only a document. */
	worker?: true;
	/** It must be on the page's own origin. */
	own?: true;
	answer: Reply;
};

const document = (text: string): Reply => ({
	headers: [
		['content-type', 'text/html'],
		['cache-control', 'no-store'],
	],
	body: `<!doctype html><title>plan</title><link rel=icon href=data:,>${text}`,
});
const script = keptReply('text/javascript', '/**/');
const image = keptReply('image/png', PIXEL);
const style = keptReply('text/css', '/**/');
const all = ['crossorigin', 'policy', 'priority'] as const;

/** An element that is made, given its attributes, and put into the page. */
const element =
	(name: string, source: 'src' | 'href' | 'data', extra = '', into = 'document.head') =>
	(url: string, attributes: string): string =>
		`const element = document.createElement('${name}'); ${extra}; ${attributes}; element.onload = element.onerror = done; element.${source} = ${url}; ${into}.append(element);`;

const preload = (as: string): Pick<LoadRecord, 'markup' | 'source'> => ({
	markup: { head: (url, attributes) => `<link rel=preload as=${as}${attributes} href="${url}">` },
	source: element('link', 'href', `element.rel = 'preload'; element.as = '${as}'`),
});
const link = (rel: string): Pick<LoadRecord, 'markup' | 'source'> => ({
	markup: { head: (url, attributes) => `<link rel=${rel}${attributes} href="${url}">` },
	source: element('link', 'href', `element.rel = '${rel}'`),
});
const media = (name: 'video' | 'audio') => (url: string, attributes: string) =>
	`const element = document.createElement('${name}'); element.preload = 'auto'; ${attributes}; element.onerror = done; element.src = ${url}; document.body.append(element);`;

export const loads: Readonly<Record<LoadKind, LoadRecord>> = {
	script: {
		kind: 'script',
		markup: { head: (url, attributes) => `<script${attributes} src="${url}"></script>` },
		takes: all,
		answer: script,
	},
	'script-body': {
		kind: 'script-body',
		markup: { body: (url, attributes) => `text<script${attributes} src="${url}"></script>` },
		takes: all,
		answer: script,
	},
	'script-async': {
		kind: 'script-async',
		markup: { head: (url, attributes) => `<script async${attributes} src="${url}"></script>` },
		source: element('script', 'src'),
		takes: all,
		answer: script,
	},
	'script-defer': {
		kind: 'script-defer',
		markup: { head: (url, attributes) => `<script defer${attributes} src="${url}"></script>` },
		takes: all,
		answer: script,
	},
	module: {
		kind: 'module',
		markup: { head: (url, attributes) => `<script type=module${attributes} src="${url}"></script>` },
		source: element('script', 'src', `element.type = 'module'`),
		takes: all,
		cors: true,
		answer: script,
	},
	modulepreload: { kind: 'modulepreload', ...link('modulepreload'), takes: all, cors: true, answer: script },
	'module-json': {
		kind: 'module-json',
		source: (url) => `import(${url}, { with: { type: 'json' } }).then(done, done);`,
		takes: [],
		cors: true,
		answer: keptReply('application/json', '{}'),
	},
	'module-style': {
		kind: 'module-style',
		source: (url) => `import(${url}, { with: { type: 'css' } }).then(done, done);`,
		takes: [],
		cors: true,
		only: 'chromium',
		answer: style,
	},
	'import-scripts': {
		kind: 'import-scripts',
		source: (url) => `try { importScripts(${url}); } finally { done(); }`,
		takes: [],
		worker: true,
		answer: script,
	},
	style: { kind: 'style', ...link('stylesheet'), takes: all, answer: style },
	image: { kind: 'image', source: element('img', 'src'), takes: all, answer: image },
	font: {
		kind: 'font',
		// A serialized URL has nothing that CSS reads as its own.
		source: (url) => `new FontFace('face', 'url("' + new URL(${url}).href + '")').load().then(done, done);`,
		takes: [],
		cors: true,
		answer: keptReply('font/woff2', 'none'),
	},
	video: { kind: 'video', source: media('video'), takes: ['crossorigin'], answer: keptReply('video/webm', 'none') },
	audio: { kind: 'audio', source: media('audio'), takes: ['crossorigin'], answer: keptReply('audio/ogg', 'none') },
	track: {
		kind: 'track',
		source: (url, attributes) =>
			`const element = document.createElement('video'); ${attributes}; const track = document.createElement('track'); track.onload = track.onerror = done; track.src = ${url}; element.append(track); document.body.append(element); track.track.mode = 'hidden';`,
		takes: ['crossorigin'],
		answer: keptReply('text/vtt', 'WEBVTT\n\n'),
	},
	iframe: {
		kind: 'iframe',
		markup: { body: (url, attributes) => `<iframe${attributes} src="${url}"></iframe>` },
		source: element('iframe', 'src', '', 'document.body'),
		takes: ['policy'],
		answer: document('frame'),
	},
	object: {
		kind: 'object',
		markup: { body: (url) => `<object data="${url}"></object>` },
		source: element('object', 'data', '', 'document.body'),
		takes: [],
		answer: document('object'),
	},
	embed: {
		kind: 'embed',
		markup: { body: (url) => `<embed src="${url}">` },
		source: element('embed', 'src', '', 'document.body'),
		takes: [],
		answer: document('embed'),
	},
	'preload-script': { kind: 'preload-script', ...preload('script'), takes: all, answer: script },
	'preload-style': { kind: 'preload-style', ...preload('style'), takes: all, answer: style },
	'preload-image': { kind: 'preload-image', ...preload('image'), takes: all, answer: image },
	'preload-font': {
		kind: 'preload-font',
		...preload('font'),
		takes: all,
		cors: true,
		answer: keptReply('font/woff2', 'none'),
	},
	'preload-fetch': {
		kind: 'preload-fetch',
		...preload('fetch'),
		takes: all,
		cors: true,
		answer: keptReply('application/json', '{}'),
	},
	speculation: {
		kind: 'speculation-prefetch',
		source: (url) =>
			`const element = document.createElement('script'); element.type = 'speculationrules'; element.textContent = JSON.stringify({ prefetch: [{ urls: [${url}], eagerness: 'immediate' }] }); document.head.append(element); done();`,
		takes: [],
		only: 'chromium',
		own: true,
		answer: document('next'),
	},
	prefetch: { kind: 'prefetch', ...link('prefetch'), takes: ['policy'], answer: document('next') },
	worker: {
		kind: 'worker',
		source: (url) => `const worker = new Worker(${url}); worker.onmessage = worker.onerror = done;`,
		takes: [],
		own: true,
		answer: keptReply('text/javascript', 'postMessage(1)'),
	},
	sharedworker: {
		kind: 'sharedworker',
		source: (url) =>
			`const worker = new SharedWorker(${url}); worker.onerror = done; worker.port.onmessage = done; worker.port.start();`,
		takes: [],
		own: true,
		answer: keptReply('text/javascript', 'onconnect = (event) => event.ports[0].postMessage(1)'),
	},
};

/** What `Link` of a 103 answer says, and what the same is as an element. */
export const earlyHints: Readonly<Record<EarlyKind, { relation: string; load: LoadKind }>> = {
	'early-script': { relation: 'rel=preload; as=script', load: 'preload-script' },
	'early-style': { relation: 'rel=preload; as=style', load: 'preload-style' },
	'early-font': { relation: 'rel=preload; as=font', load: 'preload-font' },
	'early-image': { relation: 'rel=preload; as=image', load: 'preload-image' },
	'early-module': { relation: 'rel=modulepreload', load: 'modulepreload' },
	'early-fetch': { relation: 'rel=preload; as=fetch', load: 'preload-fetch' },
};

/** An element's attributes as markup. */
export function attributesOf({ what, crossorigin, policy, priority }: Load): string {
	const asked = crossorigin ?? (isFont(what) ? 'anonymous' : undefined);
	return [
		asked ? ` crossorigin=${asked}` : '',
		policy ? ` referrerpolicy=${policy}` : '',
		priority ? ` fetchpriority=${priority}` : '',
	].join('');
}

/** The same as statements on `element`. */
export function settersOf({ what, crossorigin, policy, priority }: Load): string {
	const asked = crossorigin ?? (isFont(what) ? 'anonymous' : undefined);
	return [
		asked ? `element.crossOrigin = '${asked}'` : '',
		policy ? `element.referrerPolicy = '${policy}'` : '',
		priority ? `element.fetchPriority = '${priority}'` : '',
	]
		.filter(Boolean)
		.join('; ');
}

/** Preloads of these are of no use without `crossorigin`, and the kind means those with it. */
function isFont(what: LoadKind): boolean {
	return what === 'preload-font' || what === 'preload-fetch';
}
