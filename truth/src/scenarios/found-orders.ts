import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { LoadKind, Plan, Policy, ScriptStep, Target } from '../generate/plan.ts';
import type { Scenario } from '../scenario.ts';
import { foundOf } from './found.ts';

const OTHER = 'other.example';
const SIBLING = 'api.mirror.test';

const load = (what: LoadKind, more: Partial<ScriptStep & { do: 'load' }> = {}): ScriptStep => ({
	do: 'load',
	what,
	to: {},
	...more,
});

/** Fields of a script among which the browser has fields of its own. */
const odd = [
	['X-One', '1'],
	['Content-Type', 'application/json'],
	['Priority', 'u=5'],
	['If-Range', '"abc"'],
	['Upgrade-Insecure-Requests', '1'],
	['zz', '2'],
] as const;

const redirects: readonly ScriptStep[] = [
	{ do: 'fetch', to: { redirects: [{ status: 307 }] }, headers: odd },
	{ do: 'fetch', to: { redirects: [{ status: 307 }] }, headers: odd, method: 'POST', body: `'x'` },
	{ do: 'fetch', to: { redirects: [{ status: 307 }] }, headers: odd, method: 'PUT' },
	{ do: 'xhr', to: { redirects: [{ status: 307 }] }, headers: odd, method: 'POST', body: `'x'` },
	{ do: 'fetch', to: { redirects: [{ status: 307, host: OTHER }] }, method: 'POST', body: `'x'` },
	{ do: 'fetch', to: { redirects: [{ status: 307, host: OTHER }] }, headers: [['Content-Language', 'de']] },
];

/** Ways to other sites and back. */
const chains = [
	{ redirects: [{ status: 307, host: OTHER }, { status: 302 }] },
	{ host: OTHER, redirects: [{ status: 307, host: OTHER }] },
	{ host: SIBLING, redirects: [{ status: 307, host: OTHER }, { status: 302 }] },
	{ host: OTHER, redirects: [{ status: 307, host: SIBLING }] },
] as const satisfies readonly Target[];

/** Plans about where fields stand. */
const plans: Readonly<Record<string, Plan>> = {
	'preloads of another site': {
		page: {},
		steps: (['preload-script', 'preload-style', 'preload-image'] as const).map((what) =>
			load(what, { to: { host: OTHER } }),
		),
	},
	'preloads over HTTP/1.1': {
		server: { protocol: 'http/1.1' },
		page: {},
		steps: (['preload-script', 'preload-style', 'preload-image', 'preload-fetch', 'preload-font'] as const).map(
			(what) => load(what, what === 'preload-style' ? { crossorigin: 'anonymous' } : {}),
		),
	},
	'prefetches with a policy': {
		page: {},
		steps: (['origin', 'same-origin', 'unsafe-url'] as const).flatMap((policy: Policy) => [
			load('prefetch', { policy }),
			load('prefetch', { policy, to: { host: OTHER } }),
		]),
	},
	'a script that is redirected with fields of its own': { page: {}, steps: redirects },
	'a script that outlives its page and is redirected': {
		page: {},
		steps: redirects.filter((step) => step.do === 'fetch').map((step) => ({ ...step, keepalive: true as const })),
	},
	'a worker that is redirected with fields of its own': {
		page: {},
		steps: [{ do: 'client', what: 'worker', to: {}, steps: redirects }],
	},
	'a type that goes along with a redirect, HTTP/1.1': {
		server: { protocol: 'http/1.1' },
		page: {},
		steps: (['HEAD', 'PUT'] as const).map((method) => ({
			do: 'fetch',
			to: { redirects: [{ status: 307 }] },
			method,
			headers: [
				['x-one', '1'],
				['content-type', 'a/b'],
			],
			...(method === 'PUT' ? { body: 'new ArrayBuffer(5)' } : {}),
		})),
	},
	'a worker with a policy of the call': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'worker',
				to: {},
				steps: [{ do: 'fetch', to: { host: SIBLING }, method: 'POST', body: `'x'`, policy: 'origin' }],
			},
		],
	},
	'questions of a worker, and of a policy': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'worker',
				to: {},
				steps: [{ do: 'fetch', to: { host: OTHER }, method: 'PUT', credentials: 'include' }],
			},
			{ do: 'fetch', to: { host: OTHER }, method: 'PUT', policy: 'unsafe-url' },
		],
	},
	'a track of a page with a policy, redirected': {
		page: { policy: 'origin' },
		steps: [load('track'), load('track', { to: { redirects: [{ status: 302 }] }, crossorigin: 'use-credentials' })],
	},
	...Object.fromEntries(
		(['unsafe-url', 'origin-when-cross-origin'] as const).map((policy): [string, Plan] => [
			`redirects of a page with the policy ${policy}`,
			{
				page: { policy },
				steps: [
					...chains.flatMap((to): ScriptStep[] => [
						load('image', { to }),
						load('iframe', { to }),
						{ do: 'fetch', to },
						{ do: 'fetch', to, keepalive: true },
					]),
					{ do: 'beacon', to: chains[0], body: `'x'` },
					load('video'),
				],
			},
		]),
	),
	'redirects of a page with the policy unsafe-url, HTTP/1.1': {
		server: { protocol: 'http/1.1' },
		page: { policy: 'unsafe-url' },
		steps: chains.flatMap((to): ScriptStep[] => [load('script-async', { to }), { do: 'xhr', to }]),
	},
	'who has been told of storage access': {
		page: {},
		steps: [
			load('image', { to: { host: SIBLING, redirects: [{ status: 302, host: OTHER }] } }),
			load('iframe', { to: { host: OTHER, redirects: [{ status: 302 }, { status: 302, host: OTHER }] } }),
			{
				do: 'client',
				what: 'frame',
				to: { host: OTHER },
				steps: [
					load('image', { to: { host: OTHER, redirects: [{ status: 302 }] } }),
					load('image', { to: { redirects: [{ status: 302, host: SIBLING }] } }),
				],
			},
			{
				do: 'client',
				what: 'sandbox',
				to: {},
				steps: [
					load('image', { to: { host: OTHER, redirects: [{ status: 302 }] } }),
					{ do: 'beacon', to: { host: SIBLING, redirects: [{ status: 303 }] }, body: `'x'` },
				],
			},
		],
	},
	'a body that is taken away, and what is said of it': {
		page: {},
		steps: (['fetch', 'xhr'] as const).map((what) => ({
			do: what,
			to: { redirects: [{ status: 302 }, { status: 307 }, { status: 302 }] },
			method: 'POST',
			headers: [
				['Content-Type', 'text/plain'],
				['Content-Language', 'de'],
			],
			body: `'x'`,
		})),
	},
	'a body that is taken away, and its type': {
		server: { protocol: 'http/1.1' },
		page: {},
		steps: (['fetch', 'xhr'] as const).map((what) => ({
			do: what,
			to: { redirects: [{ status: 302 }, { status: 307 }] },
			method: 'POST',
			headers: [['X-A', '1']],
			body: `'x'`,
		})),
	},
	'an event stream of a sandbox': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'sandbox',
				to: {},
				steps: [
					{ do: 'events', to: {} },
					{ do: 'events', to: { host: OTHER }, credentials: true },
				],
			},
		],
	},
	'a beacon of a page that hides itself': {
		page: { policy: 'no-referrer' },
		steps: [
			{ do: 'beacon', to: { host: OTHER } },
			{ do: 'fetch', to: {}, method: 'POST', mode: 'no-cors' },
		],
	},
	'a style sheet of another site, with a policy': {
		server: { protocol: 'http/1.1' },
		page: {},
		steps: [
			{
				do: 'sheet',
				to: { host: OTHER },
				policy: 'unsafe-url',
				asks: [
					{ do: 'ask', what: 'import', to: {} },
					{ do: 'ask', what: 'import', to: { host: OTHER } },
				],
			},
		],
	},
	...Object.fromEntries(
		(['worker', 'sharedworker'] as const).map((what): [string, Plan] => [
			`a ${what} of a page with a policy`,
			{
				page: { policy: 'origin' },
				steps: [undefined, 'unsafe-url' as const].map((policy) => ({
					do: 'client',
					what,
					to: {},
					...(policy ? { policy } : {}),
					steps: [
						{ do: 'fetch', to: {}, method: 'POST', body: `'x'` },
						{ do: 'xhr', to: {}, method: 'POST', body: `'x'` },
						{ do: 'xhr', to: { host: OTHER } },
						{ do: 'fetch', to: { host: OTHER }, method: 'PUT' },
						load('import-scripts'),
					],
				})),
			},
		]),
	),
	'bodies of one turn': {
		page: {},
		steps: [
			{
				do: 'together',
				steps: ["'x'", "'y'"].map((body): ScriptStep => ({ do: 'fetch', to: {}, method: 'POST', body })),
			},
		],
	},
	'a preloaded font with credentials': {
		page: {},
		steps: [
			{ do: 'fetch', to: { host: OTHER, cookies: ['e=6; Path=/; SameSite=None; Secure'] }, credentials: 'include' },
			load('preload-font', { to: { host: OTHER }, crossorigin: 'use-credentials' }),
		],
	},
	'a question for a script that outlives its page': {
		page: {},
		steps: [{ do: 'fetch', to: { host: OTHER }, method: 'PUT', keepalive: true, credentials: 'include' }],
	},
	'a sandbox on the site of its page, with and without credentials': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'sandbox',
				to: { host: SIBLING },
				steps: (['omit', 'omit', 'include', 'omit'] as const).map((credentials) => ({
					do: 'fetch',
					to: {},
					credentials,
				})),
			},
		],
	},
	'a socket of a frame of another site': {
		page: {},
		steps: [{ do: 'client', what: 'frame', to: { host: OTHER }, steps: [{ do: 'socket', to: {} }] }],
	},
	'a socket of a sandbox': {
		page: {},
		steps: [{ do: 'client', what: 'sandbox', to: {}, steps: [{ do: 'socket', to: {} }] }],
	},
};

/** The other browser differs still. */
const only: Readonly<Record<string, BrowserName>> = {
	// Conditions of the caller in a worker of Chromium.
	'a worker that is redirected with fields of its own': 'firefox',
	// A race in Chromium: the head of the second, or the answer to the first, may come between (two of five runs).
	'bodies of one turn': 'firefox',
	// Chromium shows no origin with a state of storage access behind a redirect.
	'who has been told of storage access': 'firefox',
};

export const orderScenarios: readonly Scenario[] = foundOf(plans, only);
