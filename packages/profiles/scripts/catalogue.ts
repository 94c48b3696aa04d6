/** Which profiles exist. */
import type { ProfileDocument, ProfileEdition, ProfileOs } from '../src/types.ts';
import { chromeAndroidReleases, chromeReleases, chromiumEditions } from './releases/chrome.ts';
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

/** Products that share the files of another one. */
export function editions(documents: readonly ProfileDocument[]): ProfileEdition[] {
	return chromiumEditions(documents.filter(({ browser }) => browser === 'chrome'));
}

/** Browsers that are other browsers on other systems. */
export const systems: { readonly [browser: string]: { readonly [os in ProfileOs]?: string } } = {
	chrome: { android: 'chrome_android' },
	firefox: { android: 'firefox_android' },
	safari: { ios: 'safari_ios' },
	safari_ios: { macos: 'safari' },
};

/** Names that follow the newest release. */
export function aliases(documents: ReadonlyArray<{ browser: string; name: string }>): Record<string, string> {
	const newest = (browser: string) => documents.find((document) => document.browser === browser)?.name ?? '';
	const browsers = [...new Set(documents.map((document) => document.browser))];
	return {
		...Object.fromEntries(browsers.map((browser) => [browser, newest(browser)])),
		firefox_esr: 'firefox_153',
	};
}
