import { execFileSync } from 'node:child_process';

/** Runs npm or one of its kind, whose words are shown only if they are errors. Windows finds `npm.cmd` only through its shell. */
export function runTool(command, parameters, cwd) {
	return execFileSync(command, parameters, {
		cwd,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'inherit'],
		maxBuffer: 64 << 20,
		shell: process.platform === 'win32',
	});
}
