import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { RequestKind } from '@wiretwin/profiles';
import { html, type Page, type Scenario } from '../scenario.ts';

const PAGE = '/page';
const PNG = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);

const script = cached('text/javascript', '/**/');
const image = cached('image/png', PNG);
const style = cached('text/css', '/**/');

/** May be kept, because Firefox asks twice for what it preloaded and must not keep. */
function cached(contentType: string, body: string | Uint8Array): Page {
	return () => ({
		headers: [
			['content-type', contentType],
			['cache-control', 'max-age=600'],
		],
		body,
	});
}

type Subresource = {
	name: string;
	/** Statement that makes the page ask for `/sub` once it is loaded; `done` resolves. */
	source?: string;
	/** Or: markup of the page itself, as it is while it loads. */
	markup?: { head?: string; body?: string };
	answer: Page;
	kind: RequestKind;
	/** What the page asks for first, and what leads to `/sub`. */
	before?: { path: string; answer: Page; kind: RequestKind };
	only?: BrowserName;
};

/** Statement that adds an element and waits for it. */
function element(tag: string, properties: Readonly<Record<string, string | boolean>>): string {
	return `const element = Object.assign(document.createElement('${tag}'), ${JSON.stringify(properties)});
		element.onload = element.onerror = done; document.head.append(element);`;
}

const subresources: readonly Subresource[] = [
	{ name: 'script', markup: { head: '<script src=/sub></script>' }, answer: script, kind: 'script' },
	{
		name: 'script in the body',
		markup: { body: 'text<script src=/sub></script>' },
		answer: script,
		kind: 'script-body',
	},
	{ name: 'script, async', markup: { head: '<script async src=/sub></script>' }, answer: script, kind: 'script-async' },
	{ name: 'script, defer', markup: { head: '<script defer src=/sub></script>' }, answer: script, kind: 'script-defer' },
	{ name: 'script, added by script', source: element('script', { src: '/sub' }), answer: script, kind: 'script-async' },
	{ name: 'module script', markup: { head: '<script type=module src=/sub></script>' }, answer: script, kind: 'module' },
	{
		name: 'module preload',
		markup: { head: '<link rel=modulepreload href=/sub>' },
		answer: script,
		kind: 'modulepreload',
	},
	{ name: 'style', markup: { head: '<link rel=stylesheet href=/sub>' }, answer: style, kind: 'style' },
	{
		name: 'image',
		source: `const image = new Image(); image.onload = done; image.src = '/sub';`,
		answer: image,
		kind: 'image',
	},
	{
		name: 'image, background',
		markup: { head: '<link rel=stylesheet href=/style>' },
		before: { path: '/style', answer: cached('text/css', 'body { background: url(/sub) }'), kind: 'style' },
		answer: image,
		// Chromium's `image-background` is one that waited for others and was raised meanwhile; here nothing is to wait for.
		kind: 'image',
		only: 'chromium', // Firefox raises the weight from 13 to 23 when the frame is there before the request leaves
	},
	{
		name: 'font',
		source: `const font = new FontFace('truth', 'url(/sub)'); font.load().then(done, done);`,
		answer: cached('font/woff2', 'none'),
		kind: 'font',
	},
	{
		name: 'preload, script',
		markup: { head: '<link rel=preload as=script href=/sub>' },
		answer: script,
		kind: 'preload-script',
	},
	{
		name: 'preload, style',
		markup: { head: '<link rel=preload as=style href=/sub>' },
		answer: style,
		kind: 'preload-style',
	},
	{
		name: 'preload, image',
		markup: { head: '<link rel=preload as=image href=/sub>' },
		answer: image,
		kind: 'preload-image',
	},
	{
		name: 'preload, font',
		markup: { head: '<link rel=preload as=font crossorigin href=/sub>' },
		answer: cached('font/woff2', 'none'),
		kind: 'preload-font',
	},
	{
		name: 'preload, fetch',
		markup: { head: '<link rel=preload as=fetch crossorigin href=/sub>' },
		answer: cached('application/json', '{}'),
		kind: 'preload-fetch',
	},
	{ name: 'prefetch', markup: { head: '<link rel=prefetch href=/sub>' }, answer: html('next'), kind: 'prefetch' },
	{
		name: 'manifest',
		markup: { head: '<link rel=manifest href=/sub>' },
		answer: cached('application/manifest+json', '{}'),
		kind: 'manifest',
		only: 'chromium', // headless Firefox installs no applications and asks for none
	},
	{ name: 'favicon', markup: { head: '<link rel=icon href=/sub>' }, answer: image, kind: 'favicon', only: 'chromium' },
	{
		name: 'video',
		source: `const video = document.createElement('video'); video.onerror = done; video.src = '/sub'; document.body.append(video);`,
		answer: cached('video/webm', 'none'),
		kind: 'video',
	},
	{
		name: 'audio',
		source: `const audio = new Audio(); audio.preload = 'auto'; audio.onerror = done; audio.src = '/sub';`,
		answer: cached('audio/ogg', 'none'),
		kind: 'audio',
	},
	{
		name: 'worker',
		source: `const worker = new Worker('/sub'); worker.onmessage = done;`,
		answer: cached('text/javascript', 'postMessage(1)'),
		kind: 'worker',
	},
	{
		name: 'shared worker',
		source: `const worker = new SharedWorker('/sub'); worker.port.onmessage = done; worker.port.start();`,
		answer: cached('text/javascript', 'onconnect = (event) => event.ports[0].postMessage(1)'),
		kind: 'sharedworker',
	},
	{
		name: 'service worker',
		source: `navigator.serviceWorker.register('/sub').then(done, done);`,
		answer: cached('text/javascript', '/**/'),
		kind: 'serviceworker',
	},
	{ name: 'iframe', markup: { body: '<iframe src=/sub></iframe>' }, answer: html('frame'), kind: 'iframe' },
	{ name: 'object', markup: { body: '<object data=/sub></object>' }, answer: html('object'), kind: 'object' },
	{ name: 'embed', markup: { body: '<embed src=/sub>' }, answer: html('embed'), kind: 'embed' },
];

/** What a page consists of. */
export const subresourceScenarios: readonly Scenario[] = subresources.map(toScenario);

function toScenario({ name, source, markup, answer, kind, before, only }: Subresource): Scenario {
	return {
		name,
		...(only ? { only } : {}),
		pages: {
			[PAGE]: html(markup?.body ?? 'page', markup?.head),
			'/sub': answer,
			...(before ? { [before.path]: before.answer } : {}),
		},
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url(PAGE));
			if (source) await browser.evaluate(`new Promise((resolve) => { const done = () => resolve(1); ${source} })`);
			await seen('/sub');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			if (before) await (await session.fetch(url(before.path), { kind: before.kind, referrer: url(PAGE) })).text();
			const referrer = before ? url(before.path) : url(PAGE); // a stylesheet is the referrer of what it asks for
			await (await session.fetch(url('/sub'), { kind, referrer })).text();
		},
	};
}
