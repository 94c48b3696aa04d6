import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Finding } from './judge.ts';
import type { Plan } from './plan.ts';
import { callsText } from './wiretwin-side.ts';

/** A kind of difference with the smallest plan that shows it. */
export type Found = {
	browser: BrowserName;
	kind: string;
	plan: Plan;
	/** All that differs in that plan, in every draw. */
	findings: readonly Finding[];
	/** Draws of the smallest plan, all of which showed it. */
	draws: number;
	/** Seed and number of the situation in which it was met first. */
	seed: number;
	index: number;
	/** Situations in which it was met. */
	count: number;
};

/** One side's value is shown up to this length. */
const SHOWN = 600;

/** Both sides' bytes, the calls of wiretwin, and a scenario for the suite. */
export function foundText({ browser, kind, plan, findings, draws, seed, index, count }: Found): string {
	const lines = findings.flatMap(({ layer, label, offset, browser: left, wiretwin: right }) => [
		`  ${layer} | ${label} | first difference at ${offset}`,
		`    browser : ${shown(left)}`,
		`    wiretwin: ${shown(right)}`,
	]);
	const calls = callsText(plan)
		.split('\n')
		.map((line) => `  ${line}`);
	return [
		`## ${browser} | ${kind}`,
		`${count} situations; smallest plan differs in ${draws} of ${draws} draws; first met: SEED=${seed}, situation ${index}`,
		...lines,
		'  calls of wiretwin:',
		...calls.map((line) => `  ${line}`),
		'  scenario:',
		`    planScenario(${JSON.stringify(kind)}, ${JSON.stringify(plan)}),`,
		'',
	].join('\n');
}

function shown(value: string | null): string {
	if (value === null) return '(nothing)';
	const text = JSON.stringify(value).slice(1, -1);
	return text.length > SHOWN ? `${text.slice(0, SHOWN)} ... (${text.length} characters)` : text;
}
