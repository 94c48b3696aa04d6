/** One row of the comparison: a fact about the wire, as the browser and as wiretwin showed it. */
export type ComparisonRow = { field: string; browser: string; wiretwin: string };

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number, text: string): string => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
export const bold = (text: string): string => paint(1, text);
export const dim = (text: string): string => paint(2, text);
export const green = (text: string): string => paint(32, text);
export const red = (text: string): string => paint(31, text);

/** Splits a long value at spaces, commas or pipes so that it fits a column; longer unbroken runs are cut hard. */
function wrap(text: string, width: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const piece of text.split(/(?<=[ ,|])/)) {
		if (line !== '' && line.length + piece.length > width) {
			lines.push(line);
			line = '';
		}
		line += piece;
		for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width));
	}
	return [...lines, line];
}

/** Prints `field | real browser | wiretwin` and returns how many rows differ. */
export function printComparison(rows: readonly ComparisonRow[], write: (line: string) => void): number {
	const total = Math.min(Math.max(process.stdout.columns ?? 120, 80), 160);
	const fieldWidth = Math.max(...rows.map((row) => row.field.length), 'field'.length);
	const width = Math.floor((total - fieldWidth - 10) / 2);
	const rule = `${'-'.repeat(fieldWidth + 1)}+${'-'.repeat(width + 2)}+${'-'.repeat(width + 1)}`;
	write(`  ${bold('field'.padEnd(fieldWidth))} | ${bold('real browser'.padEnd(width))} | ${bold('wiretwin')}`);
	write(dim(`  ${rule}`));
	let different = 0;
	for (const row of rows) {
		const equal = row.browser === row.wiretwin;
		if (!equal) different++;
		const left = wrap(row.browser, width);
		const right = wrap(row.wiretwin, width);
		for (let i = 0; i < Math.max(left.length, right.length); i++) {
			const mark = i > 0 ? ' ' : equal ? green('=') : red('!');
			const name = (i === 0 ? row.field : '').padEnd(fieldWidth);
			const value = (right[i] ?? '').padEnd(width);
			write(`${mark} ${name} | ${(left[i] ?? '').padEnd(width)} | ${equal ? value.trimEnd() : red(value.trimEnd())}`);
		}
	}
	return different;
}

/** What the comparison comes to. */
export const verdict = (different: number): string =>
	different === 0 ? green('every field is equal') : red(`${different} fields differ`);
