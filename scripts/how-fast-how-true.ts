#!/usr/bin/env node
// Writes docs/how-fast-how-true.md: the last report of `make truth` (kept as it stands in the page if there is none here), the README's
// figures of speed, and how far each profile is verified. `make docs` runs it.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { getProfiles } from '../packages/profiles/src/index.ts';
import { table } from './reference/markdown.ts';

const root = new URL('../', import.meta.url);
const page = new URL('docs/how-fast-how-true.md', root);
const report = new URL('reports/truth/report.txt', root);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const between = (text: string, name: string) =>
	new RegExp(`<!-- ${name}[^>]*-->\n(.*?)<!-- /${name} -->`, 's').exec(text)?.[1] ?? '';

/** Cells, then so many scenarios and so many of each table, then what differs. */
const summary =
	/^(\w+) ([\d.]+) and wiretwin as (\w+): (\d+) of (\d+) cells equal in ((?:\d+ [\w ]+, )+)(\d+) differ without and (\d+) with a known cause, (\d+ of \d+) deliberate/;

/** One browser of a report: its sentence, and how many cells of each layer are equal. */
function browserPart(lines: readonly string[]): { row: string[]; layers: string[][] } {
	const [, browser, version, profile, equal, cells, asked, different, known, caught] =
		summary.exec(lines[0] ?? '') ?? [];
	const tables = asked?.split(', ').filter(Boolean) ?? [];
	// The part of a run that nobody has asked for has none of them.
	if (!browser || !version || tables.length < 3)
		throw new Error('reports/truth/report.txt is not of a whole run of make truth');
	const head =
		lines
			.find((line) => line.startsWith('scenario '))
			?.split(/\s+/)
			.filter(Boolean)
			.slice(1) ?? [];
	const counts = head.map(() => ({ equal: 0, all: 0 }));
	for (const line of lines.slice(lines.findIndex((line) => line.startsWith('scenario ')) + 1)) {
		if (line === '') break;
		const marks = line.trim().split(/\s+/).slice(-head.length);
		for (const [index, mark] of marks.entries()) {
			const count = counts[index];
			if (!count || mark === '.') continue;
			count.all++;
			if (mark === '=') count.equal++;
		}
	}
	return {
		row: [
			`${browser} ${version}`,
			`\`${profile}\``,
			tables.join('<br>'),
			`${equal} of ${cells}`,
			known,
			different,
			caught,
		] as string[],
		layers: head.map((name, index) => [name, `${counts[index]?.equal} of ${counts[index]?.all}`]),
	};
}

function truthPart(): string {
	let text: string;
	try {
		text = readFileSync(report, 'utf8');
	} catch {
		return between(readFileSync(page, 'utf8'), 'truth');
	}
	const date = statSync(report).mtime.toISOString().slice(0, 10);
	const parts = text
		.split(/^(?=\w+ [\d.]+ and wiretwin as )/m)
		.filter(Boolean)
		.map((part) => part.split('\n'));
	const browsers = parts.map(browserPart);
	const reasons = new Map<string, number>();
	for (const [, reason] of text.matchAll(/known: (.*)$/gm))
		reasons.set(reason as string, (reasons.get(reason as string) ?? 0) + 1);
	const [first, ...others] = browsers;
	return [
		`\n${date}, \`make truth\`:\n`,
		table(
			['browser', 'profile', 'compared', 'cells equal', 'differ, cause known', 'differ', 'deliberate errors caught'],
			browsers.map(({ row }) => row),
		),
		'Layer by layer, over all scenarios:\n',
		table(
			['layer', ...browsers.map(({ row }) => row[0] as string)],
			(first?.layers ?? []).map(([name = '', count = ''], index) => [
				name,
				count,
				...others.map(({ layers }) => layers[index]?.[1] ?? ''),
			]),
		),
		'What differs, and why it stays so:\n',
		table(
			['times', 'reason'],
			[...reasons].sort(([, left], [, right]) => right - left).map(([reason, times]) => [String(times), reason]),
		),
	].join('\n');
}

const verified = new Map<string, number>();
for (const { verified: how } of getProfiles()) verified.set(how, (verified.get(how) ?? 0) + 1);
const figures = between(read('README.md'), 'figures');
if (figures === '' || verified.size === 0) throw new Error('README.md has no figures, or the index no profiles');

writeFileSync(
	page,
	`# How fast, how true

<!-- Written by node scripts/how-fast-how-true.ts; do not edit. -->

Two claims, and how each is measured: requests are a browser's, byte for byte, and they cost little. Figures have a date and a command, so that you can repeat
them.

## How true

\`make truth\` starts the installed Chromium and Firefox, leads them through pages, and sends with wiretwin what a user would write for the same. Both go to the same server, which
keeps every byte. What is compared: connections, ClientHello, TLS records, HTTP/2 frames, flow control, HPACK, header fields, priorities, HTTP/1.1 heads, bodies; then what both make of
odd *answers*, and which *chains* of certificates they accept. Last, wiretwin is made wrong on purpose, one fact at a time, and the comparison has to notice. It runs in every CI run;
a difference without a known cause fails it. [How it works](internals/truth.md).

<!-- truth -->
${truthPart()}
<!-- /truth -->

F01 to F09 are rules of safety that a browser can do without and a client for programs cannot ([faults](internals/faults.md)).

Other releases were not compared with the living browser. Of the profiles that ship, by how far their bytes are known ([the list](../packages/profiles/README.md#profiles)):

${table(
	['', 'profiles'],
	[...verified].map(([how, count]) => [how, String(count)]),
)}
## How fast

${figures.trim()}

[Performance](internals/performance.md) has all scenarios, other clients, where the time goes, and where wiretwin is behind. What sessions and connections cost to hold:
[scaling out](guide/scaling.md#one-process).
`,
);
