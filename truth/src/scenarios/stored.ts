import { setTimeout } from 'node:timers/promises';
import { PIXEL } from '@wiretwin/mirror/visit';
import type { FetchInit, Validators } from 'wiretwin';
import { html, overNetwork, type Page, type Scenario, typed } from '../scenario.ts';

const DOCUMENT = '/document';
const DATA = '/data';
const IMAGE = '/image';
const SCRIPT = '/script';
const STYLE = '/style';
const validators = { etag: '"v1"', lastModified: 'Sun, 30 Nov 2025 00:00:00 GMT' } satisfies Validators;

/** An answer that may be kept and has to be asked for again. */
function kept(contentType: string, body: string | Uint8Array, cacheControl = 'no-cache'): Page {
	return overNetwork(async (request, count) => {
		const headers: Array<[string, string]> = [
			['content-type', contentType],
			['cache-control', cacheControl],
			['etag', validators.etag],
			['last-modified', validators.lastModified],
		];
		if (request.header('if-none-match') === validators.etag) return { status: 304, headers };
		return { ...(await typed(contentType, body)(request, count)), headers };
	});
}

const pages = {
	[DOCUMENT]: kept('text/html', '<!doctype html><title>truth</title><link rel=icon href=data:,><body>kept'),
	[DATA]: kept('application/json', '{}'),
	[IMAGE]: kept('image/png', PIXEL),
	[SCRIPT]: kept('text/javascript', ''),
	[STYLE]: kept('text/css', ''),
};
/** By then what was asked behind the page's back is answered, milliseconds. */
const ANSWERED = 200;
const meanwhile = 'max-age=0, stale-while-revalidate=100';
const stalePages = {
	[DOCUMENT]: html('page'),
	[DATA]: kept('application/json', '{}', meanwhile),
	[SCRIPT]: kept('text/javascript', '', meanwhile),
};
const FETCHED = `fetch('${DATA}').then((answer) => answer.text()).then(() => 1)`;
const SHOWN = `new Promise((done) => { const image = new Image(); image.onload = image.onerror = () => done(1); image.src = '${IMAGE}'; })`;
const element = (tag: string, address: string) =>
	`new Promise((done) => { const made = document.createElement('${tag}'); made.onload = made.onerror = () => done(1); ${address}; document.head.append(made); })`;
const RUN = element('script', `made.src = '${SCRIPT}'`);
const STYLED = element('link', `made.rel = 'stylesheet'; made.href = '${STYLE}'`);

/** Answers that the browser has kept and asks for again (RFC 9111 4.3). */
export const storedScenarios: readonly Scenario[] = [
	{
		name: 'kept answers, asked for again',
		pages,
		browser: async (browser, { url }) => {
			await browser.navigate(url(DOCUMENT));
			await browser.navigate(url(DOCUMENT));
			await browser.evaluate(FETCHED);
			await browser.evaluate(FETCHED);
			await browser.reload();
		},
		wiretwin: async (session, { url }) => {
			const ask = async (path: string, init: FetchInit) => (await session.fetch(url(path), init)).text();
			await ask(DOCUMENT, {});
			await ask(DOCUMENT, { validators });
			await ask(DATA, { kind: 'fetch', initiator: url(DOCUMENT) });
			await ask(DATA, { kind: 'fetch', initiator: url(DOCUMENT), validators });
			await ask(DOCUMENT, { kind: 'reload', validators });
		},
	},
	{
		name: 'kept answers, shown while asked for',
		pages: stalePages,
		cache: true,
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url(DOCUMENT));
			await browser.evaluate(RUN);
			await browser.evaluate(FETCHED);
			await browser.evaluate(FETCHED);
			await seen(DATA, 2);
			await setTimeout(ANSWERED);
			await browser.navigate(url(DOCUMENT));
			await browser.evaluate(RUN);
			await seen(SCRIPT, 2);
		},
		wiretwin: async (session, { url, seen }) => {
			const ask = async (path: string, init: FetchInit) => (await session.fetch(url(path), init)).text();
			const initiator = url(DOCUMENT);
			await ask(DOCUMENT, {});
			await ask(SCRIPT, { kind: 'script-async', initiator });
			await ask(DATA, { kind: 'fetch', initiator });
			await ask(DATA, { kind: 'fetch', initiator });
			await seen(DATA, 2);
			await setTimeout(ANSWERED);
			await ask(DOCUMENT, {});
			await ask(SCRIPT, { kind: 'script-async', initiator });
			await seen(SCRIPT, 2);
		},
	},
	...(
		[
			['image', IMAGE, SHOWN, 'image'],
			['script', SCRIPT, RUN, 'script-async'],
			['style sheet', STYLE, STYLED, 'style'],
		] as const
	).map(
		([what, path, shown, kind]): Scenario => ({
			name: `kept ${what}, asked for again`,
			pages,
			browser: async (browser, { url }) => {
				for (let turn = 0; turn < 2; turn++) {
					await browser.navigate(url(DOCUMENT));
					await browser.evaluate(shown);
				}
				await browser.evaluate(FETCHED);
			},
			wiretwin: async (session, { url }) => {
				const ask = async (path: string, init: FetchInit) => (await session.fetch(url(path), init)).text();
				await ask(DOCUMENT, {});
				await ask(path, { kind, initiator: url(DOCUMENT) });
				await ask(DOCUMENT, { validators });
				await ask(path, { kind, initiator: url(DOCUMENT), validators });
				await ask(DATA, { kind: 'fetch', initiator: url(DOCUMENT) });
			},
		}),
	),
];
