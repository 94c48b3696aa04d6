import type { RequestKind } from '@wiretwin/profiles';
import type { FetchInit } from 'wiretwin';
import type { Browser } from '../browsers/browser.ts';
import { html, type Page, type Scenario, typed } from '../scenario.ts';

const PAGE = '/page';
const PNG = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);

const script = typed('text/javascript', '/**/');
const image = typed('image/png', PNG);
const style = typed('text/css', '/**/');

type Subresource = {
	name: string;
	/** Statement that makes the page ask for `/sub` once it is loaded; `done` resolves. */
	source?: string;
	/** Or: markup of the page itself, as it is while it loads. */
	markup?: { head?: string; body?: string };
	answer: Page;
	kind: RequestKind | ((browser: Browser['name']) => RequestKind);
	init?: FetchInit;
};

/** Statement that adds an element and waits for it. */
function element(tag: string, properties: Readonly<Record<string, string | boolean>>): string {
	return `const element = Object.assign(document.createElement('${tag}'), ${JSON.stringify(properties)});
		element.onload = element.onerror = done; document.head.append(element);`;
}

const subresources: readonly Subresource[] = [
	{ name: 'script', markup: { head: '<script src=/sub></script>' }, answer: script, kind: 'script' },
	{ name: 'script, added by script', source: element('script', { src: '/sub' }), answer: script, kind: 'script-async' },
	{ name: 'module script', markup: { head: '<script type=module src=/sub></script>' }, answer: script, kind: 'module' },
	{ name: 'style', markup: { head: '<link rel=stylesheet href=/sub>' }, answer: style, kind: 'style' },
	{
		name: 'image',
		source: `const image = new Image(); image.onload = done; image.src = '/sub';`,
		answer: image,
		kind: 'image',
	},
	{
		name: 'font',
		source: `const font = new FontFace('truth', 'url(/sub)'); font.load().then(done, done);`,
		answer: typed('font/woff2', 'none'),
		kind: 'font',
	},
	{
		name: 'preload, script',
		markup: { head: '<link rel=preload as=script href=/sub>' },
		answer: script,
		kind: 'preload-script',
	},
	{
		name: 'preload, font',
		markup: { head: '<link rel=preload as=font crossorigin href=/sub>' },
		answer: typed('font/woff2', 'none'),
		kind: 'preload-font',
	},
	{
		name: 'worker',
		source: `const worker = new Worker('/sub'); worker.onmessage = done;`,
		answer: typed('text/javascript', 'postMessage(1)'),
		kind: 'worker',
	},
	{ name: 'iframe', markup: { body: '<iframe src=/sub></iframe>' }, answer: html('frame'), kind: 'iframe' },
];

/** What a page consists of. */
export const subresourceScenarios: readonly Scenario[] = subresources.map(toScenario);

function toScenario({ name, source, markup, answer, kind, init }: Subresource): Scenario {
	return {
		name,
		pages: { [PAGE]: html(markup?.body ?? 'page', markup?.head), '/sub': answer },
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url(PAGE));
			if (source) await browser.evaluate(`new Promise((resolve) => { const done = () => resolve(1); ${source} })`);
			await seen('/sub');
		},
		wiretwin: async (session, { url }, browser) => {
			await (await session.fetch(url(PAGE))).text();
			const chosen = typeof kind === 'string' ? kind : kind(browser);
			await (await session.fetch(url('/sub'), { ...init, kind: chosen, referrer: url(PAGE) })).text();
		},
	};
}
