import type { Browser } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { browserRules } from '../rules.ts';
import { startRun } from '../run.ts';
import { composePlan } from './compose.ts';
import { type DeliberateError, deliberateErrors } from './deliberate-errors.ts';
import { judge } from './judge.ts';
import { kindsOf } from './kinds.ts';
import { drawPlan, measurePlan, type Sides, sidesOf } from './measure.ts';
import type { Plan } from './plan.ts';
import { planScenario } from './plan-scenario.ts';
import { Random, seedOf } from './random.ts';

/** When an error made on purpose was come upon. */
export type ErrorResult = {
	name: string;
	/** Situations until then, and seconds that they take one after the other for this error alone. */
	situations: number;
	seconds: number;
	/** The difference that it shows as; `undefined`: not found in time. */
	kind: string | undefined;
};

/** Draws that a difference must show in: more than usual, since what the errors change is not what races change. */
const SURE = 6;

/** An error must be found within this, seconds. */
export const ERROR_LIMIT = 300;

/**
 * Composes situations until each error has been found. All share what the browser did; the time of each is that of the browser
 * and of its own turn. Found is a steady difference of a kind that the situation does not show without the error.
 */
export async function findErrors(
	browser: Browser,
	profile: Profile,
	seed: number,
	onResult: (result: ErrorResult) => void,
): Promise<ErrorResult[]> {
	const left = new Map<DeliberateError, number>();
	for (const error of deliberateErrors) if ((error.only ?? browser.name) === browser.name) left.set(error, 0);
	for (const error of left.keys()) error.apply?.(profile); // one that cannot be made is an error of ours
	const results: ErrorResult[] = [];
	const settle = (error: DeliberateError, result: ErrorResult): void => {
		results.push(result);
		left.delete(error);
		onResult(result);
	};
	const right = sidesOf(browser, profile);
	for (let index = 0; left.size > 0; index++) {
		const plan = composePlan(new Random(seedOf(seed, index)), browser.name);
		for (const [error, kinds] of await suspects(plan, browser, profile, left)) {
			const started = performance.now();
			const kind = await confirm(plan, kinds, right, wrongSides(right, error, profile));
			const seconds = (left.get(error) ?? 0) + (performance.now() - started) / 1000;
			left.set(error, seconds);
			if (kind === undefined) continue;
			settle(error, { name: error.name, situations: index + 1, seconds, kind });
		}
		for (const [error, seconds] of left) {
			if (seconds < ERROR_LIMIT) continue;
			settle(error, { name: error.name, situations: index + 1, seconds, kind: undefined });
		}
	}
	return results;
}

function wrongSides(right: Sides, error: DeliberateError, profile: Profile): Sides {
	const wrong = error.apply?.(profile) ?? profile;
	return {
		...right,
		wiretwin: (run) => run.observeWiretwin(wrong),
		...(error.alter ? { alter: error.alter } : {}),
	};
}

/** The errors that make a difference in one draw, with its kinds. Adds what the draw took to each one's time. */
async function suspects(
	plan: Plan,
	browser: Browser,
	profile: Profile,
	left: Map<DeliberateError, number>,
): Promise<[DeliberateError, string[]][]> {
	let alter: DeliberateError['alter'];
	const scenario = planScenario('deliberate', plan, (init) => alter?.(init) ?? init);
	await using run = await startRun(scenario);
	const context = { rules: browserRules[browser.name], scenario };
	const found: [DeliberateError, string[]][] = [];
	const started = performance.now();
	try {
		const seen = await run.observeBrowser(browser);
		const usual = kindsOf(judge(seen, await run.observeWiretwin(profile), context, run.ports), plan);
		const shared = (performance.now() - started) / 1000;
		for (const [error, seconds] of left) {
			const own = performance.now();
			alter = error.alter;
			const wrong = error.apply?.(profile) ?? profile;
			const observed = await run.observeWiretwin(wrong).catch(() => undefined);
			left.set(error, seconds + shared + (performance.now() - own) / 1000);
			if (!observed) continue; // this error makes the situation impossible, the others may not
			const kinds = kindsOf(judge(seen, observed, context, run.ports), plan).filter((kind) => !usual.includes(kind));
			if (kinds.length > 0) found.push([error, kinds]);
		}
	} catch {
		// The browser or wiretwin could not do it: the time is lost all the same.
		for (const [error, seconds] of left) left.set(error, seconds + (performance.now() - started) / 1000);
	}
	return found;
}

/** A kind that is there in every draw with the error, and not without it. */
async function confirm(plan: Plan, kinds: readonly string[], right: Sides, wrong: Sides): Promise<string | undefined> {
	const steady = async (sides: Sides): Promise<string[]> =>
		kindsOf((await measurePlan(plan, sides, await drawPlan(plan, sides), SURE)).steady, plan);
	const [wrongly, without] = [await steady(wrong), await steady(right)];
	return wrongly.find((kind) => kinds.includes(kind) && !without.includes(kind));
}
