import type { Readable, Writable } from 'node:stream';
import { packageVersion } from '#literal';
import { isWiretwinError } from '../errors/guards.ts';
import { type CliCommand, parseArguments, UsageError } from './arguments.ts';
import { captureCommand } from './capture-command.ts';
import { withConfigFiles } from './config-file.ts';
import { doctorCommand } from './doctor-command.ts';
import { describe, exitStatus } from './exit-status.ts';
import { fingerprintCommand } from './fingerprint-command.ts';
import { mirrorCommand } from './mirror-command.ts';
import { profilesCommand } from './profiles-command.ts';
import { report, requestCommand } from './request-command.ts';
import { usage } from './usage.ts';

/** Where a command reads and writes. */
export type CliStreams = {
	stdout: Writable & { isTTY?: boolean };
	stderr: Writable & { isTTY?: boolean; columns?: number };
	stdin: Readable;
};

const subcommands: ReadonlySet<string> = new Set(['capture', 'doctor', 'fingerprint', 'mirror', 'profiles']);

/** curl's status for a file that cannot be read: here one of `-K`. */
const readFailed = 26;

/** Runs one command line. Resolves to the exit status, curl's where it has one (`exit-status.ts`). */
export async function runCli(args: readonly string[], streams: CliStreams): Promise<number> {
	let command: CliCommand | undefined;
	let status = 1;
	try {
		if (subcommands.has(args[0] ?? '') && args.includes('--help')) {
			streams.stdout.write(usage);
			return 0;
		}
		if (args[0] === 'profiles' && args[1] === 'capture') return await captureCommand(args.slice(2), streams);
		if (args[0] === 'profiles') return profilesCommand(streams.stdout);
		if (args[0] === 'doctor') return doctorCommand(streams);
		if (args[0] === 'fingerprint') return await fingerprintCommand(args[1], streams.stdout);
		if (args[0] === 'mirror') return await mirrorCommand(args.slice(1), streams);
		if (args[0] === 'capture') return await captureCommand(args.slice(1), streams);
		status = readFailed;
		command = parseArguments(await withConfigFiles(args, streams.stdin));
		if (command.has('help')) {
			streams.stdout.write(usage);
			return 0;
		}
		if (command.has('version')) {
			streams.stdout.write(`wiretwin ${packageVersion()}\n`);
			return 0;
		}
		return await requestCommand(command, streams);
	} catch (error) {
		// Who reads has read enough: `wiretwin profiles | head`.
		if ((error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') return 0;
		if (command) {
			report(command, streams, describe(error));
			return exitStatus(error);
		}
		streams.stderr.write(`wiretwin: ${describe(error)}\n`);
		return isUsage(error) ? 2 : status;
	}
}

function isUsage(error: unknown): boolean {
	return error instanceof UsageError || (isWiretwinError(error) && error.phase === 'input');
}
