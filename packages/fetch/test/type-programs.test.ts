import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const programs = fileURLToPath(new URL('type-programs/', import.meta.url));
const ky = join(root, 'packages/ky-adapter/node_modules/ky/distribution/index.d.ts');

/** What the compiler says to the programs of a caller who has these libraries. */
async function complaints(libraries: readonly string[]): Promise<string> {
	const folder = await mkdtemp(join(root, 'node_modules/.types-'));
	const config = {
		extends: join(root, 'tsconfig.json'),
		compilerOptions: {
			lib: ['es2024', 'esnext.disposable', 'esnext.collection', ...libraries],
			typeRoots: [join(root, 'node_modules/@types')],
			paths: { ky: [ky] },
		},
		include: [`${programs}*.ts`],
		exclude: [],
	};
	try {
		const file = join(folder, 'tsconfig.json');
		await writeFile(file, JSON.stringify(config));
		await run(process.execPath, [
			join(root, 'node_modules/typescript/bin/tsc'),
			'--noEmit',
			'--pretty',
			'false',
			'-p',
			file,
		]);
		return '';
	} catch (error) {
		return (error as { stdout?: string }).stdout || String(error);
	} finally {
		await rm(folder, { recursive: true });
	}
}

// The tsconfig of the repository is strict and has exactOptionalPropertyTypes.
describe('a program of a caller compiles, strict', () => {
	it.each([
		['with lib.dom', ['dom', 'dom.iterable']],
		['without it', []],
	] as const)('%s', async (_, libraries) => expect(await complaints(libraries)).toBe(''), 60_000);
});
