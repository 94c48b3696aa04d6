import type { Browser, BrowserName } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { type Cell, compare } from './compare.ts';
import { explanation } from './known-differences.ts';
import type { LayerName } from './layers/layer.ts';
import type { Observation } from './observation.ts';
import { type Perturbation, perturbations } from './perturbations.ts';
import { browserRules } from './rules.ts';
import { startRun } from './run.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';

/** One line of the report. */
export type Row = {
	scenario: string;
	cells: Cell[];
	/** Layers that known-differences.ts lists although they are equal. */
	outdated: LayerName[];
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

/** Scenario of the perturbations that name none. */
const PERTURBED = 'typed navigation';

/** Peers tried until the browser's first request goes over its first connection. */
const MAX_DRAWS = 5;

/**
 * Runs one scenario with both sides. A failure of one side is a row, not an end of the suite.
 *
 * Browsers open spare connections. Now and then a spare one is ready first, so that the connection that is used resumes
 * its session: the hello of a second connection. The peer is new in each scenario, so this can be told from a resumed
 * first connection, and the scenario is drawn again from a new peer. So is one whose request the browser was free to leave
 * out and has left out.
 */
export async function runScenario(scenario: Scenario, browser: Browser, profile: Profile): Promise<Row> {
	for (let draw = 1; ; draw++) {
		const row = await drawScenario(scenario, browser, profile, draw === MAX_DRAWS);
		if (row) return row;
	}
}

/**
 * The same, and what differs without a cause is drawn once more on a new port, as generated situations are: one scenario in some
 * two hundred shows a race of the browser's (the weight of a script that is raised before it is sent). Only what differs again
 * counts; what did not is said.
 */
export async function confirmScenario(scenario: Scenario, browser: Browser, profile: Profile): Promise<Row> {
	const row = await runScenario(scenario, browser, profile);
	const odd = unexplained(row);
	if (odd.length === 0) return row;
	const again = await runScenario(scenario, browser, profile);
	if (unexplained(again).length === 0)
		console.log(`${browser.name}: "${scenario.name}" differed once and not again: ${odd.join(', ')}`);
	return again;
}

function unexplained({ cells, error }: Row): string[] {
	const layers = cells.filter((cell) => cell.state === 'different' && cell.reason === undefined);
	return [...(error === undefined ? [] : [error]), ...layers.map(({ layer }) => layer)];
}

/** What is asked for at once has arrived in the usual order. */
function isInTurn({ requests }: Observation, { inTurn = [] }: Scenario): boolean {
	const arrived = requests.map(({ path }) => path).filter((path) => inTurn.includes(path));
	return inTurn.every((path, index) => arrived[index] === path);
}

async function drawScenario(
	scenario: Scenario,
	browser: Browser,
	profile: Profile,
	last: boolean,
): Promise<Row | undefined> {
	const run = await startRun(scenario);
	try {
		const left = await run.observeBrowser(browser).catch((error: unknown) => {
			if (scenario.optional && !last) return undefined;
			throw error;
		});
		if (!left || ((left.connections[0]?.resumed || !isInTurn(left, scenario)) && !last)) return undefined;
		const right = await run.observeWiretwin(profile);
		const cells = compare(left, right, { rules: browserRules[browser.name], scenario });
		return {
			scenario: scenario.name,
			...explain(cells, browser.name, scenario.name),
			error: undefined,
			idle: left.idle,
		};
	} catch (error) {
		return {
			scenario: scenario.name,
			cells: [],
			outdated: [],
			error: error instanceof Error ? error.message : String(error),
			idle: 0,
		};
	} finally {
		await run.close();
	}
}

function explain(cells: readonly Cell[], browser: BrowserName, scenario: string): Pick<Row, 'cells' | 'outdated'> {
	const outdated: LayerName[] = [];
	const explained = cells.map((cell): Cell => {
		const reason = explanation(browser, scenario, cell.layer);
		if (reason === undefined) return cell;
		if (cell.state === 'different') return { ...cell, reason };
		outdated.push(cell.layer);
		return cell;
	});
	return { cells: explained, outdated };
}

/** Compares the browser with profiles that are wrong on purpose: a suite that cannot fail proves nothing. */
export async function runPerturbations(browser: Browser, profile: Profile): Promise<PerturbationResult[]> {
	const results: PerturbationResult[] = [];
	for (const [name, list] of byScenario(browser.name)) {
		const scenario = scenarios.find((each) => each.name === name);
		if (!scenario) throw new Error(`no scenario "${name}"`);
		results.push(...(await perturb(scenario, list, browser, profile)));
	}
	return results;
}

/** The perturbations that concern a browser, by the scenario that must show them. */
export function byScenario(browser: BrowserName): Map<string, Perturbation[]> {
	return Map.groupBy(
		perturbations.filter(({ only = browser }) => only === browser),
		({ scenario = PERTURBED }) => scenario,
	);
}

async function perturb(
	scenario: Scenario,
	list: readonly Perturbation[],
	browser: Browser,
	profile: Profile,
): Promise<PerturbationResult[]> {
	const run = await startRun(scenario);
	try {
		const left = await run.observeBrowser(browser);
		const results: PerturbationResult[] = [];
		for (const perturbation of list) {
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
