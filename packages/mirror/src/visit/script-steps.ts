/** Steps that a page's script does: `fetch()`, XHR and their kin. */
import type { VisitContext } from './context.ts';
import type { Step } from './step.ts';

type FetchStep = { method?: string; headers?: Record<string, string>; body?: string } & Pick<
	VisitContext,
	'credentials' | 'cache' | 'mode'
> & { priority?: 'high' | 'low' };

/** A call of `fetch()`, made twice so that compression is seen to repeat. */
export function fetchStep(id: string, name: string, init: FetchStep, server: 'main' | 'http1' = 'main'): Step {
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
		source: `const get = () => fetch(at('main', '${host}') + '/r/${id}', ${JSON.stringify(init)}); get().then(get).then(done, done)`,
	};
}

export function xhrStep(prefix: string): Step {
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

export const eventSource = (prefix: string): Step => ({
	id: `${prefix}eventsource`,
	name: 'EventSource',
	requests: { '': { kind: 'eventsource' } },
	source: `const source = new EventSource('/r/${prefix}eventsource'); source.onerror = () => (source.close(), done());`,
	answer: () => ({ headers: [['content-type', 'text/event-stream']], body: 'retry: 100000\ndata: 1\n\n' }),
});

export const beacon = (prefix: string): Step => ({
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

export const CALLER = {
	'X-Custom': '1',
	Authorization: 'Bearer abc',
	Accept: 'application/json',
	'x-request-id': 'r-1',
};

/** Sizes around the half of HPACK's table (4096), where an encoder may stop to index. */
const LARGE = [1900, 2100, 3000] as const;

/** Separators are random, and Firefox's have fewer than 32 digits in one of eight: one visit in 400,000 shows none of these. */
const FORMS = Array.from({ length: 100 }, (_, index) => String(index));
/** More would open another connection. */
const FORMS_AT_ONCE = 20;

const formData: Step = {
	id: 'form-data',
	name: 'fetch POST, FormData',
	requests: Object.fromEntries(FORMS.map((key) => [key, { kind: 'fetch', method: 'POST' }])),
	source: `const body = () => { const form = new FormData(); form.append('a', 'b'); return form; };
		const send = (n) => n < ${FORMS.length} && fetch('/r/form-data/' + n, { method: 'POST', body: body() }).then(() => send(n + ${FORMS_AT_ONCE}));
		Promise.all(Array.from({ length: ${FORMS_AT_ONCE} }, (_, n) => send(n))).then(done, done);`,
};

/** All of them, over HTTP/2. */
export const scriptSteps: readonly Step[] = [
	fetchStep('fetch-get', 'fetch GET', {}),
	fetchStep('fetch-headers', 'fetch GET, own headers', { headers: CALLER }),
	fetchStep('fetch-json', 'fetch POST, JSON', {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': 'token' },
		body: '{"a":1}',
	}),
	fetchStep('fetch-text', 'fetch POST, text', { method: 'POST', body: 'text' }),
	formData,
	fetchStep('fetch-empty', 'fetch POST without a body', { method: 'POST' }),
	fetchStep('fetch-high', 'fetch, high priority', { priority: 'high' }),
	fetchStep('fetch-low', 'fetch, low priority', { priority: 'low' }),
	fetchStep('fetch-no-store', 'fetch, no-store', { cache: 'no-store' }),
	fetchStep('fetch-reload', 'fetch, reload', { cache: 'reload' }),
	xhrStep(''),
	eventSource(''),
	beacon(''),
	foreignFetch('sibling-credentials', 'fetch with credentials, same site', 'sibling', 'include'),
	fetchStep('anonymous', 'fetch without credentials', { credentials: 'omit' }),
	preflight,
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
