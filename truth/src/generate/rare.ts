import type { BrowserName } from '@wiretwin/mirror/browsers';
import { type Host, IDN_HOST } from '../scenario.ts';
import { earlyHints } from './loads.ts';
import type { Early, EarlyKind, Plan, SheetAsk, Step, Target } from './plan.ts';
import type { Random } from './random.ts';

/** Another port of the page's host, another site on another port, a name that is not ASCII. */
const rareHosts: readonly Host[] = ['www.mirror.test:2', 'www.mirror.test:2', 'other.example:2', IDN_HOST];

/** Some of the targets lie on an origin that is rarer than the usual ones. */
export function moved(plan: Plan, random: Random, browser: BrowserName): Plan {
	const place = random.pick(rareHosts);
	const move = (to: Target): Target => {
		const host = random.chance(0.5) ? place : to.host;
		const redirects = to.redirects?.map((hop) => (random.chance(0.3) ? { ...hop, host: place } : hop));
		// Firefox answers 421 of a host on another one's connection by a race (truth.md).
		const { first, ...rest } = to;
		return {
			...rest,
			...(host ? { host } : {}),
			...(redirects ? { redirects } : {}),
			...(first ? { first: browser === 'chromium' ? first : 408 } : {}),
		};
	};
	const moveStep = <T extends Step | SheetAsk>(step: T): T => {
		if (step.do === 'reload') return step;
		if (step.do === 'together') return { ...step, steps: step.steps.map(moveStep) };
		if (step.do === 'client') return { ...step, to: move(step.to), steps: step.steps.map(moveStep) };
		if (step.do === 'sheet') return { ...step, to: move(step.to), asks: step.asks.map(moveStep) };
		return { ...step, to: move(step.to) };
	};
	const { markup, early } = plan.page;
	const page = {
		...plan.page,
		...(markup ? { markup: moveStep(markup) } : {}),
		...(early ? { early: { ...early, to: move(early.to) } } : {}),
	};
	return { ...plan, page, steps: plan.steps.map(moveStep) };
}

/** What a 103 answer names. */
export function earlyOf(random: Random, { redirects: _hops, ...to }: Target): Early {
	const what = random.pick(Object.keys(earlyHints) as EarlyKind[]);
	const isFont = what === 'early-font' || what === 'early-fetch';
	const crossorigin = isFont
		? ('anonymous' as const)
		: random.chance(0.2)
			? random.pick(['anonymous', 'use-credentials'] as const)
			: undefined;
	return {
		do: 'early',
		what,
		to,
		...(crossorigin ? { crossorigin } : {}),
		...(random.chance(0.2) ? { priority: random.pick(['high', 'low'] as const) } : {}),
	};
}
