#!/usr/bin/env node
// Writes the section "Not released yet" of CHANGELOG.md from the changesets; `--release 0.2.0` gives it that number and today's date.
// `pnpm changeset version` then deletes them and writes a changelog for each package (docs/internals/packaging.md).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const folder = new URL('../.changeset/', import.meta.url);
const file = new URL('../CHANGELOG.md', import.meta.url);
const order = ['wiretwin', '@wiretwin/profiles', '@wiretwin/core-native'];

type Entry = { packages: string[]; isNew: boolean; text: string };

function read(name: string): Entry {
	const [, head = '', text = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(readFileSync(new URL(name, folder), 'utf8')) ?? [];
	const lines = [...head.matchAll(/^["']?([^"':]+)["']?: (major|minor|patch)$/gm)];
	if (lines.length === 0 || text.trim() === '') throw new Error(`.changeset/${name} names no package or says nothing`);
	const packages = lines.map(([, name]) => name as string);
	return {
		packages,
		isNew: lines.some(([, , kind]) => kind !== 'patch'),
		text: text.trim().replaceAll(/\s*\n\s*/g, ' '),
	};
}

function rank({ packages }: Entry): number {
	const ranks = packages.map((name) => order.indexOf(name)).filter((index) => index >= 0);
	return Math.min(order.length, ...ranks);
}

/** When each changeset came in; what is not committed yet is the newest. */
function ages(): Map<string, number> {
	const log = execFileSync('git', ['log', '--diff-filter=A', '--name-only', '--format=%ct', '--', '.changeset'], {
		cwd: new URL('..', import.meta.url),
		encoding: 'utf8',
	});
	const found = new Map<string, number>();
	let time = 0;
	for (const line of log.split('\n')) {
		if (/^\d+$/.test(line)) time = Number(line);
		else if (line !== '') found.set(line.replace('.changeset/', ''), time);
	}
	return found;
}

const { values } = parseArgs({ options: { release: { type: 'string' } } });
const came = ages();
const entries = readdirSync(folder)
	.filter((name) => name.endsWith('.md') && name !== 'README.md')
	.sort((left, right) => (came.get(left) ?? Number.MAX_VALUE) - (came.get(right) ?? Number.MAX_VALUE))
	.map(read)
	.sort((left, right) => rank(left) - rank(right));
const list = (wanted: boolean) =>
	entries
		.filter(({ isNew }) => isNew === wanted)
		.map(
			({ packages, text }) =>
				`- ${text} (${packages.map((name) => `\`${name.replace('@wiretwin/', '')}\``).join(', ')})`,
		)
		.join('\n');
const today = new Date().toISOString().slice(0, 10);
const title = values.release === undefined ? 'Not released yet' : `${values.release}, ${today}`;
const section = `## ${title}\n\n### New\n\n${list(true)}\n\n### Mended\n\n${list(false)}\n`;

const intro =
	'# Changelog\n\nWhat a user can notice, newest first. All packages have one version. Each has its own list as well, in its folder.\n';
let released = '';
try {
	const text = readFileSync(file, 'utf8');
	const first = text.search(/^## \d/m);
	released = first < 0 ? '' : text.slice(first);
} catch {}
writeFileSync(file, [intro, section, released].filter(Boolean).join('\n'));
