import { withSession } from '../session.ts';
import type { RequestEvent } from '../types/events.ts';
import { type CliCommand, UsageError } from './arguments.ts';
import { loadCookies, saveCookies } from './command-cookies.ts';
import { sessionOptions } from './command-session.ts';
import { describe, exitStatus } from './exit-status.ts';
import { readRequest } from './request-init.ts';
import { Retries } from './retry.ts';
import type { CliStreams } from './run.ts';
import { type Heads, type Transferred, transfer } from './transfer.ts';

/** Sends the requests of a command line, one after the other, and prints the answers. The exit status is the last one's. */
export async function requestCommand(command: CliCommand, streams: CliStreams): Promise<number> {
	const request = await readRequest(command, streams.stdin);
	const heads: Heads = { all: '', own: '', events: [] };
	const options = await sessionOptions(command);
	options.onRequestEvent = (event) => {
		if (command.has('verbose')) streams.stderr.write(eventText(event));
		if (event.type === 'connected') heads.events.push(event);
		if (event.type !== 'head') return;
		const head = headText(event);
		heads.all += head;
		heads.own += head;
		heads.onHead?.(head);
	};
	return withSession(async (session) => {
		const own = await loadCookies(command, session);
		let status = 0;
		for (const index of command.urls.keys()) {
			status = await withRetries(command, streams, () =>
				transfer({ command, streams, session, request, heads }, index),
			);
			if (status !== 0 && command.has('fail-early')) break;
		}
		await saveCookies(command, session, own);
		return status;
	}, options);
}

/** Runs a transfer as often as `--retry` allows; a failure is reported once, when it is the last word. */
async function withRetries(command: CliCommand, streams: CliStreams, run: () => Promise<Transferred>): Promise<number> {
	const retries = new Retries(command);
	const say = (text: string) => report(command, streams, text);
	for (;;) {
		try {
			const { exit, status, retryAfter, failure } = await run();
			if (await retries.again({ status, retryAfter }, say)) continue;
			if (failure !== undefined) report(command, streams, failure);
			return exit;
		} catch (error) {
			if (error instanceof UsageError || (error as { code?: unknown } | undefined)?.code === 'EPIPE') throw error;
			if (await retries.again({ error }, say)) continue;
			report(command, streams, describe(error));
			return exitStatus(error);
		}
	}
}

/** Says on standard error what went wrong, unless `-s` without `-S` forbids it. */
export function report(command: CliCommand, streams: CliStreams, text: string): void {
	if (!command.has('silent') || command.has('show-error')) streams.stderr.write(`wiretwin: ${text}\n`);
}

/** As curl prints it, with line ends as they were on the wire. */
function headText({ connection, status, statusText, headers }: Extract<RequestEvent, { type: 'head' }>): string {
	let text = `HTTP/${connection.httpVersion} ${status} ${statusText}\r\n`;
	for (let index = 0; index < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`;
	return `${text}\r\n`;
}

function eventText(event: RequestEvent): string {
	switch (event.type) {
		case 'connected': {
			const { connection } = event;
			const tls = connection.tls ? `, ${connection.tls.version} ${connection.tls.cipher}` : '';
			const how = connection.reused ? 'Reused connection to' : 'Connected to';
			const { method, url } = event.request;
			return `* ${how} ${connection.remoteAddress} port ${connection.remotePort}, HTTP/${connection.httpVersion}${tls}\n> ${method} ${url}\n${fields('>', event.headers)}>\n`;
		}
		case 'head':
			return `< HTTP/${event.connection.httpVersion} ${event.status}\n${fields('<', event.headers)}<\n`;
		case 'done':
			return `* ${event.bytes} bytes of body\n`;
		default:
			return '';
	}
}

function fields(mark: string, flat: readonly string[]): string {
	let text = '';
	for (let index = 0; index < flat.length; index += 2) text += `${mark} ${flat[index]}: ${flat[index + 1]}\n`;
	return text;
}
