import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { startPlainMirror } from '@wiretwin/mirror';
import { expect, it } from 'vitest';

/** The examples run as they are written, but against the mirror. */
it.each(['../README.md', '../../../docs/guide/crawlee.md'])('the examples of %s run', async (file) => {
	const text = await readFile(new URL(file, import.meta.url), 'utf8');
	const examples = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code ?? '');
	expect(examples).not.toEqual([]);
	await using mirror = await startPlainMirror();
	for (const example of examples) {
		mirror.reset();
		const code = example.replaceAll('https://example.com', mirror.url);
		const args = ['--conditions=wiretwin-source', '--input-type=module', '-e', code];
		const env = { ...process.env, NODE_OPTIONS: '' };
		await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, env });
		expect(mirror.requests.length).toBeGreaterThan(0);
	}
});
