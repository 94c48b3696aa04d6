import { expect, test } from 'vitest';
import type { Sample } from '../src/plan.ts';
import { judge } from '../src/report/judge.ts';
import { picture } from '../src/report/picture.ts';
import { reportText } from '../src/report/text.ts';

const still: Omit<Sample, 'at' | 'atRest'> = {
	resident: 200e6,
	heap: 30e6,
	external: 5e6,
	descriptors: 60,
	handles: 4,
	connections: 20,
	exchanges: 0,
	inFlight: 0,
	done: 0,
	delayMedian: 10,
	delayHigh: 50,
};

/** Half an hour of looks, `change` at each of them. */
function samples(change: (share: number) => Partial<Sample>): Sample[] {
	return Array.from({ length: 120 }, (_, index) => ({
		...still,
		at: index * 15_000,
		atRest: index % 2 === 0,
		...change(index / 120),
	}));
}

const growing = (change: (share: number) => Partial<Sample>) =>
	judge(samples(change))
		?.filter(({ grows, decides }) => grows && decides)
		.map(({ name }) => name);

test('what stays is no leak, nor what grew while it got warm', () => {
	expect(growing(() => ({}))).toEqual([]);
	expect(growing((share) => ({ resident: 200e6 * (share < 1 / 3 ? 0.5 : 1) }))).toEqual([]);
	expect(growing((share) => ({ resident: 200e6 * (1 - share / 2) }))).toEqual([]);
});

test.each([
	['resident memory', (share: number) => ({ resident: 200e6 * (1 + share / 5) })],
	['resident memory, holes given back', (share: number) => ({ settled: 150e6 * (1 + share / 5) })],
	['memory of the C allocator in use', (share: number) => ({ allocated: 30e6 * (1 + share / 5) })],
	['heap', (share: number) => ({ heap: 30e6 * (1 + share / 5) })],
	['memory outside the heap', (share: number) => ({ external: 5e6 + share * 20e6 })],
	['descriptors', (share: number) => ({ descriptors: 60 + Math.floor(share * 30) })],
	['connections', (share: number) => ({ connections: 20 + Math.floor(share * 40), descriptors: 200 })],
	['handles', (share: number) => ({ handles: 4 + Math.floor(share * 30) })],
	['exchanges', (share: number) => ({ exchanges: Math.floor(share * 4) })],
] as const)('%s that grows is told', (name, change) => {
	expect(growing(change)).toContain(name);
});

test('a spike is none', () => {
	let count = 0;
	expect(growing(() => (count++ === 110 ? { resident: 900e6, heap: 300e6 } : {}))).toEqual([]);
});

test('a machine that does other things is none of ours: neither its delay nor the holes that a busy time leaves', () => {
	let count = 0;
	const busy = (share: number) => (count++ % 10 === 0 ? {} : { resident: share > 0.6 ? 260e6 : 210e6 });
	expect(growing(busy)).toEqual([]);
	expect(growing((share) => ({ delayMedian: 10 + share * 600 }))).toEqual([]);
});

test('where the holes are known, resident memory is shown and what stays behind them decides', () => {
	const holes = (share: number) => ({ resident: 200e6 * (1 + share), settled: 150e6, allocated: 30e6 });
	expect(growing(holes)).toEqual([]);
	const judgements = judge(samples(holes)) ?? [];
	expect(judgements.find(({ name }) => name === 'resident memory')).toMatchObject({ grows: true, decides: false });
	expect(reportText({}, [], judgements)).toContain('grows, decides nothing: resident memory: 266.7 MB');
});

test('a minute is too short to tell', () => {
	expect(judge(samples(() => ({})).slice(0, 8))).toBeUndefined();
});

test('the picture has every quantity and stays small', () => {
	const drawn = picture(
		samples(() => ({})),
		'a title',
	);
	for (const title of [
		'a title',
		'Resident memory',
		'Heap',
		'Descriptors',
		'Handles',
		'In flight',
		'Event-loop delay',
	]) {
		expect(drawn).toContain(title);
	}
	expect(drawn).not.toContain('NaN');
	expect(drawn.length).toBeLessThan(40_000);
});
