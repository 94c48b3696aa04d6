import type { EarlyKind, Plan, ScriptStep, Step } from '../generate/plan.ts';
import { type Host, IDN_HOST, type Scenario } from '../scenario.ts';
import { foundOf } from './found.ts';

const OTHER: Host = 'other.example';

/** Posts that a redirect makes a GET, at its first or second step: the origin goes and comes back. */
const becomeGet = [undefined, OTHER].flatMap((host): ScriptStep[] =>
	(
		[
			[303, 301],
			[307, 303],
			[302, 307],
		] as const
	).map(([first, second]): ScriptStep => {
		const redirects = [{ status: first, host: OTHER }, { status: second }] as const;
		return { do: 'fetch', to: { ...(host ? { host } : {}), redirects }, method: 'POST', credentials: 'include' };
	}),
);

const early = (what: EarlyKind, more: Partial<NonNullable<Plan['page']['early']>> = {}): Plan => {
	const crossorigin = what === 'early-font' || what === 'early-fetch' ? ({ crossorigin: 'anonymous' } as const) : {};
	return { page: { early: { do: 'early', what, to: {}, ...crossorigin, ...more } }, steps: [] };
};

/** What a page does with an origin that is not like the others; in parts, as Chromium has updates and pings after seconds. */
const partsTo = (where: string, host: Host): Record<string, Plan> => {
	const parts: Readonly<Record<string, readonly Step[]>> = {
		calls: [
			{ do: 'fetch', to: { host, cookies: ['a=1', 'b=2; SameSite=Strict'] }, credentials: 'include' },
			{ do: 'fetch', to: { host }, method: 'PUT', credentials: 'include', body: `'x'` },
		],
		loads: [
			{ do: 'load', what: 'image', to: { host } },
			{ do: 'load', what: 'module', to: { host, redirects: [{ status: 302 }] } },
		],
		'a frame': [
			{ do: 'client', what: 'frame', to: { host }, steps: [{ do: 'xhr', to: {}, method: 'POST', credentials: true }] },
		],
		navigations: [
			{ do: 'link', to: { host, redirects: [{ status: 302 }] } },
			{ do: 'form', to: { host }, method: 'post', fields: [['a', '1']] },
		],
	};
	return Object.fromEntries(Object.entries(parts).map(([what, steps]) => [`${where}, ${what}`, { page: {}, steps }]));
};

/** Bodies that a browser reads while it sends them. */
const files = [
	`new File(['x'.repeat(1000)], 'a.txt')`,
	`(() => { const form = new FormData(); form.append('a', new File(['x'], 'a.txt')); return form; })()`,
];

const plans: Readonly<Record<string, Plan>> = {
	'posts that a redirect makes a GET': { page: {}, steps: becomeGet.slice(0, 3) },
	'posts to another site that a redirect makes a GET': { page: {}, steps: becomeGet.slice(3) },
	'posts of a sandbox that a redirect makes a GET': {
		page: {},
		steps: [{ do: 'client', what: 'sandbox', to: { host: OTHER }, steps: becomeGet.slice(0, 2) }],
	},
	...partsTo('another port of the same host', 'www.mirror.test:2'),
	...partsTo('another port of another site', 'other.example:2'),
	...partsTo('a host with letters that are not ASCII', IDN_HOST),
	'bodies that open a connection': {
		page: {},
		steps: [
			{ do: 'fetch', to: { host: OTHER }, method: 'POST', body: `'x'.repeat(20000)` },
			{ do: 'fetch', to: { host: OTHER }, method: 'POST', body: `'x'.repeat(20000)` },
			{ do: 'fetch', to: {}, method: 'PUT', credentials: 'omit', keepalive: true, body: `'x'.repeat(3000)` },
			{ do: 'form', to: { host: IDN_HOST }, method: 'post', fields: [['a', 'x'.repeat(49_998)]] },
		],
	},
	...Object.fromEntries(
		([undefined, OTHER] as const).map((host): [string, Plan] => [
			`what a style sheet of ${host ? 'another site' : 'a sibling host'} asks for, redirected`,
			{
				page: {},
				steps: (
					[
						['import', 'www.mirror.test', OTHER],
						['import', 'api.mirror.test', OTHER],
						['import', 'other.example', 'www.mirror.test', IDN_HOST],
						['font', 'www.mirror.test', OTHER],
					] as const
				).map(([what, first, ...hosts]) => ({
					do: 'sheet',
					to: { host: host ?? 'api.mirror.test' },
					asks: [
						{ do: 'ask', what, to: { host: first, redirects: hosts.map((each) => ({ status: 302, host: each })) } },
					],
				})),
			},
		]),
	),
	'a reload behind a redirect through another site': {
		page: {},
		steps: [{ do: 'assign', to: { redirects: [{ status: 302, host: OTHER }, { status: 302 }] } }, { do: 'reload' }],
	},
	'a reload behind a link that shows no referrer, of a page that says what to show': {
		page: { policy: 'origin' },
		steps: [{ do: 'link', to: {}, noreferrer: true }, { do: 'reload' }],
	},
	'hints, to documents that a frame of another site puts into the page': {
		page: { hints: true },
		steps: [
			{
				do: 'client',
				what: 'frame',
				to: { host: OTHER },
				steps: [
					{ do: 'load', what: 'object', to: { host: OTHER, redirects: [{ status: 307 }] } },
					{ do: 'load', what: 'iframe', to: {} },
					{ do: 'frame-form', to: {}, method: 'post', fields: [['a', '1']] },
				],
			},
		],
	},
	'a font of another origin in a 103 answer': early('early-font', { to: { host: 'api.mirror.test' } }),
	'a module of another port in a 103 answer': early('early-module', { to: { host: 'www.mirror.test:2' } }),
	'a script in a 103 answer, with credentials': early('early-script', {
		to: { host: OTHER },
		crossorigin: 'use-credentials',
	}),
	'a 408 over HTTP/2': { page: {}, steps: [{ do: 'fetch', to: { first: 408 } }] },
	'a 408 over HTTP/2 to a body': {
		page: {},
		steps: [{ do: 'fetch', to: { first: 408 }, method: 'POST', body: `'x'` }],
	},
	'a 408 over HTTP/1.1': {
		server: { protocol: 'http/1.1' },
		page: {},
		steps: [
			{ do: 'fetch', to: { first: 408, host: OTHER } },
			{ do: 'fetch', to: { host: OTHER } },
		],
	},
	...Object.fromEntries(
		[1_000, 20_000].map((length): [string, Plan] => [
			`a body of ${length} bytes over HTTP/1.1`,
			{
				server: { protocol: 'http/1.1' },
				page: {},
				steps: [{ do: 'fetch', to: {}, method: 'POST', body: `'x'.repeat(${length})` }],
			},
		]),
	),
	...Object.fromEntries(
		([421, 408] as const).map((first): [string, Plan] => [
			`a ${first} to files`,
			{ page: {}, steps: files.map((body) => ({ do: 'fetch', to: { first, host: OTHER }, method: 'POST', body })) },
		]),
	),
	'a body that is cut by windows': {
		server: { settings: [[4, 1000]] },
		page: {},
		steps: [{ do: 'fetch', to: {}, method: 'POST', body: `'x'.repeat(20000)` }],
	},
	"a script's own priority over HTTP/1.1": {
		server: { protocol: 'http/1.1' },
		page: {},
		steps: [
			{ do: 'fetch', to: { redirects: [{ status: 307 }] }, headers: [['Priority', 'u=5']] },
			{ do: 'xhr', to: {}, headers: [...['X-One', 'zz', 'priority'].map((name) => [name, 'u=1, i'] as const)] },
			{ do: 'fetch', to: {}, method: 'PUT', body: `'x'`, headers: [['Priority', 'u=3']] },
		],
	},
	'an image in a 103 answer, urgent': early('early-image', { priority: 'high' }),
	'a style sheet in a 103 answer, in no hurry': early('early-style', { priority: 'low' }),
};

/** Found with origins and in places that are rarer than those of the other plans. */
export const elsewhereScenarios: readonly Scenario[] = foundOf(plans, {});
