import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Plan } from '../generate/plan.ts';
import { planScenario } from '../generate/plan-scenario.ts';
import type { Scenario } from '../scenario.ts';

/** Smallest plans of differences that the generator found (docs/internals/truth.md) and that are mended. */
const plans: Readonly<Record<string, Plan>> = {
	'a link that leaves and comes back': {
		page: {},
		steps: [{ do: 'link', to: { redirects: [{ status: 302, host: 'other.example' }, { status: 307 }] } }],
	},
	'a module that is redirected, with a cookie': {
		page: { cookies: ['a=1; Path=/'] },
		steps: [{ do: 'load', what: 'module', to: { host: 'api.mirror.test', redirects: [{ status: 302 }] } }],
	},
	'a beacon that is redirected': {
		page: {},
		steps: [{ do: 'beacon', to: { host: 'api.mirror.test', redirects: [{ status: 302 }] } }],
	},
	'a question before DELETE': {
		page: {},
		steps: [{ do: 'xhr', to: { host: 'other.example' }, method: 'DELETE' }],
	},
	'a question about a field': {
		page: {},
		steps: [{ do: 'fetch', to: { host: 'api.mirror.test' }, headers: [['x_under', '1']] }],
	},
	'an event stream of another origin': {
		page: { policy: 'origin' },
		steps: [{ do: 'events', to: { host: 'other.example' } }],
	},
	'XHR with a body and a field': {
		page: {},
		steps: [{ do: 'xhr', to: {}, method: 'DELETE', headers: [['X-Requested-With', 'XMLHttpRequest']], body: `'x'` }],
	},
	'a long body': {
		page: {},
		steps: [{ do: 'xhr', to: {}, method: 'DELETE', body: `'x'.repeat(20000)` }],
	},
	'bodies of two and more reads': {
		page: {},
		steps: [
			{ do: 'fetch', to: {}, method: 'POST', body: `'x'.repeat(1700)` },
			{ do: 'fetch', to: {}, method: 'POST', body: `'x'.repeat(3000)` },
			{ do: 'fetch', to: {}, method: 'PUT', body: `'x'.repeat(50000)` },
		],
	},
	'a fetch that leaves and comes back': {
		page: {},
		steps: [{ do: 'fetch', to: { redirects: [{ status: 307, host: 'api.mirror.test' }, { status: 303 }] } }],
	},
	'a prefetch': { page: {}, steps: [{ do: 'load', what: 'prefetch', to: {} }] },
	'audio with credentials': {
		page: {},
		steps: [{ do: 'load', what: 'audio', to: {}, crossorigin: 'anonymous' }],
	},
	'a style sheet of low priority': {
		page: { markup: { do: 'load', what: 'style', to: {}, priority: 'low' } },
		steps: [],
	},
	'a beacon that is redirected to another site, with its body': {
		page: {},
		steps: [{ do: 'beacon', to: { redirects: [{ status: 307, host: 'other.example' }] }, body: `'x'` }],
	},
	'hints, to the own host by way of another': {
		page: { hints: true },
		steps: [{ do: 'xhr', to: { host: 'other.example', redirects: [{ status: 302 }] } }],
	},
	'hints, to the own host out of a frame of another site': {
		page: { hints: true },
		steps: [{ do: 'client', what: 'frame', to: { host: 'other.example' }, steps: [{ do: 'fetch', to: {} }] }],
	},
	'a question before PUT with credentials': {
		page: {},
		steps: [{ do: 'fetch', to: { host: 'other.example' }, method: 'PUT', credentials: 'include' }],
	},
	'a question before PUT, in no hurry, not to be kept': {
		page: {},
		steps: [{ do: 'fetch', to: { host: 'other.example' }, method: 'PUT', cache: 'no-store', priority: 'low' }],
	},
	'a question about a condition': {
		page: {},
		steps: [{ do: 'fetch', to: { host: 'other.example' }, headers: [['If-None-Match', '"a"']] }],
	},
	'XHR with a condition': { page: {}, steps: [{ do: 'xhr', to: {}, headers: [['If-Match', '*']] }] },
	'preloads with crossorigin': {
		page: {},
		steps: (['preload-script', 'preload-style', 'preload-image', 'preload-font', 'preload-fetch'] as const).map(
			(what) => ({
				do: 'load',
				what,
				to: { host: 'api.mirror.test' },
				crossorigin: 'anonymous',
			}),
		),
	},
	'a preload with crossorigin in a sandbox': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'sandbox',
				to: {},
				steps: [{ do: 'load', what: 'preload-style', to: {}, crossorigin: 'use-credentials' }],
			},
		],
	},
	'event streams of workers, redirected': {
		page: {},
		steps: (['worker', 'sharedworker'] as const).map((what) => ({
			do: 'client',
			what,
			to: {},
			steps: [{ do: 'events', to: { redirects: [{ status: 302, host: 'other.example' }] } }],
		})),
	},
	'texts of a worker': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'worker',
				to: {},
				steps: [
					{ do: 'xhr', to: {}, method: 'POST', body: `'x'` },
					{ do: 'fetch', to: {}, method: 'POST', body: `'x'` },
				],
			},
		],
	},
	'video with crossorigin': {
		page: {},
		steps: [
			{ do: 'load', what: 'video', to: {}, crossorigin: 'anonymous' },
			{ do: 'load', what: 'video', to: { host: 'api.mirror.test' }, crossorigin: 'use-credentials' },
		],
	},
	'audio, redirected': {
		page: {},
		steps: [
			{ do: 'load', what: 'audio', to: { redirects: [{ status: 302, host: 'other.example' }] } },
			{
				do: 'load',
				what: 'audio',
				to: { redirects: [{ status: 302, host: 'other.example' }] },
				crossorigin: 'use-credentials',
			},
		],
	},
	'an import of a sandbox': {
		page: {},
		steps: [{ do: 'client', what: 'sandbox', to: {}, steps: [{ do: 'load', what: 'module-json', to: {} }] }],
	},
	'a frame of the page in a frame of another site': {
		page: {},
		steps: [
			{ do: 'client', what: 'frame', to: { host: 'other.example' }, steps: [{ do: 'load', what: 'iframe', to: {} }] },
		],
	},
	'without credentials and with': {
		page: {},
		steps: [
			{ do: 'fetch', to: { host: 'other.example' } },
			{ do: 'fetch', to: { host: 'other.example' }, credentials: 'include' },
			{ do: 'fetch', to: { host: 'api.mirror.test' } },
			{ do: 'fetch', to: {}, credentials: 'omit' },
		],
	},
	'without credentials and with, HTTP/1.1': {
		server: { protocol: 'http/1.1' },
		page: {},
		steps: [
			{ do: 'fetch', to: {}, credentials: 'omit' },
			{ do: 'fetch', to: {} },
			{ do: 'fetch', to: {}, credentials: 'omit' },
		],
	},
	'hints that the page asked for, and fields': {
		page: { hints: true },
		steps: [
			{
				do: 'fetch',
				to: {},
				headers: [
					['x-one', '1'],
					['x_under', '1'],
					['zz-last', 'z'],
				],
			},
			{ do: 'xhr', to: { redirects: [{ status: 302, host: 'api.mirror.test' }, { status: 302 }] } },
			{ do: 'load', what: 'prefetch', to: { tail: '/x' } },
		],
	},
	'a prefetch with hints': {
		page: { hints: true },
		steps: [{ do: 'load', what: 'prefetch', to: { redirects: [{ status: 303, host: 'api.mirror.test' }] } }],
	},
	'speculation rules of a page with a policy': {
		page: { policy: 'strict-origin' },
		steps: [{ do: 'load', what: 'speculation', to: {} }],
	},
	'redirects of a sandbox, which nobody keeps': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'sandbox',
				to: {},
				steps: [
					{ do: 'fetch', to: { redirects: [{ status: 308, host: 'other.example', kept: true }] } },
					{ do: 'load', what: 'iframe', to: { redirects: [{ status: 308, kept: true }] } },
				],
			},
		],
	},
	'hints of what may outlive its page, redirected': {
		page: { hints: true },
		steps: [
			{ do: 'beacon', to: { redirects: [{ status: 303, host: 'other.example' }, { status: 307 }] }, body: `'x'` },
			{ do: 'fetch', to: { redirects: [{ status: 307, host: 'other.example' }] }, keepalive: true },
		],
	},
	'an event stream whose redirect may be kept': {
		page: {},
		steps: [{ do: 'events', to: { redirects: [{ status: 301, host: 'other.example', kept: true }] } }],
	},
	'a service worker': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'serviceworker',
				to: { tail: '/x' },
				steps: [
					{ do: 'fetch', to: {}, method: 'POST', body: `'x'`, headers: [['if-match', 'q']] },
					{ do: 'fetch', to: { host: 'other.example' }, method: 'PUT', headers: [['x-one', '1']] },
				],
			},
		],
	},
	'hints and frames': {
		page: { hints: true },
		steps: [
			{ do: 'client', what: 'sandbox', to: {}, steps: [{ do: 'fetch', to: {} }] },
			{
				do: 'client',
				what: 'frame',
				to: { redirects: [{ status: 302, host: 'api.mirror.test' }, { status: 302 }] },
				steps: [{ do: 'fetch', to: {} }],
			},
		],
	},
	'hints and speculation rules, redirected': {
		page: { hints: true },
		steps: [{ do: 'load', what: 'speculation', to: { redirects: [{ status: 302 }] } }],
	},
	'a redirect that takes the type of a body': {
		page: {},
		steps: [
			{
				do: 'fetch',
				to: { redirects: [{ status: 303 }] },
				method: 'PUT',
				headers: [
					['x_under', '1'],
					['accept', '*/*'],
					['x-one', '1'],
					['Content-type', 'application/x-www-form-urlencoded'],
				],
			},
		],
	},
	'conditions of workers': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'sharedworker',
				to: {},
				steps: [{ do: 'fetch', to: { host: 'other.example' }, method: 'HEAD', headers: [['If-None-Match', '"abc"']] }],
			},
			{
				do: 'client',
				what: 'worker',
				to: {},
				steps: [{ do: 'xhr', to: {}, headers: [['If-Match', '*']] }],
			},
		],
	},
	'XHR that a script waits for': {
		page: {},
		steps: [
			{ do: 'xhr', to: {}, sync: true },
			{ do: 'xhr', to: { host: 'other.example' }, method: 'PUT', sync: true },
		],
	},
	'storage access behind a redirect': {
		page: {},
		steps: [
			{
				do: 'xhr',
				to: {
					redirects: [
						{ status: 307, host: 'other.example' },
						{ status: 307, host: 'other.example' },
					],
				},
				credentials: true,
			},
		],
	},
	'beacons and images of a foreign frame, redirected': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'frame',
				to: { host: 'other.example' },
				steps: [
					{ do: 'beacon', to: { redirects: [{ status: 303 }] }, body: `'x'` },
					{ do: 'load', what: 'image', to: { host: 'other.example', redirects: [{ status: 302 }] } },
					{ do: 'load', what: 'image', to: { redirects: [{ status: 302, host: 'other.example' }] } },
				],
			},
		],
	},
	'a form into a frame, with a redirect that is kept': {
		page: {},
		steps: [
			{
				do: 'frame-form',
				to: { redirects: [{ status: 301, kept: true }] },
				method: 'post',
				fields: [['a', '1']],
			},
		],
	},
	'a frame of a sandbox, and the connections of other sites': {
		page: {},
		steps: [
			{ do: 'client', what: 'sandbox', to: {}, steps: [{ do: 'load', what: 'iframe', to: {} }] },
			{ do: 'fetch', to: { host: 'other.example' }, credentials: 'include' },
		],
	},
};

/** The other browser differs still. */
const only: Readonly<Record<string, BrowserName>> = {
	'a module that is redirected, with a cookie': 'chromium',
	// Chromium opens a spare connection for the page.
	'without credentials and with, HTTP/1.1': 'firefox',
	'hints and speculation rules, redirected': 'chromium',
	'speculation rules of a page with a policy': 'chromium',
	'beacons and images of a foreign frame, redirected': 'chromium',
};

export const foundScenarios: readonly Scenario[] = foundOf(plans, only);

/** Scenarios of plans; `only`: those that the other browser differs in still. */
export function foundOf(
	list: Readonly<Record<string, Plan>>,
	onlyIn: Readonly<Record<string, BrowserName>>,
): readonly Scenario[] {
	return Object.entries(list).map(([name, plan]) => ({
		...planScenario(`found: ${name}`, plan),
		...(onlyIn[name] ? { only: onlyIn[name] } : {}),
	}));
}
