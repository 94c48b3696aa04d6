import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

test("loading the agent does not load Node's fetch, nor TLS and cryptography of its own", async () => {
	const entry = new URL('../src/index.ts', import.meta.url).href;
	const program = `
		await import(${JSON.stringify(entry)});
		const unused = /undici|NativeModule (?:https|tls|crypto|http2|dns)$/;
		console.log(JSON.stringify(process.moduleLoadList.filter((name) => unused.test(name))));
	`;
	const flags = ['--conditions=wiretwin-source', '--no-warnings', '--input-type=module'];
	const { stdout } = await run(process.execPath, [...flags, '--eval', program]);
	expect(JSON.parse(stdout)).toEqual([]);
});
