// Runs programs with packages that are installed in a folder, on a platform from here or on the machine's own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environments } from './environments.mjs';

/** The platform of this machine, as packages are called. */
export function ownTarget() {
	if (process.platform !== 'linux') return `${process.platform}-${process.arch}`;
	process.report.excludeNetwork = true;
	const isMusl = process.report.getReport().header.glibcVersionRuntime === undefined;
	return `linux-${process.arch}-${isMusl ? 'musl' : 'gnu'}`;
}

/** What can be run on this machine: by platform, then by a word of how. */
export function platformsHere() {
	const own = ownTarget();
	return own === 'linux-x64-gnu' ? environments : { [own]: { 'this system': () => ({ command: [process.execPath] }) } };
}

/** Starts e2e/platforms/server.mjs, which lies in the folder; `said` is what it prints, `env` what programs have to know. */
export async function startServer(folder) {
	const server = spawn(process.execPath, ['server.mjs'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
	const [text] = await Promise.race([
		once(server.stdout, 'data'),
		once(server, 'exit').then(() => Promise.reject(new Error('no server'))),
	]);
	const said = JSON.parse(text.toString());
	return {
		said,
		env: {
			...process.env,
			SMOKE: JSON.stringify(said),
			MIRROR: JSON.stringify({ url: said.h2, ca: said.ca }),
			WIRETWIN_BINDING_PATH: '',
		},
		stop: () => server.stdin.end(),
	};
}

/** Output goes to a file, because Node under wine cannot open a pipe. Ends by itself, or is ended and has failed. */
export async function runProgram(folder, { command, slow, env: own }, parameters, env) {
	const file = join(folder, 'output.txt');
	const output = openSync(file, 'w');
	const child = spawn(command[0], [...command.slice(1), ...parameters], {
		cwd: folder,
		env: { ...env, ...own },
		stdio: ['ignore', output, output],
		timeout: slow ? 1_200_000 : 300_000,
		killSignal: 'SIGKILL',
	});
	const [code, signal] = await new Promise((resolve, reject) =>
		child.once('error', reject).once('close', (...end) => resolve(end)),
	);
	const text = readFileSync(file, 'utf8');
	if (code !== 0) throw new Error(`${parameters[0]} ended with ${code ?? signal}:\n${text.slice(-2000)}`);
	return text;
}
