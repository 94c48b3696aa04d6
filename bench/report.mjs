// One table and one picture of the harness's results: node bench/report.mjs reports/bench.json reports/bench
// Each figure is a median over rounds, each ratio the median of the ratios within rounds: below 1 we need less than that peer.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a scenario is judged by, all of it "less is better". */
const measures = [
	['1a', 'sequential, h2', 'cpu_ms_1k', 'us CPU'],
	['1b', 'sequential, h1', 'cpu_ms_1k', 'us CPU'],
	['2', '50 in flight, h2', 'cpu_ms_1k', 'us CPU'],
	['2b', '50 in flight, h1', 'cpu_ms_1k', 'us CPU'],
	['2c', '64 kB, 20 in flight', 'cpu_ms_1k', 'us CPU'],
	['3a', 'cold start', 'cpu_ms', 'ms CPU'],
	['3b', 'fresh session each', 'cpu_ms_1k', 'us CPU'],
	['3c', 'resumption', 'cpu_ms_1k', 'us CPU'],
	['4a', '50 MB down, h2', 'cpu_ms_50MB', 'ms CPU'],
	['4b', '50 MB down, h1', 'cpu_ms_50MB', 'ms CPU'],
	['4c', 'slow reader', 'rss_growth_MB', 'MB pulled'],
	['4d', '1 MB arrayBuffer', 'cpu_ms_1k', 'us CPU'],
	['5', '50 MB up, h2', 'cpu_ms_50MB', 'ms CPU'],
	['5b', '50 MB up, h1', 'cpu_ms_50MB', 'ms CPU'],
	['6a', 'after 10,000 requests', 'rss_after_MB', 'MB'],
	['6b', 'idle session', 'kB_per_session', 'kB'],
	['6c', 'event loop p99', 'loop_p99_ms', 'ms'],
	['7', '50 cookies', 'cpu_ratio', 'x none'],
];
const us = 'wiretwin';

const [source, folder] = process.argv.slice(2);
if (folder === undefined) {
	console.error('usage: node bench/report.mjs <results.json> <folder>');
	process.exit(2);
}
const results = JSON.parse(readFileSync(source, 'utf8'));
const rows = measures.flatMap(([scenario, title, measure, unit]) => {
	const rounds = results[scenario]?.rounds;
	return rounds === undefined ? [] : [{ scenario, title, unit, ...compared(rounds, measure) }];
});
const peers = [...new Set(rows.flatMap(({ ratios }) => Object.keys(ratios)))];
const table = markdown();
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'table.md'), table);
writeFileSync(join(folder, 'ratios.svg'), picture());
console.log(`${table}\n${join(folder, 'table.md')}, ${join(folder, 'ratios.svg')}`);

function compared(rounds, measure) {
	const measured = (round, client) => {
		const value = round[client]?.[measure];
		return Number.isFinite(value) && value > 0 ? value : undefined;
	};
	const clients = [...new Set(rounds.flatMap((round) => Object.keys(round)))];
	const values = Object.fromEntries(
		clients.map((client) => [client, median(rounds.map((round) => measured(round, client)))]),
	);
	const ratios = Object.fromEntries(
		clients
			.filter((client) => client !== us)
			.map((client) => [
				client,
				median(
					rounds.map((round) => {
						const [ours, theirs] = [measured(round, us), measured(round, client)];
						return ours === undefined || theirs === undefined ? undefined : ours / theirs;
					}),
				),
			]),
	);
	return { values, ratios };
}

function median(list) {
	const sorted = list.filter((value) => value !== undefined).sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 0 && sorted.length > 0 ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle];
}

function markdown() {
	const head = ['scenario', 'measure', us, ...peers.flatMap((peer) => [peer, 'ratio']), 'first'];
	const lines = rows.map(({ scenario, title, unit, values, ratios }) => {
		const cells = peers.flatMap((peer) => [figure(values[peer]), ratio(ratios[peer])]);
		const known = Object.values(ratios).filter((each) => each !== undefined);
		const isFirst = known.every((each) => each <= 1) ? 'yes' : 'no';
		return [`${scenario} ${title}`, unit, figure(values[us]), ...cells, isFirst];
	});
	return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function figure(value) {
	if (value === undefined) return '-';
	return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function ratio(value) {
	return value === undefined ? '-' : value.toFixed(2);
}

/** Bars of the ratios, on a scale of logarithms: as much better and as much worse are as long. */
function picture() {
	const [left, right, top, bar, gap] = [190, 70, 46, 9, 14];
	const [width, scale] = [820, (820 - 190 - 70) / 2 / Math.log2(8)];
	const middle = left + (width - left - right) / 2;
	const rowHeight = peers.length * (bar + 2) + gap;
	const height = top + rows.length * rowHeight + 10;
	const colours = ['#1b6ca8', '#c8553d', '#588157', '#8e6c8a', '#e09f3e', '#6b705c'];
	const at = (value) => middle + Math.max(-3, Math.min(3, Math.log2(value))) * scale;
	const lines = [0.125, 0.25, 0.5, 1, 2, 4, 8].map(
		(value) =>
			`<line x1="${at(value)}" x2="${at(value)}" y1="${top - 8}" y2="${height - 8}" stroke="${value === 1 ? '#333' : '#ddd'}"/>` +
			text(at(value), top - 12, `${value}`, 'middle'),
	);
	const legend = peers.map(
		(peer, index) =>
			`<rect x="${left + index * 110}" y="8" width="10" height="10" fill="${colours[index % colours.length]}"/>` +
			text(left + index * 110 + 14, 17, `us / ${peer}`, 'start'),
	);
	const bars = rows.flatMap(({ scenario, title, ratios }, row) => {
		const y = top + row * rowHeight;
		const name = text(8, y + rowHeight / 2, `${scenario} ${title}`, 'start');
		const own = peers.flatMap((peer, index) => {
			const value = ratios[peer];
			if (value === undefined) return [];
			const [from, to] = [Math.min(middle, at(value)), Math.max(middle, at(value))];
			const place = y + index * (bar + 2);
			const fill = colours[index % colours.length];
			const label = text(value < 1 ? from - 3 : to + 3, place + bar - 1, ratio(value), value < 1 ? 'end' : 'start');
			return [`<rect x="${from}" y="${place}" width="${to - from}" height="${bar}" fill="${fill}"/>${label}`];
		});
		return [name, ...own];
	});
	const style = 'font-family="sans-serif" font-size="10" fill="#222"';
	const body = [...legend, ...lines, ...bars].join('\n');
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${style}>\n<rect width="100%" height="100%" fill="#fff"/>\n${body}\n</svg>\n`;
}

function text(x, y, words, anchor) {
	return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
}
