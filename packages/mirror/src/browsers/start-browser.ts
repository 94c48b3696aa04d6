import { basename } from 'node:path';
import type { Browser, BrowserName, BrowserOptions } from './browser.ts';
import { startChromium } from './chromium.ts';
import { startFirefox } from './firefox.ts';
import { findBrowser } from './places.ts';

/**
 * Starts a browser by name (`chrome`, `chromium`, `edge`, `firefox`) or by the path of its program; which of the two
 * protocols drives it follows from the program's file name.
 */
export async function startBrowser(program: string, options: Omit<BrowserOptions, 'program'>): Promise<Browser> {
	const found = { ...options, program: findBrowser(program) };
	return browserNameOf(found.program) === 'firefox' ? startFirefox(found) : startChromium(found);
}

/** Which family a program belongs to. */
export function browserNameOf(program: string): BrowserName {
	return /firefox|librewolf|waterfox|gecko/i.test(basename(program)) ? 'firefox' : 'chromium';
}
