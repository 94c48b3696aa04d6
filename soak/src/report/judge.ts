import type { Sample } from '../plan.ts';

/** Growth of the last third over the second that is no leak. */
const GROWTH = 0.03;
/** Looks in each third, at least; fewer are chance. */
const LOOKS = 5;

type Quantity = {
	name: string;
	/** `undefined` where the system does not tell. */
	of: (sample: Sample) => number | undefined;
	/** Looks at rest, where nothing runs and what is there is kept; or under load. */
	atRest: boolean;
	/** What a third is judged by. */
	by: (values: readonly number[]) => number;
	growth: number;
	/** Otherwise it is shown. `unless` another one is known that says it better. */
	decides: boolean | { unless: (sample: Sample) => number | undefined };
	/** Growth of so much is none, whatever its share: a connection more or less, a grain of the clock. */
	grain: number;
};

const settled = (sample: Sample) => sample.settled;
const quantities: readonly Quantity[] = [
	// What was in flight before a rest leaves holes that allocators keep: the more, the busier it was. What leaks is there at the
	// quietest of times too, and after the holes were given back.
	{
		name: 'resident memory',
		of: (sample) => sample.resident,
		atRest: true,
		by: lowest,
		growth: GROWTH,
		decides: { unless: settled },
		grain: 0,
	},
	{
		name: 'resident memory, holes given back',
		of: settled,
		atRest: true,
		by: median,
		growth: GROWTH,
		decides: true,
		grain: 0,
	},
	{
		name: 'memory of the C allocator in use',
		of: (sample) => sample.allocated,
		atRest: true,
		by: median,
		growth: GROWTH,
		decides: true,
		grain: 2 ** 20,
	},
	{ name: 'heap', of: (sample) => sample.heap, atRest: true, by: median, growth: GROWTH, decides: true, grain: 0 },
	{
		name: 'memory outside the heap',
		of: (sample) => sample.external,
		atRest: true,
		by: median,
		growth: GROWTH,
		decides: true,
		grain: 2 ** 20,
	},
	{
		name: 'descriptors',
		// Connections are judged on their own.
		of: (sample) => Math.max(0, sample.descriptors - sample.connections),
		atRest: true,
		by: median,
		growth: GROWTH,
		decides: true,
		grain: 4,
	},
	{
		name: 'connections',
		of: (sample) => sample.connections,
		atRest: true,
		by: median,
		growth: GROWTH,
		decides: true,
		grain: 8,
	},
	{
		name: 'handles',
		of: (sample) => sample.handles,
		atRest: true,
		by: median,
		growth: GROWTH,
		decides: true,
		grain: 4,
	},
	{ name: 'exchanges', of: (sample) => sample.exchanges, atRest: true, by: median, growth: 0, decides: true, grain: 0 },
	// The machine's too, whose other work no soak knows.
	{
		name: 'event-loop delay',
		of: (sample) => sample.delayMedian,
		atRest: false,
		by: median,
		growth: GROWTH,
		decides: false,
		grain: 0,
	},
];

/** One quantity in the second and in the last third. */
export type Judgement = {
	name: string;
	second: number;
	last: number;
	/** By more than its bar. */
	grows: boolean;
	/** A failure if it grows; otherwise it is only shown. */
	decides: boolean;
};

/** Compares the last third with the second; the first is there to get warm. `undefined` where there are too few looks. */
export function judge(samples: readonly Sample[]): Judgement[] | undefined {
	const end = samples.at(-1)?.at ?? 0;
	const third = (at: number) => Math.min(2, Math.floor((3 * at) / end));
	const judgements: Judgement[] = [];
	const known = (of: Quantity['of']) => samples.some((sample) => of(sample) !== undefined);
	for (const { name, of, atRest, by, growth, decides, grain } of quantities) {
		if (!known(of)) continue;
		const looks = samples.filter((sample) => sample.atRest === atRest);
		const [, second = [], last = []] = [0, 1, 2].map((part) =>
			looks.filter(({ at }) => third(at) === part).flatMap((sample) => of(sample) ?? []),
		);
		if (second.length < LOOKS || last.length < LOOKS) return undefined;
		const [before, after] = [by(second), by(last)];
		judgements.push({
			name,
			second: before,
			last: after,
			grows: after - before > Math.max(grain, before * growth),
			decides: typeof decides === 'boolean' ? decides : !known(decides.unless),
		});
	}
	return judgements;
}

function lowest(values: readonly number[]): number {
	return Math.min(...values);
}

function median(values: readonly number[]): number {
	const sorted = values.toSorted((one, other) => one - other);
	const middle = sorted.length >> 1;
	const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
	return (low + high) / 2;
}
