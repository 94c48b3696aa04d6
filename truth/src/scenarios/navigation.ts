import type { MirrorRequest, Reply } from '@wiretwin/mirror';
import { ASKED_HINTS } from '@wiretwin/mirror/visit';
import { html, overNetwork, type Page, type Scenario, typed } from '../scenario.ts';

const START = '/start';

/** Hints that say what a browser has measured: about its machine, not about the browser. */
const MEASURED: ReadonlySet<string> = new Set([
	...['viewport-width', 'sec-ch-viewport-width', 'sec-ch-viewport-height', 'rtt', 'downlink'],
]);
const HINTS = ASKED_HINTS.filter((name) => !MEASURED.has(name)).join(', ');

/** A page whose origin asks for client hints. */
function asking(body: string): Page {
	return async (request, count) => {
		const reply = await html(body)(request, count);
		return { ...reply, headers: [...(reply.headers ?? []), ['accept-ch', HINTS]] };
	};
}

/** The browser's own way to a page: address bar, links, reload, redirects. */
export const navigationScenarios: readonly Scenario[] = [
	{
		name: 'typed navigation',
		pages: { [START]: html('typed') },
		browser: (browser, { url }) => browser.navigate(url(START)),
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(START))).text();
		},
	},
	{
		name: 'second request on a connection',
		pages: { [START]: html('one'), '/again': html('two') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(START));
			await browser.navigate(url('/again?x=1'));
			await browser.navigate(url(START));
		},
		wiretwin: async (session, { url }) => {
			for (const path of [START, '/again?x=1', START]) await (await session.fetch(url(path))).text();
		},
	},
	{
		name: 'client hints',
		pages: {
			[START]: asking('<a id=go href=/next>go</a>'),
			'/next': html('next'),
			'/data': typed('application/json', '{}'),
			'/image.svg': typed('image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>'),
		},
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url(START));
			await browser.evaluate(`fetch('/data', { headers: { 'x-one': '1' } }).then((a) => a.text()).then(() => 1)`);
			await browser.evaluate(`void (new Image().src = '/image.svg')`);
			await seen('/image.svg');
			await browser.follow('#go');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(START))).text();
			const data = { kind: 'fetch', headers: { 'x-one': '1' }, referrer: url(START) } as const;
			await (await session.fetch(url('/data'), data)).text();
			await (await session.fetch(url('/image.svg'), { kind: 'image', referrer: url(START) })).text();
			await (await session.fetch(url('/next'), { referrer: url(START) })).text();
		},
	},
	{
		name: 'link click',
		pages: { [START]: html('<a id=go href=/next>go</a>'), '/next': html('next') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(START));
			await browser.follow('#go');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(START))).text();
			await (await session.fetch(url('/next'), { referrer: url(START) })).text();
		},
	},
	{
		name: 'link click, cross-site',
		pages: { [START]: html('<a id=go href=/away>go</a>'), '/next': html('next') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(START));
			await browser.evaluate(
				`void (document.querySelector('#go').href = ${JSON.stringify(url('/next', 'other.example'))})`,
			);
			await browser.follow('#go');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(START))).text();
			await (await session.fetch(url('/next', 'other.example'), { referrer: url(START) })).text();
		},
	},
	{
		name: 'reload',
		pages: { [START]: html('again') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(START));
			await browser.reload();
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(START))).text();
			await (await session.fetch(url(START), { kind: 'reload' })).text();
		},
	},
	{
		name: 'redirect chain, same site',
		pages: { [START]: redirect('/hop'), '/hop': redirect('/end'), '/end': html('end') },
		browser: (browser, { url }) => browser.navigate(url(START)),
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(START))).text();
		},
	},
	{
		name: 'redirect chain, cross-site',
		pages: { [START]: redirectToOther('/hop'), '/hop': redirect('/end'), '/end': html('end') },
		browser: (browser, { url }) => browser.navigate(url(START)),
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(START))).text();
		},
	},
	{
		name: 'redirect that may be stored',
		pages: {
			[START]: overNetwork(() => ({ status: 302, headers: [['location', '/end']] })),
			'/end': html('end'),
		},
		browser: (browser, { url }) => browser.navigate(url(START)),
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(START))).text();
		},
	},
	{
		name: 'redirect with an unfinished body',
		pages: { [START]: (request) => ({ ...redirectReply('/end'), body: untilAborted(request) }), '/end': html('end') },
		browser: (browser, { url }) => browser.navigate(url(START)),
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(START))).text();
		},
	},
	{
		name: 'cookies',
		pages: {
			[START]: () => ({
				headers: [
					['content-type', 'text/html'],
					['cache-control', 'no-store'],
					['set-cookie', 'short=1; Path=/'],
					['set-cookie', 'session=0123456789abcdef0123456789abcdef; Path=/; HttpOnly; Secure; SameSite=Lax'],
					['set-cookie', 'x3=1; Path=/'],
				],
				body: '<!doctype html><link rel=icon href=data:,>cookies',
			}),
			'/next': html('next'),
		},
		browser: async (browser, { url }) => {
			await browser.navigate(url(START));
			await browser.navigate(url('/next'));
			await browser.navigate(url('/next'));
		},
		wiretwin: async (session, { url }) => {
			for (const path of [START, '/next', '/next']) await (await session.fetch(url(path))).text();
		},
	},
];

function redirectReply(location: string): Reply {
	return {
		status: 302,
		headers: [
			['location', location],
			['cache-control', 'no-store'],
		],
	};
}

function redirect(location: string): Page {
	return () => redirectReply(location);
}

function redirectToOther(path: string): Page {
	return (request) => redirectReply(`https://other.example:${request.url.port}${path}`);
}

/** One byte, and no end before the client gives the answer up. */
async function* untilAborted({ signal }: MirrorRequest): AsyncGenerator<Buffer> {
	yield Buffer.from('x');
	await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
