import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { startPlainMirror } from '@wiretwin/mirror';
import { expect, it } from 'vitest';

/**
 * The `js` examples of these pages run as they are written, but against the mirror. `directory` is the test's: paths and
 * what the examples import are found from there.
 */
export function describeExamples(directory: string, pages: readonly string[]): void {
	it.each(pages)('the examples of %s run', async (page) => {
		const text = await readFile(resolve(directory, page), 'utf8');
		const examples = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code ?? '');
		expect(examples).not.toEqual([]);
		await using mirror = await startPlainMirror();
		for (const example of examples) {
			mirror.reset();
			// The mirror is a plain one: its certificate would have to be in the example.
			const code = example.replaceAll('https://example.com', mirror.url).replaceAll('node:https', 'node:http');
			const args = ['--conditions=wiretwin-source', '--input-type=module', '-e', code];
			const env = { ...process.env, NODE_OPTIONS: '' };
			await promisify(execFile)(process.execPath, args, { cwd: directory, env });
			expect(mirror.requests.length).toBeGreaterThan(0);
		}
	});
}
