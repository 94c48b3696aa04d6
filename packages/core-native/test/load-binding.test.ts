import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { runProgram } from './support/program.ts';

const folders: string[] = [];

afterEach(() => {
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function bindingFile(name: string, text: string): string {
	const folder = mkdtempSync(join(tmpdir(), 'wiretwin-load-'));
	folders.push(folder);
	writeFileSync(join(folder, name), text);
	return join(folder, name);
}

test('N02 a broken binding gives one error that names the file and says what to do', async () => {
	const path = bindingFile('broken.node', 'not a library');
	const { code, stdout } = await runProgram('load', 1, { env: { WIRETWIN_BINDING_PATH: path } });
	expect(code).toBe(0);
	expect(stdout).toContain('ERR_BINDING_LOAD');
	expect(stdout).toContain(path);
	expect(stdout).toContain('pnpm build:native');
});

test('N02 a binding of another version is refused by its protocol', async () => {
	const path = bindingFile('other.cjs', 'exports.protocolVersion = () => 0;');
	const { stdout } = await runProgram('load', 1, { env: { WIRETWIN_BINDING_PATH: path } });
	expect(stdout).toContain('speaks protocol 0');
});

test('N02 two copies of the facade in one thread share nothing and both work', async () => {
	const { code, stdout, stderr } = await runProgram('two-copies', 1);
	expect({ code, stderr, stdout }).toEqual({
		code: 0,
		stderr: '',
		stdout: 'ERR_CONNECTION_REFUSED ERR_CONNECTION_REFUSED true\n',
	});
});
