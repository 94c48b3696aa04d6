import type { Host } from '../scenario.ts';
import type { ClientStep, Early, Navigation, Plan, ScriptStep, SheetAsk, SheetStep, Target } from './plan.ts';

/** An address on one of the mirror's hosts. */
export type Place = { host: Host; path: string };

/** A step that asks for one thing. */
export type SingleStep = ScriptStep | Navigation | ClientStep | SheetStep | SheetAsk | Early;

/** One step with its place in the plan worked out. */
export type Act = {
	/** First segment of its paths. */
	id: string;
	step: SingleStep;
	/** The page, frame or worker where it happens. */
	page: Place;
	/** The act that made the frame or worker, or asked for the style sheet. */
	inside?: Act;
	/** Of a reload: what led to the page, if not the user. */
	again?: Act;
	/** The page is the plan's own, with its policy. */
	first: boolean;
	/** What it asks for. */
	url: Place;
	/** First path segment of what redirects lead to in the end. */
	last: string;
	/** What it leads to in the end; for a navigation, the next page. */
	end: Place;
};

/** Acts that start together. */
export type Turn = readonly Act[];

export const HOME: Host = 'www.mirror.test';
export const PAGE = 'page';
/** The step in the page's own markup. */
export const MARKUP = 'markup';
/** What is named before the page's answer. */
export const EARLY = 'early';

/** Works out who asks for what from where. */
export function turnsOf({ page, steps }: Plan): Turn[] {
	let current: Place = { host: HOME, path: `/${PAGE}${page.tail ?? ''}` };
	let first = true;
	let arrival: Act | undefined;
	let count = 0;
	const actOf = (step: SingleStep, id: string, inside?: Act): Act => {
		const where = inside && inside.step.do === 'client' ? { page: inside.end, first: false } : { page: current, first };
		if (step.do === 'reload')
			return { id: '', step, ...where, url: current, last: '', end: current, ...(arrival ? { again: arrival } : {}) };
		const { to } = step;
		const url = { host: to.host ?? HOME, path: `/${id}${tailOf(step)}` };
		const hops = to.redirects ?? [];
		const last = hops.length === 0 ? id : `${id}.${hops.length}`;
		const end = hops.length === 0 ? url : { host: hops.at(-1)?.host ?? HOME, path: `/${last}` };
		return { id, step, ...where, ...(inside ? { inside } : {}), url, last, end };
	};
	const turns: Turn[] = page.early ? [[actOf(page.early, EARLY)]] : [];
	if (page.markup) turns.push([actOf(page.markup, MARKUP)]);
	for (const step of steps) {
		const turn = (step.do === 'together' ? step.steps : [step]).map((each) => actOf(each, String(++count)));
		turns.push(turn);
		const [act] = turn;
		if (act && step.do === 'client') for (const each of step.steps) turns.push([actOf(each, String(++count), act)]);
		if (act && step.do === 'sheet') turns.push(step.asks.map((each) => actOf(each, String(++count), act)));
		if (act && isNavigation(act.step) && act.step.do !== 'reload') {
			current = act.end;
			arrival = act.step.do === 'visit' ? undefined : act;
			first = false;
		}
	}
	return turns;
}

export function isNavigation(step: SingleStep): step is Navigation {
	return ['link', 'form', 'assign', 'visit', 'reload'].includes(step.do);
}

/** What follows the id. A form that is sent with GET replaces the query. */
function tailOf(step: Exclude<SingleStep, { do: 'reload' }>): string {
	const tail = step.to.tail ?? '';
	if ((step.do !== 'form' && step.do !== 'frame-form') || step.method === 'post') return tail;
	return `${tail.replace(/[?#].*/, '')}?${new URLSearchParams(formEntries(step))}`;
}

/** What a form sends of its fields: lines end as HTML says. */
export function formEntries({
	fields,
}: {
	fields: readonly (readonly [name: string, value: string])[];
}): [string, string][] {
	return fields.map(([name, value]) => [name, value.replaceAll('\n', '\r\n')]);
}

/** The step of a first path segment, and how many redirects lie behind it. */
export function findTarget(
	plan: Plan,
	segment: string,
): { act: Act; step: SingleStep; to: Target; hop: number } | undefined {
	const [id = '', hop = '0'] = segment.split('.');
	const act = turnsOf(plan)
		.flat()
		.find((each) => each.id !== '' && each.id === id);
	if (!act || act.step.do === 'reload') return undefined;
	return { act, step: act.step, to: act.step.to, hop: Number(hop) };
}
