import type { Profile } from '@wiretwin/profiles';
import type { Browser } from './browsers/browser.ts';
import { type Cell, compare } from './compare.ts';
import type { LayerName } from './layers/layer.ts';
import { perturbations } from './perturbations.ts';
import { browserRules } from './rules.ts';
import { type Run, startRun } from './run.ts';
import type { Scenario } from './scenario.ts';

/** One line of the report. */
export type Row = {
	scenario: string;
	cells: Cell[];
	/** One side could not do it at all. */
	error: string | undefined;
	/** Connections of the browser that carried nothing and were not compared. */
	idle: number;
};

/** Whether a profile made wrong on purpose was caught. */
export type PerturbationResult = {
	perturbation: string;
	expected: readonly LayerName[];
	noticed: readonly LayerName[];
};

/** Runs one scenario with both sides. A failure of one side is a row, not an end of the suite. */
export async function runScenario(scenario: Scenario, browser: Browser, profile: Profile): Promise<Row> {
	const run = await startRun(scenario);
	try {
		return await compareSides(run, scenario, browser, profile);
	} catch (error) {
		return {
			scenario: scenario.name,
			cells: [],
			error: error instanceof Error ? error.message : String(error),
			idle: 0,
		};
	} finally {
		await run.close();
	}
}

async function compareSides(run: Run, scenario: Scenario, browser: Browser, profile: Profile): Promise<Row> {
	const left = await run.observeBrowser(browser);
	const right = await run.observeWiretwin(profile);
	const cells = compare(left, right, { rules: browserRules[browser.name], scenario });
	return { scenario: scenario.name, cells, error: undefined, idle: left.idle };
}

/** Compares the browser with profiles that are wrong on purpose: a suite that cannot fail proves nothing. */
export async function runPerturbations(
	scenario: Scenario,
	browser: Browser,
	profile: Profile,
): Promise<PerturbationResult[]> {
	const run = await startRun(scenario);
	try {
		const left = await run.observeBrowser(browser);
		const results: PerturbationResult[] = [];
		for (const perturbation of perturbations) {
			const right = await run.observeWiretwin(perturbation.apply(profile));
			const cells = compare(left, right, { rules: browserRules[browser.name], scenario });
			const noticed = cells.filter((cell) => cell.state === 'different').map((cell) => cell.layer);
			results.push({ perturbation: perturbation.name, expected: perturbation.noticedBy, noticed });
		}
		return results;
	} finally {
		await run.close();
	}
}

/** Caught by exactly the layers that are about it. */
export function isCaught({ expected, noticed }: PerturbationResult): boolean {
	return [...expected].sort().join() === [...noticed].sort().join();
}
