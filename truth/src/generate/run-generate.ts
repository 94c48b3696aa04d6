import type { BrowserName } from '@wiretwin/mirror/browsers';
import { composePlan } from './compose.ts';
import type { Found } from './finding-text.ts';
import { causes, type Finding, segmentOf } from './judge.ts';
import { kindOf, kindsOf } from './kinds.ts';
import { explain } from './known.ts';
import { drawPlan, type Measurement, measurePlan, type Sides } from './measure.ts';
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
	/** Each situation that differs, with its kinds; also those whose kinds are no news. */
	onDifferent?: (index: number, kinds: readonly string[]) => void;
	/** Numbers of the situations, instead of all from `first` on. */
	numbers?: readonly number[] | undefined;
	/** Kinds that were found before: they are counted, not shrunk and printed again. */
	skip?: readonly string[];
	/** It ends with `limit`, however long that takes: what is judged depends on the seed alone. @default false */
	untimed?: boolean;
};

/** Draws that a shrunk plan has to show its difference in before it is printed. */
const CONFIRMED = 12;

/**
 * Composes and runs situations until time is up or all are done. Each is made of the seed and its number alone.
 * @param lanes the same browser several times: each runs a situation at a time beside the others
 */
export async function runGenerate(lanes: readonly Sides[], options: GenerateOptions): Promise<GenerateResult> {
	const { seed, seconds, first = 0, limit = Number.POSITIVE_INFINITY, skip = [], untimed = false } = options;
	const [{ name }] = lanes as [Sides];
	const started = performance.now();
	const until = started + seconds * 1000;
	const tally = new Tally(name, options, until);
	for (const kind of skip) tally.skip(kind);
	let next = 0;
	const end = options.numbers?.length ?? limit;
	const runLane = async (sides: Sides): Promise<void> => {
		while ((untimed || performance.now() < until) && next < end) {
			const at = next++;
			const index = options.numbers?.[at] ?? first + at;
			const plan = composePlan(new Random(seedOf(seed, index)), name);
			try {
				await tally.run(plan, index, sides);
			} catch (error) {
				tally.result.broken.push({ index, reason: error instanceof Error ? error.message : String(error) });
				await sides.renew?.();
			}
		}
	};
	await Promise.all(lanes.map(runLane));
	return tally.finished((performance.now() - started) / 1000);
}

/** What has been seen so far, by all lanes. */
class Tally {
	readonly result: GenerateResult;
	readonly #options: GenerateOptions;
	readonly #until: number;
	readonly #found = new Map<string, Found>();

	constructor(browser: BrowserName, options: GenerateOptions, until: number) {
		const { seed } = options;
		const none = { seconds: 0, situations: 0, equal: 0, unsteady: 0, explained: 0, different: 0 };
		this.result = { browser, seed, ...none, broken: [], found: [], known: new Map(), varied: new Map() };
		this.#options = options;
		this.#until = until;
	}

	/** A kind that is no news. */
	skip(kind: string): void {
		this.#found.set(kind, this.#empty(kind, { page: {}, steps: [] }, 0));
	}

	/** Runs one situation and counts what it shows. @throws what keeps the browser from doing it */
	async run(plan: Plan, index: number, sides: Sides): Promise<void> {
		const { result } = this;
		result.situations++;
		const { rest, known } = explain(await drawPlan(plan, sides), plan, sides.name);
		for (const cause of known) increase(result.known, cause);
		if (rest.length === 0 && known.length > 0) {
			result.explained++;
			return;
		}
		const seen = kindsOf(rest, plan);
		// What is known already is counted; its steadiness was measured when it was found.
		if (seen.length > 0 && seen.every((kind) => this.#found.has(kind))) {
			this.#differs(index, seen);
			for (const kind of seen) this.#count(kind);
			return;
		}
		const { steady, unsteady, draws } = await measureTwice(plan, sides, rest);
		for (const kind of kindsOf(unsteady, plan)) increase(result.varied, kind);
		if (steady.length === 0) {
			if (unsteady.length === 0) result.equal++;
			else result.unsteady++;
			return;
		}
		const kinds = kindsOf(steady, plan);
		this.#differs(index, kinds);
		for (const kind of kinds) {
			if (this.#found.has(kind)) this.#count(kind);
			else await this.#describe(kind, plan, index, { findings: causes(steady), draws }, sides);
		}
	}

	finished(seconds: number): GenerateResult {
		const found = [...this.#found.values()].filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
		this.result.broken.sort((a, b) => a.index - b.index);
		return { ...this.result, seconds, found };
	}

	#differs(index: number, kinds: readonly string[]): void {
		this.result.different++;
		this.#options.onDifferent?.(index, kinds);
	}

	#count(kind: string): void {
		(this.#found.get(kind) as Found).count++;
	}

	#empty(kind: string, plan: Plan, index: number): Found {
		const { browser, seed } = this.result;
		return { browser, kind, plan, findings: [], draws: 0, seed, index, count: 0 };
	}

	/** A kind that is new: shrinks the plan to it, and prints it. Other lanes that meet it meanwhile count it. */
	async #describe(
		kind: string,
		plan: Plan,
		index: number,
		seen: Pick<Found, 'findings' | 'draws'>,
		sides: Sides,
	): Promise<void> {
		const found = { ...this.#empty(kind, plan, index), ...seen, count: 1 };
		this.#found.set(kind, found);
		if (this.#options.shrinks !== false)
			Object.assign(found, await shrunk(plan, kind, seen.findings, sides, this.#until));
		this.#options.onFound?.(found);
	}
}

/**
 * What one process of the browser does in every draw, another may not (seen: of one plan 13 processes did the one and one, twelve
 * times, the other), so what is steady has to be so in a second one.
 */
async function measureTwice(plan: Plan, sides: Sides, rest: readonly Finding[]): Promise<Measurement> {
	const first = await measurePlan(plan, sides, rest);
	if (first.steady.length === 0 || !sides.renew) return first;
	await sides.renew();
	const second = await measurePlan(plan, sides, first.steady);
	return {
		steady: second.steady,
		unsteady: [...first.unsteady, ...second.unsteady],
		draws: first.draws + second.draws - 1,
	};
}

/** The smallest plan that shows it in every draw; nothing if none but the whole plan does. */
async function shrunk(
	plan: Plan,
	kind: string,
	findings: readonly Finding[],
	sides: Sides,
	until: number,
): Promise<Pick<Found, 'plan' | 'findings' | 'draws'> | undefined> {
	const shown = findings.find((finding) => kindOf(finding, plan) === kind);
	const smallest = await shrinkPlan(plan, kind, sides, until, shown && segmentOf(shown));
	if (smallest === plan) return undefined;
	const { rest } = explain(await drawPlan(smallest, sides), smallest, sides.name);
	const { steady, draws } = await measurePlan(smallest, sides, rest, CONFIRMED);
	return kindsOf(steady, smallest).includes(kind) ? { plan: smallest, findings: causes(steady), draws } : undefined;
}

function increase(counts: Map<string, number>, key: string): void {
	counts.set(key, (counts.get(key) ?? 0) + 1);
}
