import { readFileSync, writeFileSync } from 'node:fs';
import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Verdict } from './asking.ts';
import { describe } from './compare-answers.ts';
import type { Answer } from './read-answers.ts';

/** A file for each browser and table. */
const fileOf = (browser: string) => new URL(`recorded/${browser}.txt`, import.meta.url);

/** What a browser made of the answers when it was last asked (`--record-answers`), by their names. */
export function readRecorded(browser: BrowserName | `${BrowserName}-proxy`): Map<string, string> {
	const lines = readFileSync(fileOf(browser), 'utf8').split('\n').slice(1);
	return new Map(
		lines.filter(Boolean).map((line): [string, string] => {
			const at = line.indexOf(' | ');
			return [line.slice(0, at), line.slice(at + 3)];
		}),
	);
}

export function writeRecorded(
	browser: BrowserName | `${BrowserName}-proxy`,
	version: string,
	answers: ReadonlyArray<Pick<Answer, 'name'>>,
	verdicts: readonly Verdict[],
): void {
	const lines = answers.map(({ name }, index) => {
		const verdict = verdicts[index];
		return `${name} | ${verdict ? describe(verdict) : ''}`;
	});
	writeFileSync(fileOf(browser), `# ${browser} ${version}\n${lines.join('\n')}\n`);
}
