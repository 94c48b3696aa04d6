import type { AnswersResult } from '../answers/compare-answers.ts';
import { isCaught, type PerturbationResult, type Row } from '../suite.ts';

/** Everything about one browser. */
export type BrowserResult = {
	browser: string;
	version: string;
	profile: string;
	mismatch: string | undefined;
	rows: Row[];
	perturbations: PerturbationResult[];
	/** Absent if other scenarios only were asked for. */
	answers?: AnswersResult | undefined;
	/** Likewise: chains of certificates. */
	certificates?: AnswersResult | undefined;
	/** Likewise: URLs that are asked for twice. */
	cache?: AnswersResult | undefined;
	/** Likewise: answers that are dictionaries. */
	dictionaries?: AnswersResult | undefined;
	/** Encrypted ClientHello by servers with keys. */
	ech?: AnswersResult | undefined;
	/** Likewise, or because the system gives no network of its own: hosts whose name servers say odd things. */
	names?: AnswersResult | undefined;
	seconds: number;
};

export type Counts = {
	equal: number;
	/** Without an explanation. */
	different: number;
	/** Different, and listed in known-differences.ts. */
	known: number;
	/** Listed there, but equal. */
	outdated: number;
	/** Deliberate errors that were not noticed by the right layers. */
	uncaught: number;
};

/** Whether the suite has failed on this browser. */
export function hasFailed(result: BrowserResult): boolean {
	const { different, outdated, uncaught } = count(result);
	return different + outdated + uncaught > 0;
}

/** Numbers of a result. A scenario that could not run counts as one different cell. */
export function count(result: BrowserResult): Counts {
	const cells = result.rows.flatMap((row) => row.cells);
	const failed = result.rows.filter((row) => row.error !== undefined).length;
	const { answers, certificates, cache, dictionaries, ech, names } = result;
	const tables = [answers, certificates, cache, dictionaries, ech, names].filter((table) => table !== undefined);
	const odd = tables.flatMap(({ differences }) => differences);
	const unknown = odd.filter((each) => each.reason === undefined).length;
	const asked = tables.reduce((sum, table) => sum + table.asked, 0);
	const stale = tables.reduce((sum, table) => sum + table.outdated.length, 0);
	return {
		equal: cells.filter((cell) => cell.state === 'equal').length + asked - odd.length,
		different:
			cells.filter((cell) => cell.state === 'different' && cell.reason === undefined).length + failed + unknown,
		known:
			cells.filter((cell) => cell.state === 'different' && cell.reason !== undefined).length + odd.length - unknown,
		outdated: result.rows.reduce((sum, row) => sum + row.outdated.length, stale),
		uncaught: result.perturbations.filter((each) => !isCaught(each)).length,
	};
}

/** `12 of 14 cells equal, ...` */
export function summary(result: BrowserResult): string {
	const { equal, different, known, uncaught } = count(result);
	const caught = result.perturbations.length - uncaught;
	const parts = [`${result.rows.length} scenarios`];
	if (result.answers) parts.push(`${result.answers.asked} answers`);
	if (result.ech) parts.push(`${result.ech.asked} situations of ECH`);
	if (result.cache) parts.push(`${result.cache.asked} second visits`);
	if (result.dictionaries) parts.push(`${result.dictionaries.asked} dictionaries`);
	if (result.names) parts.push(`${result.names.asked} names`);
	if (result.certificates) parts.push(`${result.certificates.asked} chains`);
	return `${result.browser} ${result.version} and wiretwin as ${result.profile}: ${equal} of ${equal + different + known} cells equal in ${parts.join(', ')}, ${different} differ without and ${known} with a known cause, ${caught} of ${result.perturbations.length} deliberate errors caught, ${result.seconds.toFixed(0)} s`;
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
