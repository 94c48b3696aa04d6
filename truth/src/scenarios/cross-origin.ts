import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { FetchInit } from 'wiretwin';
import { type Host, html, type Page, type Scenario } from '../scenario.ts';

const PAGE = '/page';
const TARGET = '/sub';

/** Lets a page of another origin read the answer. */
const shared: Page = (request) => ({
	headers: [
		['content-type', 'application/json'],
		['cache-control', 'no-store'],
		['access-control-allow-origin', request.header('origin') ?? '*'],
		['access-control-allow-credentials', 'true'],
	],
	body: '{}',
});

type CrossOrigin = {
	name: string;
	only?: BrowserName;
	host: Host;
	source(target: string): string;
	init: FetchInit;
};

const cases: readonly CrossOrigin[] = [
	{
		// Firefox decides by a race whether an anonymous request shares the connection: mostly it does.
		name: 'fetch without credentials, same origin',
		only: 'chromium',
		host: 'www.mirror.test',
		source: (target) => `fetch(${target}, { credentials: 'omit' }).then(done, done)`,
		init: { kind: 'fetch', credentials: 'omit' },
	},
	{
		name: 'fetch with credentials, same site',
		host: 'api.mirror.test',
		source: (target) => `fetch(${target}, { credentials: 'include' }).then(done, done)`,
		init: { kind: 'fetch', credentials: 'include' },
	},
	{
		name: 'fetch with credentials, cross-site',
		host: 'other.example',
		source: (target) => `fetch(${target}, { credentials: 'include' }).then(done, done)`,
		init: { kind: 'fetch', credentials: 'include' },
	},
	{
		name: 'fetch, cross-site',
		host: 'other.example',
		source: (target) => `fetch(${target}).then(done, done)`,
		init: { kind: 'fetch' },
	},
	{
		name: 'image, cross-site',
		host: 'other.example',
		source: (target) => `const image = new Image(); image.onload = image.onerror = done; image.src = ${target}`,
		init: { kind: 'image' },
	},
];

/** Requests from a page to another origin, and those that carry no credentials. */
export const crossOriginScenarios: readonly Scenario[] = cases.map(({ name, only, host, source, init }) => ({
	name,
	...(only ? { only } : {}),
	pages: { [PAGE]: html('page'), [TARGET]: shared },
	browser: async (browser, { url }) => {
		await browser.navigate(url(PAGE));
		const target = JSON.stringify(url(TARGET, host));
		await browser.evaluate(`new Promise((resolve) => { const done = () => resolve(1); ${source(target)}; })`);
	},
	wiretwin: async (session, { url }) => {
		await (await session.fetch(url(PAGE))).text();
		await (await session.fetch(url(TARGET, host), { ...init, referrer: url(PAGE) })).text();
	},
}));
