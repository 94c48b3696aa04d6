import { expect, test } from 'vitest';
import { windowThreshold } from '../src/draft/window-threshold.ts';

const FRAME = 16_384;
/** A browser that returns 4 MiB and what had come when it looked. */
const returned = (...late: number[]) => late.map((frames) => 4_194_304 + frames * FRAME);

test.each([
	['at once', returned(0, 0, 0)],
	['a frame late now and then', returned(0, 1, 0, 2)],
	['late all the time', returned(1, 1, 2)],
	['once a little late, else by megabytes', [9_000_000, 4_276_224, 6_200_000, 8_300_000]],
	['of two, once by a megabyte', [5_500_000, 4_276_224]],
])('a base that is right is believed: %s', (_, increments) => {
	expect(windowThreshold(increments, 4_194_303, 12_582_912)).toBe(4_194_303);
});

test('half of the window is believed where the base is wrong', () => {
	expect(windowThreshold([3_145_800, 3_146_000, 3_150_000], 1_000_000, 6_291_456)).toBe(3_145_728);
	expect(windowThreshold([3_180_000, 3_190_000], 1_000_000, 6_291_456)).toBe(3_145_728);
});

test.each([
	['once on time', returned(0, 1, 2)],
	['late all the time', returned(1, 2, 1)],
	['late once in a download of one increment', returned(1)],
	['very late once', [4_702_208, ...returned(0, 1, 0)]],
	['very late but once', [9_000_000, 4_276_224, 6_200_000]],
	['very late once in a download of two increments', [4_210_688, 5_000_000]],
	['once with a window that had run dry', [1_572_864, ...returned(0, 1, 1)]],
])('a whole number of mebibytes is believed where neither explains it: %s', (_, increments) => {
	expect(windowThreshold(increments, 1_000_000, 12_582_912)).toBe(4_194_303);
});

test('else the least increment says it', () => {
	expect(windowThreshold([500_001, 510_000, 505_000], 1_000_000, 6_291_456)).toBe(500_000);
});

test('what explains all increments goes before what needs a late browser', () => {
	expect(windowThreshold([3_145_800, 3_146_000], 3_100_000, 6_291_456)).toBe(3_145_728);
});
