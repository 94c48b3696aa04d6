/** `fetchpriority`: weight and field of each value, as Chromium 156 and Firefox 153 sent them (truth: priority high and low). */
import { describe, expect, test } from 'vitest';
import { getProfile, layoutHeaders, type RequestKind } from '../src/index.ts';

type Level = readonly [weight: number, field: string | undefined];
type Row = readonly [kind: RequestKind, high: Level, low: Level];

const MEDIUM: Level = [220, 'u=1'];
const MEDIUM_I: Level = [220, 'u=1, i'];
const LOWEST: Level = [147, undefined];
const LOWEST_I: Level = [147, 'i'];
const chromium: readonly Row[] = [
	['script', MEDIUM, MEDIUM],
	['script-body', MEDIUM, LOWEST],
	['script-async', MEDIUM, LOWEST],
	['script-defer', MEDIUM, LOWEST],
	['module', MEDIUM, LOWEST],
	['modulepreload', MEDIUM, LOWEST],
	['style', [256, 'u=0'], MEDIUM],
	['image', MEDIUM_I, LOWEST_I],
	['preload-script', MEDIUM, LOWEST],
	['preload-style', [256, 'u=0'], MEDIUM],
	['preload-font', MEDIUM, LOWEST],
	['preload-image', MEDIUM_I, LOWEST_I],
	['preload-fetch', MEDIUM_I, LOWEST_I],
	['fetch', MEDIUM_I, LOWEST_I],
];

const LATE_HIGH: Level = [32, 'u=2'];
const LATE_LOW: Level = [12, 'u=4'];
const PRELOAD_HIGH: Level = [42, 'u=1'];
const firefox: readonly Row[] = [
	['script', [32, 'u=1'], [12, undefined]],
	['script-body', LATE_HIGH, LATE_LOW],
	['script-async', LATE_HIGH, LATE_LOW],
	['script-defer', LATE_HIGH, LATE_LOW],
	['module', LATE_HIGH, LATE_LOW],
	['modulepreload', PRELOAD_HIGH, LATE_LOW],
	['style', [42, 'u=0'], [22, 'u=2']],
	['image', [32, 'i'], [2, 'u=6, i']],
	['preload-script', PRELOAD_HIGH, LATE_LOW],
	['preload-style', [42, 'u=0'], [32, 'u=1']],
	['preload-font', PRELOAD_HIGH, LATE_LOW],
	['preload-image', [31, 'u=4, i'], [2, 'u=6, i']],
	['preload-fetch', LATE_HIGH, LATE_LOW],
	['fetch', [32, undefined], [12, 'u=5']],
];

function levelOf(browser: string, kind: RequestKind, fetchPriority: 'high' | 'low' | 'auto'): Level {
	const { headers, priority } = layoutHeaders(getProfile(browser, { os: 'linux' }), { kind, fetchPriority });
	const index = headers.findIndex((name, place) => place % 2 === 0 && name.toLowerCase() === 'priority');
	return [priority.weight, index < 0 ? undefined : headers[index + 1]];
}

describe.each([
	['chromium', chromium],
	['firefox', firefox],
] as const)('%s', (browser, rows) => {
	test.each(rows)('%s', (kind, high, low) => {
		expect(levelOf(browser, kind, 'high')).toEqual(high);
		expect(levelOf(browser, kind, 'low')).toEqual(low);
	});
});

test.each(['chrome_101', 'firefox_128'] as const)('%s knows no such attribute', (browser) => {
	for (const [kind] of chromium) expect(levelOf(browser, kind, 'low'), kind).toEqual(levelOf(browser, kind, 'auto'));
});
