import type { Plan, ScriptStep, Step, Target } from '../generate/plan.ts';
import type { Host, Scenario } from '../scenario.ts';
import { foundOf } from './found.ts';

const OTHER: Host = 'other.example';

/** Conditions of an `XMLHttpRequest`, for which leave has to be asked. */
const conditions: readonly ScriptStep[] = [
	{ do: 'xhr', to: { host: OTHER }, headers: [['If-None-Match', '"a"']] },
	{ do: 'xhr', to: { host: OTHER }, headers: [['If-Match', '*']], credentials: true },
	{
		do: 'xhr',
		to: { host: OTHER },
		method: 'OPTIONS',
		headers: [['If-Modified-Since', 'Sat, 01 Nov 2025 00:00:00 GMT']],
	},
	{ do: 'xhr', to: { host: OTHER }, headers: [['If-Range', '"a"']], sync: true },
];

/** Bodies whose type has a charset that nobody has written. */
const typed: readonly ScriptStep[] = [`'x'`, `new URLSearchParams('a=1')`].flatMap((body): ScriptStep[] => [
	{ do: 'xhr', to: {}, method: 'POST', body },
	{ do: 'xhr', to: {}, method: 'PATCH', body, headers: [['X-A', '1']] },
	{ do: 'fetch', to: {}, method: 'POST', body },
]);

/** Types whose charset `XMLHttpRequest` sees to if the body is a text. */
const stated: readonly ScriptStep[] = [
	...[
		'application/json;charset=utf-8',
		'text/html;charset="ascii"; x=1',
		'TEXT/HTML; Charset=iso-8859-1',
		'text/html; charset = ascii',
	].map((type): ScriptStep => ({ do: 'xhr', to: {}, method: 'POST', headers: [['Content-Type', type]], body: `'x'` })),
	...[`new URLSearchParams('a=1')`, `new Blob(['x'])`, 'new ArrayBuffer(5)'].map(
		(body): ScriptStep => ({
			do: 'xhr',
			to: {},
			method: 'POST',
			headers: [['Content-Type', 'text/html;charset=ascii']],
			body,
		}),
	),
	{ do: 'fetch', to: {}, method: 'POST', headers: [['Content-Type', 'text/html;charset=ascii']], body: `'x'` },
	{
		do: 'xhr',
		to: { redirects: [{ status: 307 }] },
		method: 'POST',
		headers: [['Content-Type', 'text/html;charset=ascii']],
		body: `'x'`,
	},
];

/** Calls that stay in their own origin and hide where they come from. */
const hidden: readonly ScriptStep[] = (['POST', 'DELETE', 'GET'] as const).map((method) => ({
	do: 'fetch',
	to: {},
	method,
	mode: 'same-origin',
	policy: 'no-referrer',
}));

/** Calls that may outlive their page, with leave to send cookies: plain, redirected, and with policies that are not followed. */
const lasting: readonly ScriptStep[] = ([undefined, 'unsafe-url'] as const).flatMap((policy) =>
	(
		[
			{ to: { host: OTHER } },
			{ to: { host: OTHER }, method: 'POST', body: `'x'` },
			{ to: { host: OTHER }, method: 'PUT', headers: [['X-A', '1']] },
			{ to: { redirects: [{ status: 307, host: OTHER }] } },
		] as const
	).map(
		(more): ScriptStep => ({
			do: 'fetch',
			credentials: 'include',
			keepalive: true,
			...(policy ? { policy } : {}),
			...more,
		}),
	),
);

/** Through another site and through a sibling host back to where the cookies are. */
const back: readonly Target[] = [
	{ host: OTHER, redirects: [{ status: 302 }] },
	{ redirects: [{ status: 307, host: OTHER }, { status: 303 }] },
	{ host: 'api.mirror.test', redirects: [{ status: 302 }] },
];
const returning: Readonly<Record<string, readonly Step[]>> = {
	calls: [
		...back.map((to): Step => ({ do: 'fetch', to, credentials: 'include' })),
		{ do: 'xhr', to: { host: OTHER, redirects: [{ status: 307 }] }, method: 'POST', credentials: true, body: `'x'` },
	],
	loads: back.flatMap((to): Step[] => [
		{ do: 'load', what: 'image', to },
		{ do: 'load', what: 'iframe', to },
	]),
	'a link': [{ do: 'link', to: back[0] as Target }],
	'a form': [{ do: 'form', to: { host: OTHER, redirects: [{ status: 307 }] }, method: 'post', fields: [['a', '1']] }],
	'a typed address': [{ do: 'visit', to: back[1] as Target }],
};

const imports: readonly ScriptStep[] = [{}, { host: OTHER }].map((to: { host?: Host }) => ({
	do: 'load',
	what: 'module-json',
	to,
}));

const plans: Readonly<Record<string, Plan>> = {
	'conditions of XHR, and its questions': { page: {}, steps: conditions },
	'conditions of XHR over HTTP/1.1': {
		server: { protocol: 'http/1.1' },
		page: {},
		steps: conditions.filter((step) => step.do !== 'xhr' || !step.sync),
	},
	'conditions of a worker, and its questions': {
		page: {},
		steps: [
			{
				do: 'client',
				what: 'worker',
				to: {},
				steps: [conditions[0] as ScriptStep, { do: 'fetch', to: { host: OTHER }, headers: [['If-None-Match', '"a"']] }],
			},
		],
	},
	'types of bodies of a page and of its worker': {
		page: {},
		steps: [...typed, { do: 'client', what: 'worker', to: {}, steps: typed }],
	},
	'types that scripts have stated, and their charsets': {
		page: {},
		steps: [...stated, { do: 'client', what: 'worker', to: {}, steps: stated.slice(0, 3) }],
	},
	'types of bodies of a shared worker': {
		page: {},
		steps: [{ do: 'client', what: 'sharedworker', to: {}, steps: typed }],
	},
	// On a connection of its own it may resume the session of one that Firefox had begun beside it.
	'WebSockets of workers to another site': {
		server: { protocol: 'http/1.1' },
		page: {},
		steps: [
			{ do: 'fetch', to: { host: OTHER, cookies: ['a=1; SameSite=None; Secure'] }, credentials: 'include' },
			...(['worker', 'sharedworker', 'serviceworker'] as const).map(
				(what): Step => ({ do: 'client', what, to: {}, steps: [{ do: 'socket', to: { host: OTHER } }] }),
			),
		],
	},
	'calls in their own origin that hide it': {
		page: {},
		steps: [...hidden, { do: 'client', what: 'worker', to: {}, policy: 'no-referrer', steps: hidden }],
	},
	'what outlives its page, to another site': { page: {}, steps: lasting },
	'what outlives its page, of a sandbox': {
		page: {},
		steps: [{ do: 'client', what: 'sandbox', to: {}, steps: lasting }],
	},
	...Object.fromEntries(
		Object.entries(returning).map(([what, steps]): [string, Plan] => [
			`cookies behind a redirect of another site: ${what}`,
			{ page: { cookies: ['s=1; SameSite=Strict', 'l=1; SameSite=Lax', 'n=1; SameSite=None; Secure', 'u=1'] }, steps },
		]),
	),
	'imports of JSON, of a page with a policy in its markup': {
		page: { policy: 'strict-origin', policyIn: 'meta' },
		steps: imports,
	},
	'a page that was led to, loaded again': {
		server: { protocol: 'http/1.1' },
		page: {},
		steps: [{ do: 'link', to: {} }, { do: 'reload' }, { do: 'assign', to: { host: OTHER } }, { do: 'reload' }],
	},
	'what a frame of another site asks of the home of its page, over plain text': {
		server: { tls: 'none' },
		page: {},
		steps: [
			{
				do: 'client',
				what: 'frame',
				to: { host: OTHER },
				steps: (['embed', 'iframe', 'image'] as const).map((what): ScriptStep => ({ do: 'load', what, to: {} })),
			},
		],
	},
	'imports of JSON, of a page with a policy': { page: { policy: 'strict-origin' }, steps: imports },
};

/** Found in what a call says of itself: conditions, types, policies, and who makes it. */
export const requestScenarios: readonly Scenario[] = foundOf(plans, {});
