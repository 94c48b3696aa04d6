/** Which profiles exist, each as the facts of its release. */
import type { ProfileDocument } from '../src/types.ts';
import { chrome142 } from './releases/chrome-142.ts';
import { chrome156 } from './releases/chrome-156.ts';
import { firefox139 } from './releases/firefox-139.ts';
import { firefox153 } from './releases/firefox-153.ts';

/** Every profile, newest of each browser first. */
export function profiles(): ProfileDocument[] {
	return [chrome156(), chrome142(), firefox153(), firefox139()];
}

/** Names that follow the newest release. */
export function aliases(documents: readonly ProfileDocument[]): Record<string, string> {
	const newest = (browser: string) => documents.find((document) => document.browser === browser)?.name ?? '';
	return {
		chrome: newest('chrome'),
		chromium: 'chrome_156',
		chromium_156: 'chrome_156',
		firefox: newest('firefox'),
		firefox_esr: 'firefox_153',
	};
}
