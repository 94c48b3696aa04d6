import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedOutput, type Outcome, SnippetRun, snippetPages, snippetsOf } from './support/snippets.ts';

const snippets = (await Promise.all((await snippetPages()).map(snippetsOf))).flat();
let run: SnippetRun;
let outcomes: Outcome[];
let stderr: string;
beforeAll(async () => {
	run = await SnippetRun.start();
	({ outcomes, stderr } = await run.run(snippets));
});
afterAll(() => run?.close());

describe('the snippets in the documentation do what they say', () => {
	it.each(snippets.map(({ page, number, code }, index) => [`${page} ${number}`, code, index] as const))(
		'%s',
		(_, code, index) => {
			const expected = expectedOutput(code);
			expect(expected.length, 'a snippet prints something').toBeGreaterThan(0);
			expect(outcomes[index]).toEqual({ printed: expected, failure: '' });
		},
	);

	it('nothing on standard error', () => expect(stderr).toBe(''));
});
