/** Runs command lines in this process, with their output as text. */
import { Readable, Writable } from 'node:stream';
import { runCli } from '../../src/cli/run.ts';

/** What a command line read, and where it seemed to run. */
export type Surroundings = {
	/** Standard input. @default '' */
	input?: string;
	/** Standard error is a terminal. @default false */
	terminal?: boolean;
	/** All of standard error so far, whenever more was written. */
	onStderr?: (text: string) => void;
};

/** Exit status and everything that was written. */
export type Outcome = { status: number; stdout: string; stderr: string };

class Sink extends Writable {
	text = '';
	isTTY = false;
	onText: ((text: string) => void) | undefined;
	override _write(chunk: Buffer, _encoding: string, done: () => void) {
		this.text += chunk.toString();
		this.onText?.(this.text);
		done();
	}
}

/** `wiretwin ...args`. */
export async function runCommand(args: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
	const { input = '', terminal = false, onStderr } = surroundings;
	const stdout = new Sink();
	const stderr = new Sink();
	stderr.isTTY = terminal;
	stderr.onText = onStderr;
	const status = await runCli(args, { stdout, stderr, stdin: Readable.from([Buffer.from(input)]) });
	return { status, stdout: stdout.text, stderr: stderr.text };
}
