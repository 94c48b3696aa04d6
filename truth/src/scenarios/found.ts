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
};

/** The other browser differs still. */
const only: Readonly<Record<string, BrowserName>> = {
	'a module that is redirected, with a cookie': 'chromium',
	'a beacon that is redirected': 'chromium',
	'a long body': 'chromium',
	'audio with credentials': 'firefox',
};

export const foundScenarios: readonly Scenario[] = Object.entries(plans).map(([name, plan]) => ({
	...planScenario(`found: ${name}`, plan),
	...(only[name] ? { only: only[name] } : {}),
}));
