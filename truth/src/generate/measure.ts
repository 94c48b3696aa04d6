import type { Browser, BrowserName } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import type { Observation } from '../observation.ts';
import { browserRules } from '../rules.ts';
import { type Run, startRun } from '../run.ts';
import { causes, type Finding, judge, withoutPorts } from './judge.ts';
import type { Plan } from './plan.ts';
import { planScenario } from './plan-scenario.ts';
import type { Alter } from './wiretwin-side.ts';

/** Who is compared with whom. */
export type Sides = {
	name: BrowserName;
	browser(run: Run): Promise<Observation>;
	wiretwin(run: Run): Promise<Observation>;
	/** An error made on purpose. */
	alter?: Alter;
	/** Another browser takes the place of one that no longer does what it is told. */
	renew?(): Promise<void>;
};

export function sidesOf(browser: Browser, profile: Profile): Sides {
	return {
		name: browser.name,
		browser: (run) => run.observeBrowser(browser),
		wiretwin: (run) => run.observeWiretwin(profile),
	};
}

/** Peers tried until the browser's first request goes over its first connection; see suite.ts. */
const MAX_DRAWS = 5;

/** Differences of both sides once, on a port of their own. @throws what keeps the browser from doing it */
export async function drawPlan(plan: Plan, sides: Sides): Promise<Finding[]> {
	const scenario = planScenario('generated', plan, sides.alter);
	for (let count = 1; ; count++) {
		await using run = await startRun(scenario);
		const left = await sides.browser(run).catch((error: unknown) => {
			if (scenario.optional && count < MAX_DRAWS) return undefined;
			throw error;
		});
		if (left === undefined) continue;
		if (left.connections[0]?.resumed && count < MAX_DRAWS) continue;
		try {
			const right = await sides.wiretwin(run);
			const context = { rules: browserRules[sides.name], scenario };
			return judge(left, right, context, run.ports);
		} catch (error) {
			const told = withoutPorts(String(error instanceof Error ? error.message : error), run.ports);
			return [{ layer: 'failed', label: 'wiretwin', offset: 0, browser: null, wiretwin: told, hex: false }];
		}
	}
}

/** What several draws of one plan say. */
export type Measurement = {
	/** Differs in every draw, and wiretwin's value is none that the browser was seen with. */
	steady: Finding[];
	/** Differed at first: the browser itself does one or the other. */
	unsteady: Finding[];
	draws: number;
};

/**
 * Draws in which a difference has to show before it counts. What a request says depends on no race as long as the browser says
 * the same each time; where it goes and when does, so a browser that does as wiretwin once in five draws has to get its chance.
 */
const ENOUGH_FOR_WORDS = 3;
const ENOUGH = 12;
const WORDS: ReadonlySet<Finding['layer']> = new Set(['failed', 'headers', 'http1', 'body']);

/** Runs a plan, after its first draw, until each difference is either steady or seen to be the browser's own unsteadiness. */
export async function measurePlan(
	plan: Plan,
	sides: Sides,
	first: readonly Finding[],
	least = 0,
): Promise<Measurement> {
	const watched = new Map(first.map((finding) => [keyOf(finding), watch(finding)]));
	const unsteady: Finding[] = [];
	let draws = 1;
	for (; watched.size > 0; draws++) {
		// What only follows from others need not be sure by itself.
		const leading = causes([...watched.values()].map(({ finding }) => finding));
		if (draws >= Math.max(least, ...leading.map((finding) => enough(watched.get(keyOf(finding)))))) break;
		const findings = await drawPlan(plan, sides);
		const now = new Map(findings.map((finding) => [keyOf(finding), finding]));
		for (const [key, seen] of watched) {
			const finding = now.get(key);
			if (finding) {
				// Bytes that hold the port, or a length that its digits have, change from draw to draw by themselves.
				if (!isBytes(finding)) {
					seen.values.add(finding.browser);
					seen.own.add(finding.wiretwin);
				}
			}
			if (finding && ![...seen.own].every((value) => seen.values.has(value))) continue;
			watched.delete(key);
			unsteady.push(seen.finding);
		}
	}
	return { steady: [...watched.values()].map(({ finding }) => finding), unsteady, draws };
}

type Watched = { finding: Finding; values: Set<string | null>; own: Set<string | null> };

const watch = (finding: Finding): Watched => ({
	finding,
	values: new Set([finding.browser]),
	own: new Set([finding.wiretwin]),
});

const enough = (seen: Watched | undefined): number =>
	seen && WORDS.has(seen.finding.layer) && seen.values.size === 1 ? ENOUGH_FOR_WORDS : ENOUGH;

const isBytes = ({ layer }: Finding): boolean => layer === 'hpack' || layer === 'records';
const keyOf = ({ layer, label }: Finding): string => `${layer} ${label}`;
