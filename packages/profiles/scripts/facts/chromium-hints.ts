/** Orders of Chromium's client hints. */
import { differences } from './differences.ts';

/** Hints that every origin is told. */
export const HINT_TRIO = ['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform'];

/** Order in which the browser process adds hints (`hints` of the table), as far as the release has them. */
export function hintOrder(major: number): string[] {
	return differences.chromium.hints.filter(({ since }) => since <= major).map(({ name }) => name);
}

/**
 * Order in which a page's request collects hints once the origin has sent Accept-CH: the memory, the network, the browser, what
 * the user prefers, the picture. It is the one that gives each of 1,440 requests of Chromium 156 with random sets of asked
 * hints and of fields of the page's (a part of them: captures/chromium-156-hint-orders.json), and the older captures.
 */
export function hintTableOrder(order: readonly string[]): string[] {
	const some = (pattern: RegExp) => order.filter((name) => pattern.test(name));
	const first = [
		...some(/device-memory$/),
		'rtt',
		'downlink',
		'ect',
		...HINT_TRIO,
		'sec-ch-ua-arch',
		'sec-ch-ua-platform-version',
	];
	const browser = ['sec-ch-ua-model', 'sec-ch-ua-full-version', 'sec-ch-ua-full-version-list', ...some(/^sec-ch-ua/)];
	const wanted = [...first, ...browser, ...some(/^sec-ch-prefers-/), ...order];
	return [...new Set(wanted.filter((name) => order.includes(name)))];
}
