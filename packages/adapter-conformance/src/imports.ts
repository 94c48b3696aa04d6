import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = `
import { registerHooks } from 'node:module';
const [, path, host] = process.argv;
if (host) await import(host);
const loaded = [];
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
await import(path);
console.log(JSON.stringify(loaded));
`;

/** What a session is made of; tough-cookie and tldts come with the first cookie. */
const core = ['@wiretwin/core-native', '@wiretwin/profiles', 'wiretwin'];

/**
 * Importing an adapter loads wiretwin, the client it is for and `others`, at any depth, and no more: what is heavy, or sets
 * something up when it is loaded as undici does, waits until it is used. `directory` is the test's, one below the package.
 */
export function describeImports(directory: string, host?: string, others: readonly string[] = []): void {
	const { name } = JSON.parse(readFileSync(resolve(directory, '../package.json'), 'utf8')) as { name: string };
	it(`importing ${name} loads wiretwin${host ? `, ${host}` : ''} and nothing else`, async () => {
		const entry = resolve(directory, '../src/index.ts');
		const args = ['--conditions=wiretwin-source', '--input-type=module', '-e', program, entry, ...(host ? [host] : [])];
		const env = { ...process.env, NODE_OPTIONS: '' };
		const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: directory, env });
		const found = (JSON.parse(stdout) as string[]).map(packageOf).filter((each) => each !== undefined);
		expect([...new Set(found)].filter((each) => each !== name).sort()).toEqual([...core, ...others].sort());
	});
}

/** Name of the package that a file belongs to, `undefined` for Node's own. */
function packageOf(url: string): string | undefined {
	if (!url.startsWith('file:')) return undefined;
	const installed = [...url.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].at(-1)?.[1];
	if (installed !== undefined) return installed;
	const folder = /^(.*\/packages\/[^/]+)\//.exec(url)?.[1];
	return folder === undefined
		? url
		: (JSON.parse(readFileSync(new URL(`${folder}/package.json`), 'utf8')).name as string);
}
