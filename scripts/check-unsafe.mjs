#!/usr/bin/env node
// Every `unsafe` of the shipped crates has a row in docs/internals/unsafe.md: its function, how many, why it is sound, and the
// tests that hold it, which exist.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const root = 'packages/core-native/';
const page = 'docs/internals/unsafe.md';
const problems = [];

/** Places of a source: `file` `function`, with the number of blocks, functions and implementations. */
function blocksOf(file) {
	const found = new Map();
	let where = '-';
	for (const line of readFileSync(root + file, 'utf8').split('\n')) {
		const code = line.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\/\/.*/, '');
		// A line that begins at the margin ends what came before it.
		if (/^(?:unsafe )?impl\b/.test(code)) where = '-';
		where = /\bfn ([a-z0-9_]+)/.exec(code)?.[1] ?? where;
		// A type alias names a function that somebody else writes.
		const count = code.match(/\bunsafe\s*(?:\{|impl\b|extern\s*""\s*fn [a-z]|fn [a-z])/g)?.length ?? 0;
		if (count > 0) found.set(where, (found.get(where) ?? 0) + count);
	}
	return [...found].map(([name, count]) => [`${file} ${name}`, count]);
}

const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard', `${root}*/src/*.rs`], {
	encoding: 'utf8',
})
	.split('\n')
	.filter(Boolean)
	.map((file) => file.slice(root.length));
const blocks = new Map(sources.flatMap(blocksOf));

const rows = new Map();
for (const line of readFileSync(page, 'utf8').split('\n')) {
	const [, file, name, count, why, tests] = /^\| `(\S+)` `(\S+)` \| (\d+) \| (.+) \| (.+) \|$/.exec(line) ?? [];
	if (file === undefined) continue;
	rows.set(`${file} ${name}`, Number(count));
	if (why.trim().length < 10) problems.push(`${page}: ${file} ${name} has no invariant`);
	for (const test of tests.split(', ')) {
		const [kind, which] = test.split(' ');
		const path = {
			engine: `${root}engine/tests/${which}.rs`,
			'core-native': `${root}test/${which}.test.ts`,
			fuzz: `${root}fuzz/corpus/${which}`,
		}[kind];
		if (path === undefined || !existsSync(path)) problems.push(`${page}: ${file} ${name}: there is no test "${test}"`);
	}
}

for (const [place, count] of blocks) {
	if (!rows.has(place)) problems.push(`${place}: ${count} unsafe without a row in ${page}`);
	else if (rows.get(place) !== count) problems.push(`${place}: ${count} unsafe, ${page} has ${rows.get(place)}`);
}
for (const place of rows.keys()) if (!blocks.has(place)) problems.push(`${page}: nothing is unsafe in ${place}`);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(
	`${[...blocks.values()].reduce((sum, count) => sum + count, 0)} unsafe blocks in ${blocks.size} places, all with a row`,
);
