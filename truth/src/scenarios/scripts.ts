import type { FetchInit } from 'wiretwin';
import { exchange, html, type Page, type Scenario, typed } from '../scenario.ts';

const PAGE = '/page';
const DATA = '/data';

const pages: Readonly<Record<string, Page>> = { [PAGE]: html('page') };

/** A call of `fetch()` in a page, and the same call of `session.fetch`. */
function fetchScenario(name: string, init: Pick<FetchInit, 'method' | 'headers' | 'body'>): Scenario {
	const source = `fetch(${JSON.stringify(DATA)}, ${JSON.stringify(init)}).then((answer) => answer.text()).then(() => 1)`;
	return {
		name,
		pages: { ...pages, [DATA]: typed('application/json', '{}') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(PAGE));
			await browser.evaluate(source);
			await browser.evaluate(source);
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			for (let count = 0; count < 2; count++) {
				await (await session.fetch(url(DATA), { ...init, kind: 'fetch', referrer: url(PAGE) })).text();
			}
		},
	};
}

/** What a page's script sends. */
export const scriptScenarios: readonly Scenario[] = [
	fetchScenario('fetch GET', {}),
	fetchScenario('fetch GET, caller headers', {
		headers: { 'X-Custom': '1', Authorization: 'Bearer abc', Accept: 'application/json', 'x-request-id': 'r-1' },
	}),
	fetchScenario('fetch POST, JSON', {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': 'token' },
		body: '{"a":1}',
	}),
	fetchScenario('fetch POST, text', { method: 'POST', body: 'text' }),
	{
		name: 'XHR',
		pages: { ...pages, [DATA]: typed('application/json', '{}') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(PAGE));
			await browser.evaluate(`new Promise((resolve) => {
				const request = new XMLHttpRequest();
				request.open('POST', ${JSON.stringify(DATA)});
				request.setRequestHeader('X-Requested-With', 'XMLHttpRequest');
				request.setRequestHeader('Content-Type', 'application/json');
				request.onloadend = () => resolve(1);
				request.send('{}');
			})`);
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			const headers = { 'X-Requested-With': 'XMLHttpRequest', 'Content-Type': 'application/json' };
			const init: FetchInit = { method: 'POST', headers, body: '{}', kind: 'xhr', referrer: url(PAGE) };
			await (await session.fetch(url(DATA), init)).text();
		},
	},
	{
		name: 'preflight',
		pages,
		browser: async (browser, { url }) => {
			await browser.navigate(url(PAGE));
			const target = JSON.stringify(url('/echo', 'api.mirror.test'));
			await browser.evaluate(
				`fetch(${target}, { method: 'PUT', headers: { 'X-Custom': '1' }, body: 'x' }).then((a) => a.text()).then(() => 1)`,
			);
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			const target = url('/echo', 'api.mirror.test');
			const from = new URL(url(PAGE)).origin;
			await exchange(session, {
				url: target,
				method: 'OPTIONS',
				kind: 'preflight',
				layout: {
					site: 'same-site',
					referer: `${from}/`,
					origin: from,
					preflight: { method: 'PUT', headers: 'x-custom' },
				},
			});
			const init: FetchInit = {
				method: 'PUT',
				headers: { 'X-Custom': '1' },
				body: 'x',
				kind: 'fetch',
				referrer: url(PAGE),
			};
			await (await session.fetch(target, init)).text();
		},
	},
	{
		name: 'EventSource',
		pages: { ...pages, '/events': typed('text/event-stream', 'retry: 100000\ndata: 1\n\n') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(PAGE));
			await browser.evaluate(`new Promise((resolve) => {
				const source = new EventSource('/events');
				source.onerror = () => (source.close(), resolve(1));
			})`);
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			await (await session.fetch(url('/events'), { kind: 'eventsource', referrer: url(PAGE) })).text();
		},
	},
	{
		name: 'beacon',
		pages: { ...pages, '/beacon': () => ({ status: 204 }) },
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url(PAGE));
			await browser.evaluate(`navigator.sendBeacon('/beacon', 'bye')`);
			await seen('/beacon');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			await (
				await session.fetch(url('/beacon'), { method: 'POST', body: 'bye', kind: 'beacon', referrer: url(PAGE) })
			).text();
		},
	},
	...(['www.mirror.test', 'other.example'] as const).map(
		(host): Scenario => ({
			name: `EventSource of ${host} that connects again`,
			pages: {
				...pages,
				'/events': (request) => ({
					headers: [
						['content-type', 'text/event-stream'],
						['cache-control', 'no-store'],
						['access-control-allow-origin', request.header('origin') ?? '*'],
					],
					body: 'retry: 10\nid: 7\ndata: 1\n\n',
				}),
			},
			browser: async (browser, { url }) => {
				await browser.navigate(url(PAGE));
				await browser.evaluate(`new Promise((resolve) => {
					const source = new EventSource(${JSON.stringify(url('/events', host))});
					let ends = 0;
					source.onerror = () => ++ends === 2 && (source.close(), resolve(1));
				})`);
			},
			wiretwin: async (session, { url }) => {
				await (await session.fetch(url(PAGE))).text();
				const init: FetchInit = { kind: 'eventsource', referrer: url(PAGE) };
				await (await session.fetch(url('/events', host), init)).text();
				await (await session.fetch(url('/events', host), { ...init, headers: { 'Last-Event-ID': '7' } })).text();
			},
		}),
	),
	{
		name: 'beacon of JSON, and its question',
		pages: {
			...pages,
			'/beacon': (request) => ({
				status: 204,
				headers: [
					['access-control-allow-origin', request.header('origin') ?? '*'],
					['access-control-allow-credentials', 'true'],
					['access-control-allow-headers', 'content-type'],
				],
			}),
		},
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url(PAGE));
			const target = JSON.stringify(url('/beacon', 'other.example'));
			await browser.evaluate(`navigator.sendBeacon(${target}, new Blob(['{}'], { type: 'application/json' }))`);
			await seen('/beacon', 2);
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			const target = url('/beacon', 'other.example');
			const headers = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
			const init: FetchInit = {
				method: 'OPTIONS',
				kind: 'preflight',
				preflightFor: 'beacon',
				credentials: 'include',
				headers,
			};
			await (await session.fetch(target, { ...init, referrer: url(PAGE) })).text();
			const body = new Blob(['{}'], { type: 'application/json' });
			await (
				await session.fetch(target, { kind: 'beacon', method: 'POST', mode: 'cors', body, referrer: url(PAGE) })
			).text();
		},
	},
];
