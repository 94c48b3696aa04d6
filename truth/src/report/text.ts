import type { AnswersResult } from '../answers/compare-answers.ts';
import type { Cell, Difference } from '../compare.ts';
import { layerNames } from '../layers/layer.ts';
import { isCaught } from '../suite.ts';
import { changesByLayer } from './changes.ts';
import { type BrowserResult, excerpt, summary } from './result.ts';

const NAME_WIDTH = 34;
/** Differences shown for each cell; the rest mostly follows from the first. */
const SHOWN = 3;

/**
 * The report as text: a table for each browser, then what differs. `=` equal, `.` does not occur, `@n` first difference
 * at byte or character n of a fact, `~n` the same with a known cause.
 */
export function textReport(results: readonly BrowserResult[]): string {
	return results.flatMap(browserLines).join('\n');
}

function browserLines(result: BrowserResult): string[] {
	const head = 'scenario'.padEnd(NAME_WIDTH) + layerNames.map(column).join('');
	const lines = [summary(result)];
	if (result.mismatch) lines.push(`NOTE: ${result.mismatch}`, ...changeLines(result));
	lines.push('', head);
	for (const row of result.rows) {
		const cells =
			row.error === undefined ? row.cells.map((cell) => column(mark(cell))).join('') : `FAILED: ${row.error}`;
		lines.push(row.scenario.padEnd(NAME_WIDTH) + cells);
	}
	for (const row of result.rows) {
		for (const layer of row.outdated)
			lines.push(`${row.scenario}, ${layer}: equal, but listed in known-differences.ts`);
		for (const cell of row.cells) {
			if (cell.state !== 'different') continue;
			lines.push('', `${row.scenario}, ${cell.layer}: ${cell.differences.length} facts differ`);
			if (cell.reason) lines.push(`  known: ${cell.reason}`);
			lines.push(...cell.differences.slice(0, SHOWN).flatMap(differenceLines));
		}
	}
	lines.push(...tableLines(result, 'answers', result.answers, 'known-answers.txt'));
	lines.push(...tableLines(result, 'certificates', result.certificates, 'known-chains.ts'));
	lines.push(...tableLines(result, 'ech', result.ech, 'no list: nothing is known to differ'));
	lines.push(...tableLines(result, 'cache', result.cache, 'no list: nothing is known to differ'));
	lines.push(...tableLines(result, 'dictionaries', result.dictionaries, 'no list: nothing is known to differ'));
	lines.push(...tableLines(result, 'names', result.names, 'run-names.ts'));
	lines.push('', 'deliberate errors');
	for (const each of result.perturbations) {
		const verdict = isCaught(each) ? 'caught' : `NOT as expected (${each.expected.join(', ')})`;
		lines.push(`  ${each.perturbation.padEnd(NAME_WIDTH)}${each.noticed.join(', ') || 'nothing'}: ${verdict}`);
	}
	return [...lines, ''];
}

function tableLines(
	{ browser }: BrowserResult,
	what: string,
	table: AnswersResult | undefined,
	list: string,
): string[] {
	if (!table) return [];
	return [
		'',
		`${what}: ${table.asked}, ${table.differences.length} differ`,
		...table.outdated.map((name) => `  ${name}: equal, but listed in ${list}`),
		...table.differences.flatMap((each) => [
			`  ${each.name}${each.reason ? `, known: ${each.reason}` : ''}`,
			`    ${browser.padEnd(9)}${each.browser}`,
			`    wiretwin ${each.wiretwin}`,
		]),
	];
}

/** What the release changed, for whoever has to decide whether its capture is complete. */
function changeLines({ browser, version, profile, rows }: BrowserResult): string[] {
	const lines = changesByLayer(rows).flatMap(({ layer, changes }) => [
		`  ${layer}`,
		...changes.flatMap(({ name, scenarios, example }) => [
			`    ${name}, in ${scenarios} ${scenarios === 1 ? 'scenario' : 'scenarios'}`,
			`      ${browser} ${version}: ${excerpt(example.browser, example.offset, example.hex)}`,
			`      ${profile}: ${excerpt(example.wiretwin, example.offset, example.hex)}`,
		]),
	]);
	return ['', 'What changed, layer by layer', ...(lines.length === 0 ? ['  nothing'] : lines)];
}

const column = (text: string): string => ` ${text.padEnd(11)}`;

function mark(cell: Cell): string {
	if (cell.state !== 'different') return cell.state === 'equal' ? '=' : '.';
	return `${cell.reason === undefined ? '@' : '~'}${cell.differences[0]?.offset ?? 0}`;
}

function differenceLines(difference: Difference): string[] {
	const { label, offset, hex } = difference;
	return [
		`  ${label}, first difference at ${hex ? 'byte' : 'character'} ${offset}`,
		`    browser:  ${excerpt(difference.browser, offset, hex)}`,
		`    wiretwin: ${excerpt(difference.wiretwin, offset, hex)}`,
	];
}
