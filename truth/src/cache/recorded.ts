import { readFileSync, writeFileSync } from 'node:fs';
import type { BrowserName } from '@wiretwin/mirror/browsers';

/** What a browser made of each line of a table, by the line's name. */
type Texts = Readonly<Record<string, string>>;

/** What a browser made of each line of the table in `folder` when it was last recorded. */
export function readRecorded(folder: URL, browser: BrowserName): Texts {
	return (JSON.parse(readFileSync(new URL(`${browser}.json`, folder), 'utf8')) as { visits: Texts }).visits;
}

/** Writes it down. */
export function writeRecorded(folder: URL, browser: BrowserName, version: string, visits: Texts): void {
	writeFileSync(new URL(`${browser}.json`, folder), `${JSON.stringify({ version, visits }, null, '\t')}\n`);
}
