import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { caPem } from './peers.ts';

export type ProgramResult = { code: number | null; signal: string | null; stdout: string; stderr: string };

/** Runs `programs/<name>.ts` in a process of its own until it ends by itself, with the peer's port in `PORT`. */
export function runProgram(
	name: string,
	port: number,
	options: { arguments?: string[]; flags?: string[]; env?: Record<string, string> } = {},
): Promise<ProgramResult> {
	const file = fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));
	// Programs run as the test does that starts them.
	const runtime =
		process.versions.bun === undefined ? [] : ['--import', new URL('no-doorbell.ts', import.meta.url).href];
	const child = spawn(
		process.execPath,
		['--conditions=wiretwin-source', ...runtime, ...(options.flags ?? []), file, ...(options.arguments ?? [])],
		{
			env: { ...process.env, ...options.env, PORT: String(port), CA_PEM: caPem },
			stdio: ['ignore', 'pipe', 'pipe'],
		},
	);
	const result: ProgramResult = { code: null, signal: null, stdout: '', stderr: '' };
	child.stdout.on('data', (text) => {
		result.stdout += String(text);
	});
	child.stderr.on('data', (text) => {
		result.stderr += String(text);
	});
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => resolve({ ...result, code, signal }));
	});
}
