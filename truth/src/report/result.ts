import { isCaught, type PerturbationResult, type Row } from '../suite.ts';

/** Everything about one browser. */
export type BrowserResult = {
	browser: string;
	version: string;
	profile: string;
	mismatch: string | undefined;
	rows: Row[];
	perturbations: PerturbationResult[];
	seconds: number;
};

/** Numbers of a result. A scenario that could not run counts as one different cell. */
export function count(result: BrowserResult): { equal: number; different: number; uncaught: number } {
	const cells = result.rows.flatMap((row) => row.cells);
	const failed = result.rows.filter((row) => row.error !== undefined).length;
	return {
		equal: cells.filter((cell) => cell.state === 'equal').length,
		different: cells.filter((cell) => cell.state === 'different').length + failed,
		uncaught: result.perturbations.filter((each) => !isCaught(each)).length,
	};
}

/** `12 of 14 cells equal, ...` */
export function summary(result: BrowserResult): string {
	const { equal, different, uncaught } = count(result);
	const caught = result.perturbations.length - uncaught;
	return `${result.browser} ${result.version} and wiretwin as ${result.profile}: ${equal} of ${equal + different} cells equal in ${result.rows.length} scenarios, ${caught} of ${result.perturbations.length} deliberate errors caught, ${result.seconds.toFixed(0)} s`;
}

const AROUND_BEFORE = 40;
const AROUND_AFTER = 120;

/** A value around its first difference; `null` reads as missing. */
export function excerpt(value: string | null, offset: number, isHex: boolean): string {
	if (value === null) return '(missing)';
	const at = isHex ? offset * 2 : offset;
	const start = Math.max(0, at - AROUND_BEFORE);
	const text = value.slice(start, at + AROUND_AFTER).replaceAll(/[^\x20-\x7e]/g, '.');
	return `${start > 0 ? '...' : ''}${text}${at + AROUND_AFTER < value.length ? '...' : ''}`;
}
