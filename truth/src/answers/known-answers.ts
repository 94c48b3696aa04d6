import { readFileSync } from 'node:fs';
import type { BrowserName } from '@wiretwin/mirror/browsers';

type Known = { browser: string; name: string; reason: string };

let known: Known[] | undefined;

/** Why wiretwin does not do as the browser does; `undefined` if it has to. */
export function reasonFor(browser: BrowserName, name: string): string | undefined {
	known ??= readKnown();
	return known.find((each) => each.name === name && (each.browser === 'both' || each.browser === browser))?.reason;
}

function readKnown(): Known[] {
	const lines = readFileSync(new URL('known-answers.txt', import.meta.url), 'utf8').split('\n');
	let reason = '';
	return lines.flatMap((line) => {
		if (line.startsWith('# ')) reason = line.slice(2);
		const [browser = '', name = ''] = line.split(': ');
		return line === '' || line.startsWith('#') ? [] : [{ browser, name, reason }];
	});
}
