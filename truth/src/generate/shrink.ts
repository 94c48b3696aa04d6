import { MARKUP, turnsOf } from './acts.ts';
import { kindsOf } from './kinds.ts';
import { drawPlan, type Sides } from './measure.ts';
import type { Plan, Step, Target } from './plan.ts';

/** Draws that shrinking may take. */
const TRIES = 40;

/**
 * The smallest plan that was found to show a difference of the same kind still.
 * @param segment first path segment of a request that shows it
 */
export async function shrinkPlan(
	plan: Plan,
	kind: string,
	sides: Sides,
	until: number,
	segment?: string,
): Promise<Plan> {
	let smallest = plan;
	let left = TRIES;
	const shows = async (candidate: Plan): Promise<boolean> => {
		if (left-- <= 0 || performance.now() > until) return false;
		try {
			const findings = await drawPlan(candidate, sides);
			return kindsOf(findings, candidate).includes(kind);
		} catch {
			return false; // the browser cannot do it: not this one
		}
	};
	for (const candidate of aloneIn(plan, segment)) {
		if (!(await shows(candidate))) continue;
		smallest = candidate;
		break;
	}
	// What was needed before something else was left out is needed after it, mostly: that is tried again at the end only.
	for (let before: Plan | undefined; before !== smallest && left > 0; ) {
		before = smallest;
		for (let tried = 0; ; ) {
			const candidate = [...smaller(smallest)][tried];
			if (!candidate) break;
			if (await shows(candidate)) smallest = candidate;
			else tried++;
		}
	}
	return smallest;
}

/** The step that a request belongs to, with as little around it as can be. */
function* aloneIn(plan: Plan, segment: string | undefined): Generator<Plan> {
	const act = turnsOf(plan)
		.flat()
		.find(({ id }) => id !== '' && id === segment?.split('.')[0]);
	const own: Step | undefined = plan.steps.find((step) => step === (act?.inside ?? act)?.step);
	const { markup, early } = plan.page;
	const ofPage = act?.id === MARKUP && markup ? { markup } : act?.step.do === 'early' && early ? { early } : undefined;
	const isSingle = act && !own && !act.inside && !ofPage && act.step.do !== 'ask' && act.step.do !== 'early';
	const steps = own ? [own] : isSingle ? [act.step as Step] : ofPage ? [] : undefined;
	if (!steps || (plan.steps.length <= 1 && Object.keys(plan.page).length === 0 && !plan.server)) return;
	const page = ofPage ?? {};
	yield { page, steps };
	yield { ...plan, steps };
}

/** Plans with one thing less, the largest steps first. */
export function* smaller(plan: Plan): Generator<Plan> {
	const { steps } = plan;
	if (steps.length > 1) {
		for (const step of steps) yield { ...plan, steps: [step] };
		for (let index = 0; index < steps.length; index++) yield { ...plan, steps: steps.toSpliced(index, 1) };
	}
	if (plan.page.markup && steps.length > 0) yield { ...plan, steps: [] };
	for (const key of Object.keys(plan.page)) yield { ...plan, page: without(plan.page, key) };
	if (plan.page.cookies)
		for (const cookies of fewer(plan.page.cookies)) yield { ...plan, page: { ...plan.page, cookies } };
	if (plan.server) yield without(plan, 'server') as Plan;
	if (plan.page.early) {
		for (const key of Object.keys(plan.page.early)) {
			if (!NEEDED.has(key))
				yield { ...plan, page: { ...plan.page, early: without(plan.page.early, key) as typeof plan.page.early } };
		}
		for (const to of smallerTargets(plan.page.early.to))
			yield { ...plan, page: { ...plan.page, early: { ...plan.page.early, to } } };
	}
	if (plan.page.markup) {
		for (const markup of smallerSteps(plan.page.markup)) {
			if (markup.do === 'load') yield { ...plan, page: { ...plan.page, markup } };
		}
	}
	for (const [index, step] of steps.entries()) {
		for (const other of smallerSteps(step)) yield { ...plan, steps: steps.with(index, other) };
	}
}

function* smallerSteps(step: Step): Generator<Step> {
	if (step.do === 'reload') return;
	if (step.do === 'together') {
		if (step.steps.length === 1) yield* step.steps;
		if (step.steps.length > 1) for (const steps of fewer(step.steps)) yield { ...step, steps };
		for (const [index, each] of step.steps.entries()) {
			for (const other of smallerSteps(each)) {
				if (other.do !== 'together') yield { ...step, steps: step.steps.with(index, other as typeof each) };
			}
		}
		return;
	}
	if (step.do === 'client') {
		if (step.steps.length > 0) yield { ...step, steps: [] };
		for (const steps of fewer(step.steps)) yield { ...step, steps };
		for (const [index, each] of step.steps.entries()) {
			for (const other of smallerSteps(each)) yield { ...step, steps: step.steps.with(index, other as typeof each) };
		}
	}
	if (step.do === 'sheet') {
		if (step.asks.length > 0) yield { ...step, asks: [] };
		for (const asks of fewer(step.asks)) yield { ...step, asks };
		for (const [index, ask] of step.asks.entries()) {
			for (const to of smallerTargets(ask.to)) yield { ...step, asks: step.asks.with(index, { ...ask, to }) };
		}
	}
	for (const key of Object.keys(step)) {
		if (NEEDED.has(key)) continue;
		if (key !== 'method' || !('body' in step || step.do === 'form' || step.do === 'frame-form'))
			yield without(step, key);
	}
	if ('headers' in step && step.headers) for (const headers of fewer(step.headers)) yield { ...step, headers };
	for (const to of smallerTargets(step.to)) yield { ...step, to };
	if ('body' in step && step.body !== undefined && step.body !== `'x'`) yield { ...step, body: `'x'` };
}

/** A step is not one without these. */
const NEEDED: ReadonlySet<string> = new Set(['do', 'what', 'to', 'fields', 'steps', 'asks']);

function* smallerTargets(to: Target): Generator<Target> {
	for (const key of Object.keys(to)) yield without(to, key);
	if (to.cookies) for (const cookies of fewer(to.cookies)) yield { ...to, cookies };
	if (!to.redirects) return;
	for (const redirects of fewer(to.redirects)) yield { ...to, redirects };
	for (const [index, hop] of to.redirects.entries()) {
		for (const key of ['host', 'kept']) {
			if (key in hop) yield { ...to, redirects: to.redirects.with(index, without(hop, key)) };
		}
	}
}

function fewer<T>(list: readonly T[]): T[][] {
	return list.length < 2 ? [] : list.map((_item, index) => list.toSpliced(index, 1));
}

function without<T extends object>(value: T, key: string): T {
	const { [key as keyof T]: _dropped, ...rest } = value;
	return rest as T;
}
