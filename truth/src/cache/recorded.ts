import { readFileSync, writeFileSync } from 'node:fs';
import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { VisitTexts } from './run-visits.ts';

const file = (browser: BrowserName) => new URL(`recorded/${browser}.json`, import.meta.url);

/** What a browser made of each visit when it was last recorded. */
export function readRecordedVisits(browser: BrowserName): VisitTexts {
	return (JSON.parse(readFileSync(file(browser), 'utf8')) as { visits: VisitTexts }).visits;
}

/** Writes it down (`--record-cache`). */
export function writeRecordedVisits(browser: BrowserName, version: string, visits: VisitTexts): void {
	writeFileSync(file(browser), `${JSON.stringify({ version, visits }, null, '\t')}\n`);
}
