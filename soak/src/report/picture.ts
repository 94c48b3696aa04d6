import type { Sample } from '../plan.ts';

const WIDTH = 960;
const COLUMNS = 2;
const PANEL = { width: 440, height: 120, left: 58, top: 30, apart: 172 };
/** Points of a line; more cannot be seen. */
const POINTS = 200;
const MEGABYTE = 1e6;
const MINUTE = 60_000;

type Line = { name: string; color: string; of: (sample: Sample) => number; atRest?: boolean };
type Panel = { title: string; unit: string; lines: Line[] };

const blue = '#2563a8';
const orange = '#c2571a';
const green = '#3c8a4e';
const grey = '#8a8f98';
const panels: readonly Panel[] = [
	{
		title: 'Resident memory',
		unit: 'MB',
		lines: [
			{ name: 'under load', color: grey, of: ({ resident }) => resident / MEGABYTE },
			{ name: 'at rest', color: blue, of: ({ resident }) => resident / MEGABYTE, atRest: true },
			{ name: 'holes given back', color: orange, of: ({ settled = 0 }) => settled / MEGABYTE, atRest: true },
			{ name: 'allocated', color: green, of: ({ allocated = 0 }) => allocated / MEGABYTE, atRest: true },
		],
	},
	{
		title: 'Heap',
		unit: 'MB',
		lines: [
			{ name: 'under load', color: grey, of: ({ heap }) => heap / MEGABYTE },
			{ name: 'at rest', color: blue, of: ({ heap }) => heap / MEGABYTE, atRest: true },
		],
	},
	{
		title: 'Descriptors',
		unit: '',
		lines: [
			{ name: 'under load', color: grey, of: ({ descriptors }) => descriptors },
			{ name: 'at rest', color: blue, of: ({ descriptors }) => descriptors, atRest: true },
		],
	},
	{
		title: 'Handles',
		unit: '',
		lines: [
			{ name: 'under load', color: grey, of: ({ handles }) => handles },
			{ name: 'at rest', color: blue, of: ({ handles }) => handles, atRest: true },
		],
	},
	{
		title: 'In flight',
		unit: '',
		lines: [
			{ name: 'actions', color: grey, of: ({ inFlight }) => inFlight },
			{ name: 'exchanges', color: orange, of: ({ exchanges }) => exchanges },
			{ name: 'exchanges at rest', color: blue, of: ({ exchanges }) => exchanges, atRest: true },
		],
	},
	{
		title: 'Event-loop delay under load',
		unit: 'ms',
		lines: [
			{ name: '99th percentile', color: grey, of: ({ delayHigh }) => delayHigh },
			{ name: 'median', color: blue, of: ({ delayMedian }) => delayMedian },
		],
	},
];

/** The whole soak as an SVG. */
export function picture(samples: readonly Sample[], title: string): string {
	const end = Math.max(1, samples.at(-1)?.at ?? 1);
	const rows = Math.ceil(panels.length / COLUMNS);
	const height = 52 + rows * PANEL.apart;
	const drawn = panels.map((panel, index) => {
		const x = (index % COLUMNS) * (WIDTH / COLUMNS);
		const y = 44 + Math.floor(index / COLUMNS) * PANEL.apart;
		return `<g transform="translate(${x} ${y})">${drawPanel(panel, samples, end)}</g>`;
	});
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">
<title>${title}</title>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="16" y="26" font-size="15" font-weight="bold" fill="#1c1f24">${title}</text>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel({ title, unit, lines }: Panel, samples: readonly Sample[], end: number): string {
	const series = lines.map((line) => ({
		...line,
		points: thinned(
			samples
				.filter((sample) => sample.atRest === (line.atRest ?? false))
				.map((sample) => [sample.at, line.of(sample)] as const),
		),
	}));
	const top = niceAbove(Math.max(1, ...series.flatMap(({ points }) => points.map(([, value]) => value))));
	const { left, width, height } = PANEL;
	const right = width - 12;
	const x = (at: number) => (left + (at / end) * (right - left)).toFixed(1);
	const y = (value: number) => (PANEL.top + (1 - value / top) * (height - PANEL.top + 10)).toFixed(1);
	const grid = [0, 0.5, 1].map(
		(share) =>
			`<line x1="${left}" x2="${right}" y1="${y(share * top)}" y2="${y(share * top)}" stroke="#e3e6ea"/>` +
			`<text x="${left - 6}" y="${Number(y(share * top)) + 4}" text-anchor="end" fill="#5a606a">${share * top}${share === 1 && unit ? ` ${unit}` : ''}</text>`,
	);
	const thirds = [1 / 3, 2 / 3].map(
		(share) =>
			`<line x1="${x(share * end)}" x2="${x(share * end)}" y1="${y(top)}" y2="${y(0)}" stroke="#c9ced6" stroke-dasharray="2 3"/>`,
	);
	const times = [0, 1 / 3, 2 / 3, 1].map(
		(share) =>
			`<text x="${x(share * end)}" y="${Number(y(0)) + 15}" text-anchor="middle" fill="#5a606a">${timeText(share * end)}</text>`,
	);
	const paths = series.map(
		({ points, color }) =>
			`<polyline fill="none" stroke="${color}" stroke-width="1.4" points="${points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ')}"/>`,
	);
	let legendAt = right;
	const legend = series.toReversed().map(({ name, color }) => {
		const text = `<text x="${legendAt}" y="14" text-anchor="end" fill="${color}">${name}</text>`;
		legendAt -= name.length * 6 + 14;
		return text;
	});
	const heading = `<text x="${left}" y="14" font-weight="bold" fill="#1c1f24">${title}</text>`;
	return [heading, ...legend, ...grid, ...thirds, ...times, ...paths].join('');
}

/** As many points as can be seen: of each stretch its mean. */
function thinned(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
	const size = Math.max(1, Math.ceil(points.length / POINTS));
	const kept: [number, number][] = [];
	for (let at = 0; at < points.length; at += size) {
		const part = points.slice(at, at + size);
		const mean = (index: 0 | 1) => part.reduce((sum, point) => sum + point[index], 0) / part.length;
		kept.push([mean(0), mean(1)]);
	}
	return kept;
}

function niceAbove(value: number): number {
	const unit = 10 ** Math.floor(Math.log10(value));
	return unit * ([1, 2, 4, 6, 8, 10].find((step) => step * unit >= value) ?? 10);
}

function timeText(milliseconds: number): string {
	return milliseconds >= 3 * MINUTE
		? `${Math.round(milliseconds / MINUTE)} min`
		: `${Math.round(milliseconds / 1000)} s`;
}
