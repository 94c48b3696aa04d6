import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './support/snippets.ts';

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
	.split('\n')
	.filter(Boolean);
const pages = tracked.filter((file) => file.endsWith('.md') && !file.startsWith('.changeset/'));
const text = new Map(pages.map((page) => [page, readFileSync(join(root, page), 'utf8')]));

/** A page without its code: what looks like a link in there is none. */
const prose = (page: string) => (text.get(page) ?? '').replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '');

/** The name that a heading is linked by, as GitHub makes it. */
function slug(heading: string): string {
	const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
	return words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
}

function anchors(page: string): Set<string> {
	const code = (text.get(page) ?? '').replaceAll(/^```.*?^```$/gms, '');
	const names = new Set<string>();
	for (const [, heading] of code.matchAll(/^#{1,6} (.+)$/gm)) {
		const name = slug(heading ?? '');
		let unique = name;
		for (let n = 1; names.has(unique); n++) unique = `${name}-${n}`;
		names.add(unique);
	}
	for (const [, name] of code.matchAll(/<a id="([^"]+)"/g)) names.add(name ?? '');
	return names;
}

/** Why a link leads nowhere. */
function problemOf(page: string, target: string): string | undefined {
	if (/^[a-z]+:/.test(target)) return undefined;
	const [path = '', anchor] = target.split('#');
	const file = path === '' ? page : relative(root, join(root, dirname(page), path));
	const kind = statSync(join(root, file), { throwIfNoEntry: false });
	if (!kind) return `${page}: ${target} does not exist`;
	if (anchor === undefined) return undefined;
	return anchors(file).has(anchor) ? undefined : `${page}: ${target} has no such heading`;
}

describe('documentation', () => {
	it('every link leads to something', () => {
		const links = pages.flatMap((page) =>
			[...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => [page, target as string] as const),
		);
		expect(links.length).toBeGreaterThan(100);
		expect(links.flatMap(([page, target]) => problemOf(page, target) ?? [])).toEqual([]);
	});

	it.each(['guide', 'migrate', 'reference', 'internals'])('the index of docs/%s lists every page', (folder) => {
		const index = text.get(`docs/${folder}/README.md`) ?? '';
		const missing = readdirSync(join(root, 'docs', folder))
			.filter((file) => file.endsWith('.md') && file !== 'README.md')
			.filter((file) => !index.includes(`](${file})`));
		expect(missing).toEqual([]);
	});

	it('every error code that a page names exists', () => {
		const sources = tracked.filter((file) => /^packages\/[^/]+\/.*\bsrc\/.*\.(ts|rs)$/.test(file));
		const known = new Set(
			sources.flatMap((file) => readFileSync(join(root, file), 'utf8').match(/ERR_[A-Z0-9_]+/g) ?? []),
		);
		const named = pages
			.filter((page) => /^(README\.md|docs\/(guide|migrate|reference)|packages)/.test(page))
			.flatMap((page) =>
				[...(text.get(page) ?? '').matchAll(/\bERR_[A-Z0-9_]+(?![A-Z0-9_]*[*<])/g)].map(([code]) => [page, code]),
			);
		// `ERR_TLS_` of `ERR_TLS_*` is a family.
		const unknown = named.filter(([, code]) => !known.has(code as string) && !(code as string).endsWith('_'));
		expect(unknown).toEqual([]);
	});

	it('every option and method that a page of the guide names exists', () => {
		const sources = tracked.filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file));
		const words = new Set(sources.flatMap((file) => readFileSync(join(root, file), 'utf8').match(/\w+/g) ?? []));
		const ofOthers = ['httpAgent', 'httpsAgent', 'nodeModulesDir', 'nodeLinker'];
		const named = pages
			.filter((page) => /^(README\.md|docs\/guide|packages\/[^/]+\/README\.md)/.test(page))
			.flatMap((page) => [...(text.get(page) ?? '').replaceAll(/^```.*?^```$/gms, '').matchAll(/`([^`\n]+)`/g)])
			.flatMap(([, code = '']) => [
				...[...code.matchAll(/(?:^|[{(,] ?)([A-Za-z]\w+): ?['"\d{[(\w]/g)].map(([, name]) => name as string),
				...[...code.matchAll(/\.(\w+)\(/g)].map(([, name]) => name as string),
			]);
		expect(named.length).toBeGreaterThan(150);
		expect(named.filter((name) => !words.has(name) && !ofOthers.includes(name))).toEqual([]);
	});

	it.each(['wreq-js', 'impit'])('what the page of %s calls the same is there', async (name) => {
		const page = text.get(`docs/migrate/${name}.md`) ?? '';
		const table = page.slice(page.indexOf('## The same'), page.indexOf('## Different'));
		const rows = table.split('\n').filter((line) => line.startsWith('| '));
		expect(rows.length).toBeGreaterThan(5);
		const exported = await import(`../src/${name}/index.ts`);
		const sources = tracked.filter((file) =>
			/^packages\/fetch\/src\/(?:wreq-js|impit|types|response|errors)\/.*\.ts$/.test(file),
		);
		const words = new Set(sources.flatMap((file) => readFileSync(join(root, file), 'utf8').match(/\w+/g) ?? []));
		const names = (row: string) =>
			[...row.matchAll(/`(?:\w+\.)?([a-zA-Z]\w+)(?:\(\))?`/g)].map(([, word]) => word as string);
		for (const row of rows) {
			const known = /^\| (?:functions|classes) /.test(row)
				? (word: string) => word in exported
				: (word: string) => words.has(word);
			const aboutBrowsers = /^\| browser /.test(row);
			expect(names(row).filter((word) => !aboutBrowsers && !known(word))).toEqual([]);
		}
	});
});
