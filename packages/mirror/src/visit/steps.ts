/** The plan of a visit: which pages there are, and what each makes the browser do. */
import { connectionSteps } from './connection-steps.ts';
import type { VisitContext } from './context.ts';
import { beacon, CALLER, eventSource, fetchStep, scriptSteps, xhrStep } from './script-steps.ts';
import type { Step, StepGroup } from './step.ts';
import { type TypicalRequest, typicalRequests } from './typical-requests.ts';

const page: VisitContext = { kind: 'navigate', site: 'same-origin', userActivation: false };

function fromTable(prefix: string, entry: TypicalRequest): Step {
	const id = `${prefix}${entry.name.replaceAll(/[^a-z0-9]+/g, '-')}`;
	const path = `/r/${id}`;
	return {
		id,
		name: entry.name,
		requests: { '': { kind: entry.kind } },
		answer: () => entry.answer,
		required: entry.only === undefined,
		...(entry.markup ? { markup: entry.markup(path) } : {}),
		...(entry.source ? { source: entry.source(path) } : {}),
	};
}

function formStep(prefix: string, encoding: string, field = ''): Step {
	const id = `${prefix}form-${encoding.replaceAll(/[^a-z]+/g, '-')}`;
	return {
		id,
		name: `form, ${encoding}`,
		requests: { '': { kind: 'form', site: 'same-origin', userActivation: false } },
		markup: {
			body: `<form method=post action=/r/${id} enctype=${encoding}><input name=user value="ada &amp; b">${field}</form>`,
		},
		source: 'document.forms[0].submit();',
		leaves: true,
	};
}

const navigations: readonly StepGroup[] = [
	{
		server: 'main',
		steps: [
			{
				id: 'reload',
				name: 'reload',
				requests: { '': { kind: 'reload', site: 'same-origin', userActivation: false }, first: page },
				source: `location.assign('/r/reload');`,
				leaves: true,
			},
		],
	},
	{
		server: 'main',
		steps: [
			{
				id: 'redirect',
				name: 'redirect',
				requests: { '': page, hop: { ...page, redirected: true } },
				source: `location.assign('/r/redirect');`,
				leaves: true,
			},
		],
	},
	{ server: 'main', steps: [formStep('', 'application/x-www-form-urlencoded')] },
	{ server: 'main', steps: [formStep('', 'multipart/form-data', '<input type=file name=file>')] },
	{ server: 'main', steps: [formStep('', 'text/plain')] },
];

/** Client hints that are not sent unasked (docs/internals/headers.md). */
export const ASKED_HINTS: readonly string[] = [
	...['device-memory', 'dpr', 'viewport-width', 'rtt', 'downlink', 'ect', 'sec-ch-ua-full-version', 'sec-ch-ua-arch'],
	...['sec-ch-device-memory', 'sec-ch-dpr', 'sec-ch-viewport-width', 'sec-ch-viewport-height'],
	...['sec-ch-ua-platform-version', 'sec-ch-ua-model', 'sec-ch-ua-bitness', 'sec-ch-ua-wow64'],
	...['sec-ch-ua-full-version-list', 'sec-ch-ua-form-factors', 'sec-ch-prefers-color-scheme'],
	...['sec-ch-prefers-reduced-motion', 'sec-ch-prefers-reduced-transparency'],
];

const hinted: Step = {
	id: 'hints',
	name: 'client hints',
	requests: { '': { kind: 'fetch', hints: ASKED_HINTS } },
	source: `fetch('/r/hints').then(done, done)`,
};

const http1Kinds = ['image', 'script, added by script', 'font', 'worker', 'video'];

/** Every page of a visit with its steps. @param fresh how many further origins there are for new connections */
export function visitPlan(fresh: number): StepGroup[] {
	const own = typicalRequests.map((entry) => fromTable('', entry));
	const http1 = typicalRequests
		.filter(({ name }) => http1Kinds.includes(name))
		.map((entry) => ({ ...fromTable('h1-', entry), name: `${entry.name} over HTTP/1.1` }));
	const h1 = (step: Step): Step => ({ ...step, name: `${step.name} over HTTP/1.1` });
	return [
		...own.filter(({ markup }) => markup).map((step): StepGroup => ({ server: 'main', steps: [step] })),
		// A page of another site, to see whether it shares connections.
		{ server: 'main', host: 'stranger', steps: [] },
		{ server: 'main', steps: own.filter(({ source }) => source) },
		{ server: 'main', steps: scriptSteps },
		...navigations,
		{ server: 'main', steps: connectionSteps(fresh) },
		// The first page asks for hints, the second one is asked for with them.
		{ server: 'hints', steps: [] },
		{ server: 'hints', steps: [hinted] },
		{
			server: 'http1',
			steps: [
				...http1,
				h1(fetchStep('h1-fetch-headers', 'fetch GET, own headers', { headers: CALLER }, 'http1')),
				h1(fetchStep('h1-fetch-high', 'fetch, high priority', { priority: 'high' }, 'http1')),
				h1(fetchStep('h1-fetch-text', 'fetch POST, text', { method: 'POST', body: 'text' }, 'http1')),
				h1(fetchStep('h1-fetch-empty', 'fetch POST without a body', { method: 'POST' }, 'http1')),
				h1(xhrStep('h1-')),
				h1(eventSource('h1-')),
				h1(beacon('h1-')),
			],
		},
		{ server: 'http1', steps: [h1(formStep('h1-', 'application/x-www-form-urlencoded'))] },
	];
}
