import { basename } from 'node:path';
import type { Browser, BrowserName, BrowserOptions } from './browser.ts';
import { startChromium } from './chromium.ts';
import { startFirefox } from './firefox.ts';

/**
 * Starts a browser by name (`chromium`, `firefox`) or by the path of its program; which of the two protocols drives it
 * follows from the program's file name.
 */
export function startBrowser(program: string, options: Omit<BrowserOptions, 'program'>): Promise<Browser> {
	const name = browserNameOf(program);
	const known = program === name ? options : { ...options, program };
	return name === 'firefox' ? startFirefox(known) : startChromium(known);
}

/** Which family a program belongs to. */
export function browserNameOf(program: string): BrowserName {
	return /firefox|librewolf|waterfox|gecko/i.test(basename(program)) ? 'firefox' : 'chromium';
}
