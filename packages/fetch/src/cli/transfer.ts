import { pipeline } from 'node:stream/promises';
import { follow } from '../exchange/follow.ts';
import { normalizeCall } from '../options/fetch-init.ts';
import type { WiretwinResponse } from '../response/wiretwin-response.ts';
import type { Session } from '../session.ts';
import type { RequestEvent } from '../types/events.ts';
import type { CliCommand } from './arguments.ts';
import { ResumeError } from './exit-status.ts';
import { finalName, type OutputFile, outputFile, plainOffset, writeFile } from './output-file.ts';
import { Progress } from './progress.ts';
import { replaceFile } from './replace-file.ts';
import { type CommandRequest, withQuery } from './request-init.ts';
import type { CliStreams } from './run.ts';
import { writeOut } from './write-out.ts';

/** What curl exits with for 400 and above with `-f`. */
const failedStatus = 22;

/** Heads as they come: of all URLs, of this one, and who is told. */
export type Heads = { all: string; own: string; events: RequestEvent[]; onHead?: ((head: string) => void) | undefined };

/** What transfers work with. */
export type TransferContext = {
	command: CliCommand;
	streams: CliStreams;
	session: Session;
	request: CommandRequest;
	heads: Heads;
};

/** How a transfer ended. */
export type Transferred = {
	exit: number;
	status: number;
	retryAfter: string | null;
	/** What to say of it. */
	failure: string | undefined;
};

/** Sends the request to the URL at `index` and prints the answer. */
export async function transfer(context: TransferContext, index: number): Promise<Transferred> {
	const { command, streams, heads, request } = context;
	const file = await outputFile(command, index);
	const prints = command.has('include') || command.has('head');
	heads.own = '';
	heads.events = [];
	heads.onHead = prints && file === undefined ? (head) => streams.stdout.write(head) : undefined;
	const startedMs = performance.now();
	const offset = file?.offset ?? plainOffset(command);
	const response = await send(context, withQuery(command.urls[index] as string, request.query), offset);
	const fails = response.status >= 400 && (command.has('fail') || command.has('fail-with-body'));
	let bytes = 0;
	if (!fails || command.has('fail-with-body')) {
		bytes = await writeBody(context, response, file, offset, prints ? heads.own : '');
	}
	const dump = command.value('dump-header');
	if (dump === '-') streams.stdout.write(heads.own);
	else if (dump !== undefined) await replaceFile(dump, heads.all, { encoding: 'latin1' });
	const format = command.value('write-out');
	if (format !== undefined) {
		const { method = 'GET' } = request.init;
		const told = { response, method, bytes, events: heads.events, startedMs, endedMs: performance.now() };
		const unknown = (name: string) => streams.stderr.write(`wiretwin: unknown variable ${name} in -w\n`);
		streams.stdout.write(writeOut(format, told, unknown));
	}
	const { status } = response;
	return {
		exit: fails ? failedStatus : 0,
		status,
		retryAfter: response.headers.get('retry-after'),
		failure: fails ? `The requested URL returned error: ${status}` : undefined,
	};
}

function send({ request, session }: TransferContext, url: string, offset: number): Promise<WiretwinResponse> {
	const { init, keepMethod, keepPost } = request;
	const range: Array<[string, string]> = offset > 0 ? [['range', `bytes=${offset}-`]] : [];
	const call = normalizeCall(url, { ...init, headers: [...init.headers, ...range] });
	const headers = { ...call.headers, separate: true };
	return follow({ ...call, headers, keepMethod, keepPost }, session.context(call.method, call.url));
}

async function writeBody(
	{ command, streams }: TransferContext,
	response: WiretwinResponse,
	file: OutputFile | undefined,
	offset: number,
	heads: string,
): Promise<number> {
	const goesOn = offset === 0 || resumes(response, offset);
	if (!goesOn) {
		await response.body?.cancel();
		return 0;
	}
	const total = Number(response.headers.get('content-length') ?? Number.NaN);
	const shows = !command.has('silent') && (file !== undefined || streams.stdout.isTTY !== true);
	const progress = new Progress(streams.stderr, total, shows);
	const { body } = response;
	if (file !== undefined) {
		const name = await finalName(file, response);
		if (body || heads !== '') await writeFile(command, name, offset, withHeads(heads, body && progress.watch(body)));
	} else if (body) {
		const watched = (chunks: AsyncIterable<Uint8Array>) => progress.watch(chunks);
		await pipeline(body, watched, streams.stdout, { end: false });
	}
	progress.finish();
	return progress.bytes;
}

/** Whether the answer goes on behind `offset` bytes; `false`: there is no more. */
function resumes(response: WiretwinResponse, offset: number): boolean {
	const [, from] = /^bytes ([0-9]+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
	if (response.status === 206 && Number(from) === offset) return true;
	if (response.status === 416 || Number(response.headers.get('content-length')) === offset) return false;
	throw new ResumeError('the server does not go on from there, so the file cannot be continued');
}

async function* withHeads(heads: string, body: AsyncIterable<Uint8Array> | null): AsyncGenerator<Uint8Array> {
	if (heads !== '') yield Buffer.from(heads, 'latin1');
	if (body) yield* body;
}
