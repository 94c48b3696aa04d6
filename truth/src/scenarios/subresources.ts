import { keptReply, PIXEL, type TypicalRequest, typicalRequests } from '@wiretwin/mirror/visit';
import type { RequestKind } from '@wiretwin/profiles';
import { html, type Page, type Scenario } from '../scenario.ts';

const PAGE = '/page';
const SUB = '/sub';

type Subresource = Pick<TypicalRequest, 'name' | 'kind' | 'markup' | 'source' | 'answer' | 'only'> & {
	/** What the page asks for first, and what leads to `/sub`. */
	before?: { path: string; answer: Page; kind: RequestKind };
};

/** Far below the window: an image that is in it is raised to weight 220 if the page was laid out before the request left. */
const BELOW = `p { position: absolute; top: 9000px; width: 9px; height: 9px; background: url(${SUB}) }`;

const background: Subresource = {
	name: 'image, background',
	markup: () => ({ head: '<link rel=stylesheet href=/style>', body: '<p>' }),
	before: { path: '/style', answer: () => keptReply('text/css', BELOW), kind: 'style' },
	answer: keptReply('image/png', PIXEL),
	// Chromium's `image-background` is one that was raised.
	kind: 'image',
	only: 'chromium', // Firefox raises the weight from 13 to 23 when the frame is there before the request leaves
};

/** What a page consists of. */
export const subresourceScenarios: readonly Scenario[] = [...typicalRequests, background].map(toScenario);

function toScenario({ name, source, markup, answer, kind, before, only }: Subresource): Scenario {
	const { head, body } = markup?.(SUB) ?? {};
	return {
		name,
		...(only ? { only } : {}),
		pages: {
			[PAGE]: html(body ?? 'page', head),
			[SUB]: () => answer,
			...(before ? { [before.path]: before.answer } : {}),
		},
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url(PAGE));
			if (source) await browser.evaluate(`new Promise((resolve) => { const done = () => resolve(1); ${source(SUB)} })`);
			await seen(SUB);
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			if (before) await (await session.fetch(url(before.path), { kind: before.kind, referrer: url(PAGE) })).text();
			const referrer = before ? url(before.path) : url(PAGE); // a stylesheet is the referrer of what it asks for
			await (await session.fetch(url(SUB), { kind, referrer })).text();
		},
	};
}
