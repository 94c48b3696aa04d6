#!/usr/bin/env node
import { describe, exitStatus, OutputError } from './exit-status.ts';
import { runCli } from './run.ts';

// A closed pipe is the end of the work, not an accident: `wiretwin profiles | head`. A full disk is one: curl's status for it.
for (const stream of [process.stdout, process.stderr]) {
	stream.on('error', (error: NodeJS.ErrnoException) => {
		if (error.code === 'EPIPE') process.exit(0);
		const lost = new OutputError('standard output', error);
		if (stream === process.stdout) process.stderr.write(`wiretwin: ${describe(lost)}\n`);
		process.exit(exitStatus(lost));
	});
}

process.exitCode = await runCli(process.argv.slice(2), {
	stdout: process.stdout,
	stderr: process.stderr,
	stdin: process.stdin,
});
