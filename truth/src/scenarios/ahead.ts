import { PIXEL } from '@wiretwin/mirror/visit';
import type { RequestKind } from '@wiretwin/profiles';
import { html, type Page, type Scenario, typed } from '../scenario.ts';

const PAGE = '/page';

/** What a 103 answer names, as `Link` has it, and the kind of request that it causes. */
type Hint = { path: string; link: string; kind: RequestKind; answer: Page };

const script = typed('text/javascript', '/**/');
const hints: readonly Hint[] = [
	{ path: '/style', link: 'rel=preload; as=style', kind: 'early-style', answer: typed('text/css', '/**/') },
	{ path: '/script', link: 'rel=preload; as=script', kind: 'early-script', answer: script },
	{ path: '/font', link: 'rel=preload; as=font; crossorigin', kind: 'early-font', answer: typed('font/woff2', 'x') },
	{ path: '/image', link: 'rel=preload; as=image', kind: 'early-image', answer: typed('image/png', PIXEL) },
	{ path: '/module', link: 'rel=modulepreload', kind: 'early-module', answer: script },
	{
		path: '/fetch',
		link: 'rel=preload; as=fetch; crossorigin',
		kind: 'early-fetch',
		answer: typed('application/json', '{}'),
	},
];

/** Named by a 103 answer while the page itself is on its way. One at a time: the order of several is another matter. */
const early = hints.map(({ path, link, kind, answer }): Scenario => {
	/** Pages that wait until what they named has been asked for. */
	const waiting = new Map<string, () => void>();
	return {
		name: `103, ${kind}`,
		optional: true,
		pages: {
			[PAGE]: async (request, count) => {
				request.inform(103, [['link', `<${path}>; ${link}`]]);
				await new Promise<void>((resolve) => waiting.set(request.url.port, resolve));
				return html('page')(request, count);
			},
			[path]: (request, count) => {
				waiting.get(request.url.port)?.();
				return answer(request, count);
			},
		},
		browser: (browser, { url }) => browser.navigate(url(PAGE)),
		wiretwin: async (session, { url, seen }) => {
			const page = session.fetch(url(PAGE));
			await seen(PAGE);
			await (await session.fetch(url(path), { kind, initiator: url(PAGE) })).text();
			await (await page).text();
		},
	};
});

const NEXT = '/next';

/** Speculation rules for a page of the same origin. Only Chromium has them. */
const speculations = (['prefetch', 'prerender'] as const).map((action): Scenario => {
	const rules = JSON.stringify({ [action]: [{ urls: [NEXT], eagerness: 'immediate' }] });
	return {
		name: `speculation rules, ${action}`,
		only: 'chromium',
		optional: true,
		pages: {
			[PAGE]: html(`<script type=speculationrules>${rules}</script>`),
			[NEXT]: html('next'),
		},
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url(PAGE));
			await seen(NEXT);
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			await (await session.fetch(url(NEXT), { kind: `speculation-${action}`, initiator: url(PAGE) })).text();
		},
	};
});

/** What is asked for before there is a page that could ask. */
export const aheadScenarios: readonly Scenario[] = [...early, ...speculations];
