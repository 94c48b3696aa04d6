import { PIXEL } from '@wiretwin/mirror/visit';
import type { RequestKind } from '@wiretwin/profiles';
import type { Page, Scenario } from '../scenario.ts';
import { type Ask, asking, readable } from './asks.ts';

type Prioritised = { kind: RequestKind; answer: Page } & (
	| { markup: (attribute: string, url: string) => { head?: string; body?: string } }
	| { source: (value: string, url: string) => string }
);

const script = readable('text/javascript', '/**/');
const style = readable('text/css', '/**/');
const image = readable('image/png', PIXEL);

const preload = (as: string, answer: Page): Prioritised => ({
	kind: `preload-${as.split(' ')[0]}` as RequestKind,
	answer,
	markup: (attribute, url) => ({ head: `<link rel=preload as=${as} ${attribute} href=${url}>` }),
});

/** Everything whose priority a page can name. */
const prioritised: readonly Prioritised[] = [
	{
		kind: 'script',
		answer: script,
		markup: (attribute, url) => ({ head: `<script ${attribute} src=${url}></script>` }),
	},
	{
		kind: 'script-body',
		answer: script,
		markup: (attribute, url) => ({ body: `text<script ${attribute} src=${url}></script>` }),
	},
	{
		kind: 'script-async',
		answer: script,
		markup: (attribute, url) => ({ head: `<script async ${attribute} src=${url}></script>` }),
	},
	{
		kind: 'script-defer',
		answer: script,
		markup: (attribute, url) => ({ head: `<script defer ${attribute} src=${url}></script>` }),
	},
	{
		kind: 'module',
		answer: script,
		markup: (attribute, url) => ({ head: `<script type=module ${attribute} src=${url}></script>` }),
	},
	{
		kind: 'modulepreload',
		answer: script,
		markup: (attribute, url) => ({ head: `<link rel=modulepreload ${attribute} href=${url}>` }),
	},
	{
		kind: 'style',
		answer: style,
		markup: (attribute, url) => ({ head: `<link rel=stylesheet ${attribute} href=${url}>` }),
	},
	{
		kind: 'image',
		answer: image,
		source: (value, url) =>
			`const image = new Image(); image.fetchPriority = '${value}'; image.onload = image.onerror = done; image.src = ${url}`,
	},
	preload('script', script),
	preload('style', style),
	preload('font crossorigin', readable('font/woff2', 'none')),
	preload('image', image),
	preload('fetch crossorigin', readable('application/json', '{}')),
	{
		kind: 'fetch',
		answer: script,
		source: (value, url) => `fetch(${url}, { priority: '${value}' }).then((a) => a.text()).then(done, done)`,
	},
];

function asks(value: 'high' | 'low', each: Prioritised): Ask {
	const init = { kind: each.kind, priority: value };
	return 'markup' in each
		? { answer: each.answer, init, markup: (url) => each.markup(`fetchpriority=${value}`, url) }
		: { answer: each.answer, init, source: (url) => each.source(value, url) };
}

/** `fetchpriority` and `priority`. */
export const priorityScenarios: readonly Scenario[] = prioritised.map((each) =>
	asking({ name: `priority high and low, ${each.kind}`, asks: [asks('high', each), asks('low', each)] }),
);
