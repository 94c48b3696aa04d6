import type { AnswersResult } from './answers/compare-answers.ts';

/**
 * Runs a table of cases, and once more if something differs without a cause, on new ports; only what differs again counts, as with
 * scenarios. What decides now and then is the clock (ages count in its seconds, and one may end between two calls) or which of two
 * packets is read first.
 * @param title what is printed before the cases that did not differ again
 */
export async function confirmTable(title: string, run: () => Promise<AnswersResult>): Promise<AnswersResult> {
	const first = await run();
	const odd = first.differences.filter(({ reason }) => reason === undefined);
	if (odd.length + first.outdated.length === 0) return first;
	const second = await run();
	const isOddAgain = ({ name }: { name: string }) => odd.some((difference) => difference.name === name);
	const differences = second.differences.filter((each) => each.reason !== undefined || isOddAgain(each));
	const outdated = second.outdated.filter((name) => first.outdated.includes(name));
	const once = odd.map(({ name }) => name).filter((name) => !differences.some((each) => each.name === name));
	if (once.length > 0) console.log(`${title}: differed once and not again: ${once.join(', ')}`);
	return { ...second, differences, outdated };
}
