import { readFileSync, writeFileSync } from 'node:fs';
import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Verdict } from './asking.ts';
import { chains } from './chains.ts';

const fileOf = (browser: BrowserName) => new URL(`recorded/${browser}.txt`, import.meta.url);

/** What a browser made of the chains when it was last asked (`--record-certificates`), by their names. */
export function readRecordedChains(browser: BrowserName): Map<string, string> {
	const lines = readFileSync(fileOf(browser), 'utf8').split('\n').slice(1).filter(Boolean);
	return new Map(
		lines.map((line): [string, string] => [line.slice(line.indexOf(' ') + 1), line.split(' ', 1)[0] ?? '']),
	);
}

export function writeRecordedChains(browser: BrowserName, version: string, verdicts: readonly Verdict[]): void {
	const lines = chains.map(({ name }, index) => `${verdicts[index]} ${name}`);
	writeFileSync(fileOf(browser), `# ${browser} ${version}\n${lines.join('\n')}\n`);
}
