import { PIXEL } from '@wiretwin/mirror/visit';
import type { Page as OpenPage } from 'wiretwin';
import { html, overNetwork, type Page, type Scenario, typed } from '../scenario.ts';

/** A document that is not kept as a page: the browser has to build it anew when the user comes back. */
const LEFT = `<script>addEventListener('unload', () => {})</script>`;
const BACK = 'history.back()';
const link = (href: string) => `${LEFT}<a id=go href="${href}">go</a>`;

/** An answer that has to be asked for again by whoever does not come back. */
const stale =
	(type: string, body: string | Uint8Array): Page =>
	() => ({
		headers: [
			['content-type', type],
			['cache-control', 'no-cache, must-revalidate'],
			['etag', '"v1"'],
		],
		body,
	});
const document = (body: string) => `<!doctype html><link rel=icon href=data:,><body>${body}`;
/** By a script: what the parser finds ahead Firefox asks for twice if it must not be kept. */
const SHOWN = "<script>new Image().src = '/image'</script>";

const read = async (page: OpenPage): Promise<OpenPage> => {
	await page.response?.text();
	return page;
};

/** The back button, where the browser has the answers but not the page (both: `force-cache`, docs/internals/memory.md). */
export const historyScenarios: readonly Scenario[] = [
	{
		name: 'back to a kept page',
		pages: {
			'/kept': overNetwork(stale('text/html', document(`${link('/next')}${SHOWN}`))),
			'/image': overNetwork(stale('image/png', PIXEL)),
			'/next': overNetwork(html('next')),
			'/end': overNetwork(typed('text/plain', 'x')),
		},
		cache: true,
		browser: async (browser, { url }) => {
			await browser.navigate(url('/kept'));
			await browser.follow('#go');
			await browser.leave(BACK);
			await browser.evaluate(`fetch('/end').then((answer) => answer.text()).then(() => 1)`);
		},
		wiretwin: async (session, { url }) => {
			const page = await read(await session.open(url('/kept')));
			await (await page.load('image', '/image')).bytes();
			await read(await page.click('/next'));
			const back = await read(await page.revisit());
			await (await back.load('image', '/image')).bytes();
			await (await back.fetch('/end')).text();
		},
	},
	{
		name: 'back to a page that is not kept',
		pages: {
			'/typed': overNetwork(html(link('/first'))),
			'/first': overNetwork(html(link('/second'))),
			'/second': overNetwork(html('second')),
		},
		cache: true,
		browser: async (browser, { url }) => {
			await browser.navigate(url('/typed'));
			await browser.follow('#go');
			await browser.follow('#go');
			await browser.leave(BACK);
			await browser.leave(BACK);
		},
		wiretwin: async (session, { url }) => {
			const typed = await read(await session.open(url('/typed')));
			const first = await read(await typed.click('/first'));
			await read(await first.click('/second'));
			await read(await first.revisit());
			await read(await typed.revisit());
		},
	},
	{
		name: 'back to a page of another site',
		pages: {
			'/start': overNetwork(html(link('{other}'))),
			'/there': overNetwork(html(link('/on'))),
			'/on': overNetwork(html('on')),
		},
		cache: true,
		browser: async (browser, { url }) => {
			await browser.navigate(url('/start'));
			await browser.evaluate(`document.querySelector('#go').href = '${url('/there', 'other.example')}'`);
			await browser.follow('#go');
			await browser.follow('#go');
			await browser.leave(BACK);
		},
		wiretwin: async (session, { url }) => {
			const start = await read(await session.open(url('/start')));
			const there = await read(await start.click(url('/there', 'other.example')));
			await read(await there.click('/on'));
			await read(await there.revisit());
		},
	},
];
