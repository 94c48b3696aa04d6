import type { Scenario } from '../scenario.ts';
import { type Ask, type Asks, asking, readable } from './asks.ts';
import { statements } from './page-scripts.ts';

const script = readable('text/javascript', '/**/');
const font = readable('font/woff2', 'none');
const head = (markup: (url: string) => string): Pick<Ask, 'markup'> => ({ markup: (url) => ({ head: markup(url) }) });

/** What is asked for without credentials where the origin is another one. */
const sameOriginOnly: readonly Asks[] = [
	{
		name: 'module',
		asks: [{ ...head((url) => `<script type=module src=${url}></script>`), answer: script, init: { kind: 'module' } }],
	},
	{
		name: 'modulepreload',
		asks: [
			{ ...head((url) => `<link rel=modulepreload href=${url}>`), answer: script, init: { kind: 'modulepreload' } },
		],
	},
	{
		name: 'preload, font',
		asks: [
			{
				...head((url) => `<link rel=preload as=font crossorigin href=${url}>`),
				answer: font,
				init: { kind: 'preload-font' },
			},
		],
	},
	{
		name: 'font',
		asks: [
			{
				source: (url) => `new FontFace('truth', 'url(' + ${url} + ')').load().then(done, done)`,
				answer: font,
				init: { kind: 'font' },
			},
		],
	},
];

/** Requests to a site that has a cookie for them, from a page of another site. */
const thirdParty: readonly Asks[] = [
	{
		name: 'fetch',
		asks: [
			{
				source: (url) => `fetch(${url}, { credentials: 'include' }).then(done, done)`,
				init: { kind: 'fetch', credentials: 'include' },
			},
		],
	},
	{
		name: 'fetch, no-cors',
		asks: [
			{
				source: (url) => `fetch(${url}, { mode: 'no-cors', credentials: 'include' }).then(done, done)`,
				init: { kind: 'fetch', mode: 'no-cors', credentials: 'include' },
			},
		],
	},
	{ name: 'image', asks: [{ source: statements.image, init: { kind: 'image' } }] },
	{ name: 'script', asks: [{ source: statements.script, init: { kind: 'script-async' } }] },
	{
		name: 'iframe',
		asks: [
			{
				source: statements.frame,
				answer: readable('text/html', '<!doctype html><link rel=icon href=data:,>'),
				init: { kind: 'iframe' },
			},
		],
	},
];

/** Which requests carry cookies to other hosts, and over which connections. */
export const credentialScenarios: readonly Scenario[] = [
	...sameOriginOnly.map((each) =>
		asking({
			...each,
			name: `${each.name}, of a sibling host that has a cookie`,
			visited: ['api.mirror.test'],
			asks: each.asks.map((ask) => ({ ...ask, host: 'api.mirror.test' })),
		}),
	),
	...thirdParty.map((each) =>
		asking({
			...each,
			name: `${each.name}, of another site that has a cookie`,
			visited: ['other.example'],
			asks: each.asks.map((ask) => ({ ...ask, host: 'other.example' })),
		}),
	),
];
