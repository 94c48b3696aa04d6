import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { FetchInit } from 'wiretwin';
import { type Host, html, type Page, type Scenario, type ServerOptions, type Stage } from '../scenario.ts';

/** One thing that a page asks for, and the call of `session.fetch` that is the same. */
export type Ask = {
	/** Markup of a page of its own that asks for `url`. */
	markup?: (url: string) => { head?: string; body?: string };
	/** Or: a statement that makes the page that is there ask for `url` (a literal of JavaScript) and then calls `done`. */
	source?: (url: string) => string;
	/** @default the page's own */
	host?: Host;
	init: FetchInit;
	/** @default a script, kept for a while, that every page may read */
	answer?: Page;
	/** Path of the request. @default one for each ask */
	path?: string;
	/** Paths that redirects lead through. */
	more?: Readonly<Record<string, Page>>;
};

/** What pages ask for, one thing after the other. */
export type Asks = {
	name: string;
	only?: BrowserName;
	server?: ServerOptions;
	/** Fields of the page. */
	page?: ReadonlyArray<readonly [name: string, value: string]>;
	/** Hosts that are visited before, and leave a cookie. */
	visited?: readonly Host[];
	asks: readonly Ask[];
};

/** Cookies of a host that go to wherever a browser lets them. */
const COOKIE = 'c=1; Secure; SameSite=None; Path=/';

/** Lets a page of another origin read the answer; kept, because Firefox asks twice for what it preloads and must not keep. */
export function readable(contentType: string, body: string | Uint8Array): Page {
	return (request) => ({
		headers: [
			['content-type', contentType],
			['cache-control', 'max-age=600'],
			['access-control-allow-origin', request.header('origin') ?? '*'],
			['access-control-allow-credentials', 'true'],
		],
		body,
	});
}

/** Makes a scenario of what pages ask for. */
export function asking({ name, only, server, page: fields = [], visited = [], asks }: Asks): Scenario {
	const pages: Record<string, Page> = {
		'/visited': withFields(html('visited'), [['set-cookie', COOKIE]]),
		'/page': withFields(html('page'), fields),
	};
	for (const [index, ask] of asks.entries()) {
		pages[pathOf(ask, index)] = afterBody(ask.answer ?? readable('text/javascript', '/**/'));
		Object.assign(pages, ask.more);
		// The port, and so the URL, is known when the page is asked for.
		pages[`/page${index}`] = (request, count) => {
			const port = request.url.port;
			const { head, body } = ask.markup?.(urlOf(ask, index, (path, host) => `https://${host}:${port}${path}`)) ?? {};
			return withFields(html(body ?? 'page', head), fields)(request, count);
		};
	}
	return {
		name,
		...(only ? { only } : {}),
		...(server ? { server } : {}),
		pages,
		browser: async (browser, { url, seen }) => {
			for (const host of visited) await browser.navigate(url('/visited', host));
			if (asks[0]?.source) await browser.navigate(url('/page'));
			for (const [index, ask] of asks.entries()) {
				const target = JSON.stringify(urlOf(ask, index, url));
				if (ask.markup) await browser.navigate(url(`/page${index}`));
				else
					await browser.evaluate(
						`new Promise((resolve) => { const done = () => resolve(1); ${ask.source?.(target)}; })`,
					);
				await seen(pathOf(ask, index));
			}
		},
		wiretwin: async (session, { url }) => {
			for (const host of visited) await (await session.fetch(url('/visited', host))).text();
			let page = url('/page');
			if (asks[0]?.source) await (await session.fetch(page)).text();
			for (const [index, ask] of asks.entries()) {
				if (ask.markup) {
					page = url(`/page${index}`);
					await (await session.fetch(page)).text();
				}
				await (await session.fetch(urlOf(ask, index, url), { referrer: page, ...ask.init })).text();
			}
		},
	};
}

/** The same answer once the request is whole: Firefox ends no upload whose answer is there. */
function afterBody(page: Page): Page {
	return async (request, count) => {
		await request.readBody();
		return page(request, count);
	};
}

function pathOf({ path }: Ask, index: number): string {
	return path ?? `/sub${index}`;
}

function urlOf(ask: Ask, index: number, url: Stage['url']): string {
	return url(pathOf(ask, index), ask.host ?? 'www.mirror.test');
}

function withFields(page: Page, fields: ReadonlyArray<readonly [name: string, value: string]>): Page {
	return async (request, count) => {
		const reply = await page(request, count);
		return {
			...reply,
			headers: [...(reply.headers ?? []), ...fields.map(([name, value]): [string, string] => [name, value])],
		};
	};
}
