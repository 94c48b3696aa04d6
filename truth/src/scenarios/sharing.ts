import type { BrowserName } from '@wiretwin/mirror/browsers';
import { type Host, html, overNetwork, type Page, type Scenario, type ServerOptions } from '../scenario.ts';

const WWW: Host = 'www.mirror.test';
const API: Host = 'api.mirror.test';
const OTHER: Host = 'other.example';

const PAGE = '/page';
const OPEN = '/open';
/** 421 to the first request, then an answer. */
const ONCE = '/misdirected-once';
const ALWAYS = '/misdirected-always';
const MOVED_PAGE = '/misdirected-page';

/** What a page asks for by script, or a user by the address bar. */
type Step =
	| { visit: Host; path?: string }
	| { frame: Host }
	| { ask: Host; credentials: 'include' | 'omit'; path?: string; method?: 'GET' | 'POST' };

const open: Page = (request) => ({
	headers: [
		['content-type', 'application/json'],
		['cache-control', 'no-store'],
		['access-control-allow-origin', request.header('origin') ?? '*'],
		['access-control-allow-credentials', 'true'],
	],
	body: '{}',
});

/** RFC 9110 15.5.20. Without a body, so that nothing of the answer is left when the request is repeated. */
const misdirected: Page = (request) => ({
	status: 421,
	headers: [
		['cache-control', 'no-store'],
		['access-control-allow-origin', request.header('origin') ?? '*'],
		['access-control-allow-credentials', 'true'],
	],
});

const page = html('page');
const pages: Readonly<Record<string, Page>> = {
	[PAGE]: page,
	[OPEN]: open,
	[ONCE]: overNetwork((request, count) => (count === 1 ? misdirected : open)(request, count)),
	[ALWAYS]: overNetwork(misdirected),
	[MOVED_PAGE]: overNetwork((request, count) => (count === 1 ? misdirected : page)(request, count)),
};

/** Adds a frame to the page and waits for it. */
function frame(target: string): string {
	return `new Promise((resolve) => {
		const element = document.createElement('iframe');
		element.onload = () => resolve(1);
		element.src = ${JSON.stringify(target)};
		document.body.append(element);
	})`;
}

/** Both sides take the same steps, one after the other: which connection serves each is what matters. */
function steps(
	name: string,
	list: readonly Step[],
	rest: { only?: BrowserName; server?: ServerOptions } = {},
): Scenario {
	return {
		name,
		...rest,
		pages,
		browser: async (browser, { url }) => {
			for (const step of list) {
				if ('visit' in step) await browser.navigate(url(step.path ?? PAGE, step.visit));
				else if ('frame' in step) await browser.evaluate(frame(url(PAGE, step.frame)));
				else {
					const { ask, credentials, path = OPEN, method = 'GET' } = step;
					const init = { credentials, method, ...(method === 'POST' ? { body: 'x' } : {}) };
					await browser.evaluate(
						`fetch(${JSON.stringify(url(path, ask))}, ${JSON.stringify(init)}).then((answer) => answer.text()).then(() => 1)`,
					);
				}
			}
		},
		wiretwin: async (session, { url }) => {
			let current = '';
			for (const step of list) {
				if ('visit' in step) {
					current = url(step.path ?? PAGE, step.visit);
					await (await session.fetch(current)).text();
				} else if ('frame' in step) {
					await (await session.fetch(url(PAGE, step.frame), { kind: 'iframe', referrer: current })).text();
				} else {
					const { ask, credentials, path = OPEN, method = 'GET' } = step;
					const body = method === 'POST' ? { body: 'x' } : {};
					const init = { kind: 'fetch', referrer: current, credentials, method, ...body } as const;
					await (await session.fetch(url(path, ask), init)).text();
				}
			}
		},
	};
}

/** Connections that serve more than one host, those that do not, and what 421 (Misdirected Request) does to them. */
export const sharingScenarios: readonly Scenario[] = [
	steps('sites and hosts', [
		{ visit: WWW },
		{ ask: API, credentials: 'include' },
		{ ask: OTHER, credentials: 'include' },
		{ visit: OTHER },
		{ ask: WWW, credentials: 'include' },
		{ visit: API },
		{ ask: WWW, credentials: 'include' },
	]),
	steps('credentials before none', [
		{ visit: WWW },
		{ ask: OTHER, credentials: 'include' },
		{ ask: OTHER, credentials: 'omit' },
		{ ask: API, credentials: 'omit' },
	]),
	steps('frames of two sites', [
		{ visit: WWW },
		{ frame: API },
		{ frame: OTHER },
		{ ask: OTHER, credentials: 'include' },
		{ frame: OTHER },
	]),
	// With a connection that anonymous requests opened beside it, Firefox takes one or the other: a race.
	steps(
		'credentials after none',
		[
			{ visit: WWW },
			{ ask: OTHER, credentials: 'omit' },
			{ ask: API, credentials: 'omit' },
			{ ask: WWW, credentials: 'omit' },
			{ ask: API, credentials: 'include' },
			{ ask: OTHER, credentials: 'include' },
		],
		{ only: 'chromium' },
	),
	steps('421, own connection', [
		{ visit: WWW },
		{ ask: WWW, credentials: 'include', path: ONCE },
		{ ask: WWW, credentials: 'include' },
	]),
	steps('421, POST', [
		{ visit: WWW },
		{ ask: WWW, credentials: 'include', path: ONCE, method: 'POST' },
		{ ask: WWW, credentials: 'include' },
	]),
	steps(
		'421, shared connection',
		[
			{ visit: WWW },
			{ ask: API, credentials: 'include', path: ONCE },
			{ ask: WWW, credentials: 'include' },
			{ ask: API, credentials: 'include' },
		],
		// Firefox begins a connection of the host's own beside the shared one. The repetition takes it, or resumes its
		// session: a race.
		{ only: 'chromium' },
	),
	steps(
		'421, HTTP/1.1',
		[
			{ visit: WWW },
			{ ask: WWW, credentials: 'include', path: ONCE },
			{ ask: WWW, credentials: 'include' },
			{ ask: WWW, credentials: 'include', path: ALWAYS },
			{ ask: WWW, credentials: 'include' },
		],
		// Chromium repeats on a spare connection that it opened for the navigation.
		{ server: { protocols: ['http/1.1'] }, only: 'firefox' },
	),
	steps('421, always', [
		{ visit: WWW },
		{ ask: WWW, credentials: 'include', path: ALWAYS },
		{ ask: WWW, credentials: 'include' },
	]),
	steps('421, navigation', [{ visit: WWW }, { visit: WWW, path: MOVED_PAGE }, { ask: WWW, credentials: 'include' }]),
];
