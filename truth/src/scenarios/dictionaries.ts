import { setTimeout } from 'node:timers/promises';
import { dictionarySample } from '@wiretwin/mirror';
import { PIXEL } from '@wiretwin/mirror/visit';
import type { FetchInit } from 'wiretwin';
import { html, type Page, type Scenario, type ServerOptions, typed } from '../scenario.ts';

const PAGE = '/d/page';
const NEXT = '/d/next';
/** Chromium knows a dictionary when it has been written to its disk, milliseconds; nothing tells when. */
const WRITTEN = 1_000;

const dictionary: Page = () => ({
	headers: [
		['content-type', 'text/plain'],
		['use-as-dictionary', 'match="/d/*", id="first"'],
		['cache-control', 'max-age=1000'],
	],
	body: dictionarySample.dictionary,
});

const withCookie: Page = async (request, count) => {
	const reply = await html('page')(request, count);
	return { ...reply, headers: [...(reply.headers ?? []), ['set-cookie', 'a=b']] };
};

/** An answer that is coded with the dictionary, if the request has it. */
const coded: Page = (request) => {
	const isCoded = request.header('available-dictionary') !== null;
	return {
		headers: [
			['content-type', 'text/plain'],
			...(isCoded ? ([['content-encoding', 'dcz']] as Array<[string, string]>) : []),
			['etag', '"v1"'],
			['cache-control', 'no-cache'],
		],
		body: isCoded ? dictionarySample.dcz : dictionarySample.body,
	};
};

const pages = {
	[PAGE]: withCookie,
	[NEXT]: html('next'),
	'/d/frame': html('frame'),
	'/d/dictionary': dictionary,
	'/d/again': coded,
	'/d/post': typed('text/plain', 'posted'),
	'/d/image': typed('image/png', PIXEL),
	'/d/script': typed('text/javascript', ''),
	'/d/linked': typed('text/plain', 'linked'),
};

const read = (path: string, init = '{}') => `fetch('${path}', ${init}).then((answer) => answer.text()).then(() => 1)`;
const IMAGE =
	"new Promise((done) => { const image = new Image(); image.onload = image.onerror = () => done(1); image.src = '/d/image'; })";
const element = (made: string) =>
	`new Promise((done) => { const made = ${made}; made.onload = made.onerror = () => done(1); document.body.append(made); })`;

const use = (name: string, server: ServerOptions = {}): Scenario => ({
	name,
	server,
	pages,
	cache: true,
	browser: async (browser, { url }) => {
		await browser.navigate(url(PAGE));
		await browser.evaluate(read('/d/dictionary'));
		await setTimeout(WRITTEN);
		await browser.navigate(url(NEXT));
		await browser.evaluate(read('/d/again'));
		await browser.evaluate(read('/d/again'));
		await browser.evaluate(read('/d/post', "{ method: 'POST', body: 'x' }"));
		await browser.evaluate(IMAGE);
		await browser.evaluate(element("Object.assign(document.createElement('script'), { src: '/d/script' })"));
		await browser.evaluate(element("Object.assign(document.createElement('iframe'), { src: '/d/frame' })"));
	},
	wiretwin: async (session, { url }) => {
		const ask = async (path: string, init: FetchInit) => (await session.fetch(url(path), init)).text();
		await ask(PAGE, {});
		await ask('/d/dictionary', { kind: 'fetch', initiator: url(PAGE) });
		await ask(NEXT, {});
		const initiator = url(NEXT);
		await ask('/d/again', { kind: 'fetch', initiator });
		await ask('/d/again', { kind: 'fetch', initiator });
		await ask('/d/post', { kind: 'fetch', initiator, method: 'POST', body: 'x' });
		await ask('/d/image', { kind: 'image', initiator });
		await ask('/d/script', { kind: 'script-async', initiator });
		await ask('/d/frame', { kind: 'iframe', initiator });
	},
});

/** What Chromium sends where an earlier answer is a dictionary (RFC 9842); Firefox has none and shows that nothing is sent. */
export const dictionaryScenarios: readonly Scenario[] = [
	use('dictionary'),
	use('dictionary, HTTP/1.1', { protocols: ['http/1.1'] }),
	{
		name: 'dictionary that a page links to',
		pages,
		only: 'chromium',
		cache: true,
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url(PAGE));
			const link =
				"Object.assign(document.createElement('link'), { rel: 'compression-dictionary', href: '/d/linked' })";
			await browser.evaluate(`void document.head.append(${link})`);
			await seen('/d/linked');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			await (await session.fetch(url('/d/linked'), { kind: 'compression-dictionary', initiator: url(PAGE) })).text();
		},
	},
];
