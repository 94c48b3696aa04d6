#!/usr/bin/env node
// Keeps the tree walkable: file names, file sizes, and no path of one machine in what is committed (STYLE.md 3 and 4); what
// Node 22 can read, and what workflows call.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const HARD_CAP = { source: { ts: 500, rs: 800 }, test: 800 };
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
	.split('\n')
	.filter(Boolean);
const problems = [];
/** Node 22 knows no `using`. Tests and what only they load are transformed, and `make truth` brings a newer Node. */
const runByNode = /^(scripts|demo|examples|e2e\/(consumer|platforms)|packages\/[\w-]+\/(src|test\/programs))\//;
const onlyInTests = /\.test\.ts$|^packages\/adapter-conformance\//;

for (const file of files) {
	const extension = /\.(ts|mts|mjs|rs)$/.exec(file)?.[1];
	if (!extension || /(^|\/)(generated|data|captures|fixtures)\//.test(file)) continue;
	const name = file
		.split('/')
		.pop()
		.replace(/^\./, '')
		.replace(/\.(browser\.test|test-d|test|config|d)?\.?(ts|mts|mjs|rs)$/, '');
	const style = extension === 'rs' ? /^[a-z0-9_]+$/ : /^[a-z0-9]+([-.][a-z0-9]+)*$/;
	if (!style.test(name)) problems.push(`${file}: name is not ${extension === 'rs' ? 'snake_case' : 'kebab-case'}`);
	const text = readFileSync(file, 'utf8');
	const lines = text.split('\n').length;
	const isTest = /(^|\/)(tests?|fuzz|e2e|bench(es)?)\//.test(file);
	const cap = isTest ? HARD_CAP.test : HARD_CAP.source[extension === 'rs' ? 'rs' : 'ts'];
	if (lines > cap) problems.push(`${file}: ${lines} lines, at most ${cap}`);
	if (/\/work\/(main|shared)|\/root\/|\/tmp\/w\//.test(text) && file !== 'scripts/check-tree.mjs')
		problems.push(`${file}: path of one machine`);
	if (runByNode.test(file) && !onlyInTests.test(file) && /^\s*(await )?using \w+ =/m.test(text))
		problems.push(`${file}: \`using\`, which Node 22 cannot read`);
	if (isTest && /\b(it|test|describe)\.(only|skip|todo)\(/.test(text))
		problems.push(`${file}: skipped or focused test`);
}

const makefile = readFileSync('Makefile', 'utf8');
for (const file of files.filter((name) => name.startsWith('.github/workflows/'))) {
	const text = readFileSync(file, 'utf8');
	for (const [, target] of text.matchAll(/\bmake ([\w-]+)/g))
		if (!makefile.includes(`\n${target}:`)) problems.push(`${file}: no target ${target} in the Makefile`);
	for (const [script] of text.matchAll(/\bscripts\/[\w/-]+\.(?:mjs|sh)\b/g))
		if (!files.includes(script)) problems.push(`${file}: no ${script}`);
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`${files.length} files: names, sizes and paths are fine`);
