/** Which profiles exist. */
import type { ProfileDocument } from '../src/types.ts';
import { chromeAndroidReleases, chromeReleases } from './releases/chrome.ts';
import { edgeReleases } from './releases/edge.ts';
import { firefoxReleases } from './releases/firefox.ts';
import { okhttpReleases } from './releases/okhttp.ts';
import { operaReleases } from './releases/opera.ts';
import { safariReleases } from './releases/safari.ts';

/** Every profile, newest of each browser first. */
export function profiles(): ProfileDocument[] {
	return [
		...chromeReleases(),
		...chromeAndroidReleases(),
		...edgeReleases(),
		...operaReleases(),
		...firefoxReleases(),
		...safariReleases(),
		...okhttpReleases(),
	];
}

/** Names that follow the newest release. */
export function aliases(documents: readonly ProfileDocument[]): Record<string, string> {
	const newest = (browser: string) => documents.find((document) => document.browser === browser)?.name ?? '';
	const browsers = [...new Set(documents.map((document) => document.browser))];
	return {
		...Object.fromEntries(browsers.map((browser) => [browser, newest(browser)])),
		chromium: 'chrome_156',
		chromium_156: 'chrome_156',
		firefox_esr: 'firefox_153',
	};
}
