import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('Node loads its own fetch for Response no earlier than for the first request', () => {
	const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));
	const program = `
		const { fetch } = await import(${JSON.stringify(entry)});
		// A lazy global is an accessor until somebody reads it.
		const isLoaded = () => process.moduleLoadList.includes('NativeModule internal/deps/undici/undici');
		const before = isLoaded();
		await fetch('https://127.0.0.1:2/').catch(() => {});
		while (!isLoaded()) await new Promise(setImmediate);
		console.log(JSON.stringify([before, isLoaded()]));
	`;
	const output = execFileSync(process.execPath, [
		'--conditions=wiretwin-source',
		'--input-type=module',
		'--eval',
		program,
	]);
	expect(JSON.parse(String(output))).toEqual([false, true]);
});
