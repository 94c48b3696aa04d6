import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from './support/migration-rows.ts';
import { expectedOutput, folderOf, type Outcome, SnippetRun, snippetPages, snippetsOf } from './support/snippets.ts';

const pages = await snippetPages();
const migrations = pages.filter((page) => page.startsWith('docs/migrate/') && !page.endsWith('README.md'));
const tables = await Promise.all(migrations.map(rowsOf));
const snippets = [...(await Promise.all(pages.map(snippetsOf))).flat(), ...tables.map(({ snippet }) => snippet)];
let run: SnippetRun;
let outcomes: Outcome[];
let stderr: string;
/** As a test process that was killed leaves it. */
const left = folderOf(spawnSync(process.execPath, ['--version']).pid);
beforeAll(async () => {
	await mkdir(left);
	run = await SnippetRun.start();
	({ outcomes, stderr } = await run.run(snippets));
});
afterAll(() => run?.close());

describe('the snippets in the documentation do what they say', () => {
	// Number 0: the rows of the tables.
	it.each(snippets.map(({ page, number, code }, index) => [`${page} ${number}`, code, index] as const))(
		'%s',
		(_, code, index) => {
			const expected = expectedOutput(code);
			expect(expected.length, 'a snippet prints something').toBeGreaterThan(0);
			expect(outcomes[index]).toEqual({ printed: expected, failure: '' });
		},
	);

	it('nothing is left of a run that was killed', () => expect(existsSync(left)).toBe(false));

	it('nothing on standard error', () => expect(stderr).toBe(''));

	it('tables of migration have code in most rows', () => {
		expect(tables.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(100);
	});
});
