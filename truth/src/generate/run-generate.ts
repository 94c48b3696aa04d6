import type { BrowserName } from '@wiretwin/mirror/browsers';
import { composePlan } from './compose.ts';
import type { Found } from './finding-text.ts';
import { causes } from './judge.ts';
import { kindsOf } from './kinds.ts';
import { explain } from './known.ts';
import { drawPlan, measurePlan, type Sides } from './measure.ts';
import type { Plan } from './plan.ts';
import { Random, seedOf } from './random.ts';
import { shrinkPlan } from './shrink.ts';

/** What a run of generated situations came to. */
export type GenerateResult = {
	browser: BrowserName;
	seed: number;
	seconds: number;
	situations: number;
	equal: number;
	/** Equal but for what the browser itself does one way or the other. */
	unsteady: number;
	/** Different in nothing but what known.ts lists. */
	explained: number;
	different: number;
	/** The browser could not do it; with the reason. */
	broken: { index: number; reason: string }[];
	found: Found[];
	/** Situations that a known cause was met in. */
	known: Map<string, number>;
	/** What varied, by kind. */
	varied: Map<string, number>;
};

export type GenerateOptions = {
	seed: number;
	seconds: number;
	/** Number of the first situation. @default 0 */
	first?: number;
	/** Situations after which it ends although there is time. @default none */
	limit?: number;
	/** `false`: findings are shown with the plan they were met in. @default true */
	shrinks?: boolean;
	onFound?: (found: Found) => void;
	/** Kinds that were found before: they are counted, not shrunk and printed again. */
	skip?: readonly string[];
};

/** Draws that a shrunk plan has to show its difference in before it is printed. */
const CONFIRMED = 6;

/** Composes and runs situations until time is up. Each is made of the seed and its number alone. */
export async function runGenerate(
	sides: Sides,
	{ seed, seconds, first = 0, limit = Number.POSITIVE_INFINITY, onFound, skip = [], shrinks = true }: GenerateOptions,
): Promise<GenerateResult> {
	const started = performance.now();
	const until = started + seconds * 1000;
	const found = new Map<string, Found>();
	for (const kind of skip) {
		const plan: Plan = { page: {}, steps: [] };
		found.set(kind, { browser: sides.name, kind, plan, findings: [], draws: 0, seed, index: 0, count: 0 });
	}
	const result: GenerateResult = {
		browser: sides.name,
		seed,
		seconds: 0,
		situations: 0,
		equal: 0,
		unsteady: 0,
		explained: 0,
		different: 0,
		broken: [],
		found: [],
		known: new Map(),
		varied: new Map(),
	};
	for (let index = first; performance.now() < until && result.situations < limit; index++) {
		const plan = composePlan(new Random(seedOf(seed, index)), sides.name);
		result.situations++;
		try {
			const first = await drawPlan(plan, sides);
			const { rest, known } = explain(first, plan, sides.name);
			for (const cause of known) result.known.set(cause, (result.known.get(cause) ?? 0) + 1);
			if (rest.length === 0 && known.length > 0) {
				result.explained++;
				continue;
			}
			const seen = kindsOf(rest, plan);
			// What is known already is counted; its steadiness was measured when it was found.
			if (seen.length > 0 && seen.every((kind) => found.has(kind))) {
				result.different++;
				for (const kind of seen) (found.get(kind) as Found).count++;
				continue;
			}
			const { steady, unsteady, draws } = await measurePlan(plan, sides, rest);
			for (const kind of kindsOf(unsteady, plan)) result.varied.set(kind, (result.varied.get(kind) ?? 0) + 1);
			if (steady.length === 0) {
				if (unsteady.length === 0) result.equal++;
				else result.unsteady++;
				continue;
			}
			result.different++;
			for (const kind of kindsOf(steady, plan)) {
				const known = found.get(kind);
				if (known) known.count++;
				else {
					const one = shrinks
						? await shrink(plan, kind, index)
						: { browser: sides.name, kind, plan, findings: causes(steady), draws, seed, index, count: 1 };
					if (one) {
						found.set(kind, one);
						onFound?.(one);
					} else result.varied.set(kind, (result.varied.get(kind) ?? 0) + 1);
				}
			}
		} catch (error) {
			result.broken.push({ index, reason: error instanceof Error ? error.message : String(error) });
		}
	}
	result.seconds = (performance.now() - started) / 1000;
	result.found = [...found.values()].filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
	return result;

	/** The smallest plan that shows it in every draw; the whole plan if a smaller one does not. */
	async function shrink(plan: Plan, kind: string, index: number): Promise<Found | undefined> {
		const smallest = await shrinkPlan(plan, kind, sides, until);
		for (const candidate of smallest === plan ? [plan] : [smallest, plan]) {
			const first = await drawPlan(candidate, sides);
			const { rest } = explain(first, candidate, sides.name);
			const { steady, draws } = await measurePlan(candidate, sides, rest, CONFIRMED);
			const findings = causes(steady);
			if (!kindsOf(steady, candidate).includes(kind)) continue;
			return { browser: sides.name, kind, plan: candidate, findings, draws, seed, index, count: 1 };
		}
		return undefined;
	}
}
