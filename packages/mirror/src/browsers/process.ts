import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Folder of a fresh browser profile, removed by the returned function. */
export async function temporaryProfile(name: string): Promise<{ folder: string; remove(): Promise<void> }> {
	const folder = await mkdtemp(join(tmpdir(), `wiretwin-${name}-`));
	return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }) };
}

/** Makes an NSS database in `folder` that trusts these certificates (PEM) for servers. Needs certutil (libnss3-tools). */
export async function trustInNss(folder: string, caPems: readonly string[]): Promise<void> {
	const pem = join(folder, 'mirror-ca.pem');
	await run('certutil', ['-N', '-d', `sql:${folder}`, '--empty-password']);
	for (const [index, caPem] of caPems.entries()) {
		await writeFile(pem, caPem);
		await run('certutil', ['-A', '-d', `sql:${folder}`, '-n', `mirror ${index}`, '-t', 'CT,,', '-i', pem]);
	}
}

/** Starts a program and resolves with the first capture group of the first stderr line that matches. */
export function spawnUntil(
	command: string,
	args: readonly string[],
	environment: NodeJS.ProcessEnv,
	pattern: RegExp,
): Promise<{ child: ChildProcess; found: string }> {
	const child = spawn(command, args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
	endWithUs(child);
	return new Promise((resolve, reject) => {
		const seen: string[] = [];
		createInterface({ input: child.stderr }).on('line', (line) => {
			if (seen.length < 20) seen.push(line);
			const found = pattern.exec(line)?.[1];
			if (found) resolve({ child, found });
		});
		child.once('error', reject);
		child.once('exit', (code) => reject(new Error(`${command} ended with ${code}:\n${seen.join('\n')}`)));
	});
}

/** A program that we started does not outlive us, however we end. */
export function endWithUs(child: ChildProcess): void {
	const kill = (): void => void child.kill('SIGKILL');
	process.once('exit', kill);
	child.once('exit', () => process.off('exit', kill));
}

/** Ends a program and waits until it is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	child.kill('SIGTERM');
	const force = setTimeout(() => child.kill('SIGKILL'), 3000);
	await gone;
	clearTimeout(force);
}
