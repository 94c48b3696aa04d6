/** The steps of a visit: what each makes the browser do, and which requests belong to it. */
import type { MirrorRequest, Reply } from '../servers/exchange.ts';
import type { VisitContext } from './context.ts';
import { type TypicalRequest, typicalRequests } from './typical-requests.ts';

/** Servers of a visit: HTTP/2, HTTP/1.1 only, TLS 1.2 only, one whose connections are cut, WebSocket over HTTP/2. */
export type VisitServer = 'main' | 'http1' | 'tls12' | 'resumption' | 'websocket';

/** Names under which the visitor reaches us; a sibling is of the same site, a stranger is not. */
export type VisitHost = 'own' | 'sibling' | 'stranger';

export type Step = {
	/** Path segment of its requests: `/r/<id>`. */
	id: string;
	/** For people. */
	name: string;
	/** Causes of its requests: `''` is `/r/<id>` itself, `hop` is `/r/<id>/hop`, `OPTIONS` its preflight. */
	requests: Readonly<Record<string, VisitContext>>;
	/** Markup of the page that asks, when it asks while it loads. */
	markup?: { head?: string; body?: string };
	/** Statement of a loaded page; calls `done`. `at(server, host)` is an origin, `path` the path of this step. */
	source?: string;
	/** Answers requests below `/r/<id>`; a page in the case of navigations. @default small JSON that any origin may read */
	answer?: (request: MirrorRequest) => Reply | Promise<Reply>;
	/** The step leaves the page: the answer is the next page. @default false */
	leaves?: boolean;
	/** Needs a host that not every visitor can reach. */
	needs?: VisitHost;
	/** A step without it leaves the profile incomplete; others are extras that not every browser has. @default true */
	required?: boolean;
};

/** Steps of one page, in order. */
export type StepGroup = { server: 'main' | 'http1'; steps: readonly Step[] };

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

type FetchStep = { method?: string; headers?: Record<string, string>; body?: string } & Pick<
	VisitContext,
	'credentials' | 'cache' | 'mode'
> & { priority?: 'high' | 'low' };

/** A call of `fetch()`, made twice so that compression is seen to repeat. */
function fetchStep(id: string, name: string, init: FetchStep, server: 'main' | 'http1' = 'main'): Step {
	const { method, headers, credentials, cache, priority } = init;
	const context: VisitContext = {
		kind: 'fetch',
		...(method ? { method } : {}),
		...(headers ? { headers: Object.entries(headers).flat() } : {}),
		...(credentials ? { credentials } : {}),
		...(cache ? { cache } : {}),
		...(priority ? { fetchPriority: priority } : {}),
	};
	const call = `fetch('/r/${id}', ${JSON.stringify(init)}).then((answer) => answer.text())`;
	const source = server === 'main' ? `${call}.then(() => ${call}).then(done, done)` : `${call}.then(done, done)`;
	return { id, name, requests: { '': context }, source };
}

/** `fetch()` to another host. */
function foreignFetch(id: string, name: string, host: 'sibling' | 'stranger', credentials?: 'include'): Step {
	const site = host === 'sibling' ? 'same-site' : 'cross-site';
	const init = credentials ? { credentials } : {};
	return {
		id,
		name,
		needs: host,
		requests: { '': { kind: 'fetch', site, ...init } },
		source: `fetch(at('main', '${host}') + '/r/${id}', ${JSON.stringify(init)}).then(done, done)`,
	};
}

function xhrStep(prefix: string): Step {
	const headers = ['X-Requested-With', 'XMLHttpRequest', 'Content-Type', 'application/json'];
	return {
		id: `${prefix}xhr-post`,
		name: 'XHR POST',
		requests: { '': { kind: 'xhr', method: 'POST', headers } },
		source: `const request = new XMLHttpRequest(); request.open('POST', '/r/${prefix}xhr-post');
			request.setRequestHeader('X-Requested-With', 'XMLHttpRequest');
			request.setRequestHeader('Content-Type', 'application/json'); request.onloadend = done; request.send('{}');`,
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

const eventSource = (prefix: string): Step => ({
	id: `${prefix}eventsource`,
	name: 'EventSource',
	requests: { '': { kind: 'eventsource' } },
	source: `const source = new EventSource('/r/${prefix}eventsource'); source.onerror = () => (source.close(), done());`,
	answer: () => ({ headers: [['content-type', 'text/event-stream']], body: 'retry: 100000\ndata: 1\n\n' }),
});

const beacon = (prefix: string): Step => ({
	id: `${prefix}beacon`,
	name: 'beacon',
	requests: { '': { kind: 'beacon', method: 'POST' } },
	source: `navigator.sendBeacon('/r/${prefix}beacon', 'bye'); done();`,
	answer: () => ({ status: 204 }),
});

const preflight: Step = {
	id: 'preflight',
	name: 'preflight',
	needs: 'sibling',
	requests: {
		'': { kind: 'fetch', method: 'PUT', site: 'same-site', headers: ['X-Custom', '1'] },
		OPTIONS: { kind: 'preflight', site: 'same-site', preflight: { method: 'PUT', headers: 'x-custom' } },
	},
	source: `fetch(at('main', 'sibling') + '/r/preflight', { method: 'PUT', headers: { 'X-Custom': '1' }, body: 'x' }).then(done, done)`,
};

const navigations: readonly StepGroup[] = [
	{
		server: 'main',
		steps: [
			{
				id: 'reload',
				name: 'reload',
				requests: { '': { kind: 'reload', site: 'same-origin' }, first: page },
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

const CALLER = { 'X-Custom': '1', Authorization: 'Bearer abc', Accept: 'application/json', 'x-request-id': 'r-1' };

/** Sizes around the half of HPACK's table (4096), where an encoder may stop to index. */
const LARGE = [1900, 2100, 3000] as const;

const scripts: readonly Step[] = [
	fetchStep('fetch-get', 'fetch GET', {}),
	fetchStep('fetch-headers', 'fetch GET, own headers', { headers: CALLER }),
	fetchStep('fetch-json', 'fetch POST, JSON', {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': 'token' },
		body: '{"a":1}',
	}),
	fetchStep('fetch-text', 'fetch POST, text', { method: 'POST', body: 'text' }),
	fetchStep('fetch-empty', 'fetch POST without a body', { method: 'POST' }),
	fetchStep('fetch-high', 'fetch, high priority', { priority: 'high' }),
	fetchStep('fetch-low', 'fetch, low priority', { priority: 'low' }),
	fetchStep('fetch-no-store', 'fetch, no-store', { cache: 'no-store' }),
	fetchStep('fetch-reload', 'fetch, reload', { cache: 'reload' }),
	xhrStep(''),
	eventSource(''),
	beacon(''),
	preflight,
	foreignFetch('sibling-credentials', 'fetch with credentials, same site', 'sibling', 'include'),
	foreignFetch('stranger-credentials', 'fetch with credentials, other site', 'stranger', 'include'),
	foreignFetch('stranger', 'fetch, other site', 'stranger'),
	{
		id: 'stranger-image',
		name: 'image, other site',
		needs: 'stranger',
		requests: { '': { kind: 'image', site: 'cross-site' } },
		source: `const image = new Image(); image.onload = image.onerror = done; image.src = at('main', 'stranger') + '/r/stranger-image';`,
	},
	...LARGE.map(
		(size): Step =>
			fetchStep(`large-${size}`, `field of ${size} bytes`, { headers: { 'x-large': String(size).padEnd(size, 'x') } }),
	),
];

/** `done` after a WebSocket opened or failed. */
const socketSource = (url: string) =>
	`const socket = new WebSocket((${url}).replace(/^http/, 'ws')); socket.onopen = () => { socket.close(); done(); }; socket.onerror = done;`;

const pixelSource = (url: string) => `image.onload = image.onerror = done; image.src = ${url};`;

function connectionSteps(fresh: number): Step[] {
	const cutTwice = (server: 'tls12' | 'resumption', name: string): Step => ({
		id: server,
		name,
		requests: {},
		source: `const get = (n) => new Promise((done) => { const image = new Image(); ${pixelSource(`at('${server}') + '/r/${server}?' + n`)} });
			const cut = () => fetch('/visit/cut/${server}').then((answer) => answer.text());
			get(1).then(cut).then(() => get(2)).then(cut).then(() => get(3)).then(done, done);`,
	});
	return [
		{
			id: 'hellos',
			name: 'new connections',
			requests: {},
			source: `Promise.all(fresh().map((origin) => new Promise((done) => { const image = new Image(); ${pixelSource("origin + '/r/hellos'")} }))).then(done)`,
			required: fresh > 0,
		},
		cutTwice('resumption', 'resumption, TLS 1.3'),
		cutTwice('tls12', 'resumption, TLS 1.2'),
		{
			id: 'websocket',
			name: 'WebSocket',
			requests: { '': { kind: 'websocket' } },
			source: socketSource(`at('main') + '/r/websocket'`),
		},
		{
			id: 'websocket-h2',
			name: 'WebSocket over HTTP/2',
			requests: { '': { kind: 'websocket-h2', method: 'CONNECT', site: 'same-site' } },
			// The peer's SETTINGS must be known before, so the connection is there first.
			source: `fetch(at('websocket') + '/r/ready', { credentials: 'include' }).catch(() => 0).then(() => { ${socketSource(`at('websocket') + '/r/websocket-h2'`)} });`,
			required: false,
		},
		{
			id: 'parallel',
			name: 'requests at once',
			requests: {},
			source: `Promise.all([fetch('/r/parallel/held'), fetch('/r/parallel/other')]).then(done, done)`,
		},
		{
			id: 'upload',
			name: 'upload',
			requests: {},
			source: `fetch('/r/upload', { method: 'POST', body: new Blob([new Uint8Array(300000)]) }).then(done, done)`,
		},
		{
			id: 'download',
			name: 'download of 24 MB',
			requests: {},
			source: `fetch('/r/download').then((answer) => answer.arrayBuffer()).then(done, done)`,
			answer: () => ({ headers: [['content-type', 'application/octet-stream']], body: zeros(24 * 1024 * 1024) }),
		},
		{
			id: 'cookies',
			name: 'cookies',
			requests: { again: { kind: 'fetch' } },
			source: `fetch('/r/cookies').then(() => fetch('/r/cookies/again')).then(() => fetch('/r/cookies/again')).then(() => fetch('/r/cookies/end')).then(done, done)`,
		},
	];
}

async function* zeros(length: number): AsyncGenerator<Buffer> {
	const chunk = Buffer.alloc(64 * 1024);
	for (let left = length; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}

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
		{ server: 'main', steps: own.filter(({ source }) => source) },
		{ server: 'main', steps: scripts },
		...navigations,
		{ server: 'main', steps: connectionSteps(fresh) },
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
