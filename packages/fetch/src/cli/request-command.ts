import { pipeline } from 'node:stream/promises';
import { isWiretwinError } from '../errors/guards.ts';
import { follow } from '../exchange/follow.ts';
import { normalizeCall } from '../options/fetch-init.ts';
import type { WiretwinResponse } from '../response/wiretwin-response.ts';
import { type Session, withSession } from '../session.ts';
import type { RequestEvent } from '../types/events.ts';
import { type CliCommand, UsageError } from './arguments.ts';
import { loadCookies, saveCookies } from './command-cookies.ts';
import { sessionOptions } from './command-session.ts';
import { OutputError } from './exit-status.ts';
import { Progress } from './progress.ts';
import { type FileContent, replaceFile } from './replace-file.ts';
import { type CommandRequest, readRequest } from './request-init.ts';
import type { CliStreams } from './run.ts';
import { writeOut } from './write-out.ts';

/** What curl exits with for 400 and above with `-f`. */
const failedStatus = 22;

/** Sends the request of a command line and prints the answer. */
export async function requestCommand(command: CliCommand, streams: CliStreams): Promise<number> {
	const request = await readRequest(command, streams.stdin);
	const file = outputFile(command);
	const events: RequestEvent[] = [];
	const printsHeads = command.has('include') || command.has('head');
	let heads = '';
	const options = await sessionOptions(command);
	options.onRequestEvent = (event) => {
		if (command.has('verbose')) streams.stderr.write(eventText(event));
		if (event.type === 'connected') events.push(event);
		if (event.type !== 'head') return;
		const head = headText(event);
		heads += head;
		if (printsHeads && file === undefined) streams.stdout.write(head);
	};
	return withSession(async (session) => {
		const own = await loadCookies(command, session);
		const startedMs = performance.now();
		const response = await send(request, session);
		const fails = response.status >= 400 && (command.has('fail') || command.has('fail-with-body'));
		const bytes =
			fails && !command.has('fail-with-body')
				? 0
				: await writeBody(response, command, file, streams, printsHeads ? heads : '');
		await saveCookies(command, session, own);
		const dump = command.value('dump-header');
		if (dump === '-') streams.stdout.write(heads);
		else if (dump !== undefined) await writeHeads(dump, heads);
		if (fails) report(command, streams, `The requested URL returned error: ${response.status}`);
		const format = command.value('write-out');
		if (format !== undefined) {
			const transfer = {
				response,
				method: request.init.method ?? 'GET',
				bytes,
				events,
				startedMs,
				endedMs: performance.now(),
			};
			const text = writeOut(format, transfer, (name) =>
				streams.stderr.write(`wiretwin: unknown variable ${name} in -w\n`),
			);
			streams.stdout.write(text);
		}
		return fails ? failedStatus : 0;
	}, options);
}

/** Says on standard error what went wrong, unless `-s` without `-S` forbids it. */
export function report(command: CliCommand, streams: CliStreams, text: string): void {
	if (!command.has('silent') || command.has('show-error')) streams.stderr.write(`wiretwin: ${text}\n`);
}

function send({ url, init, keepMethod }: CommandRequest, session: Session): Promise<WiretwinResponse> {
	const call = normalizeCall(url, init);
	return follow({ ...call, keepMethod }, session.context(call.method, call.url));
}

/** Where the body goes; `undefined` = standard output. */
function outputFile(command: CliCommand): string | undefined {
	const [last] = command.all('output', 'remote-name').slice(-1);
	if (last?.name !== 'remote-name') return last?.value === '-' ? undefined : last?.value;
	const name = new URL(command.url).pathname.split('/').at(-1);
	if (!name) throw new UsageError('-O needs a URL that ends in the name of a file');
	return name;
}

async function writeBody(
	response: WiretwinResponse,
	command: CliCommand,
	file: string | undefined,
	streams: CliStreams,
	heads: string,
): Promise<number> {
	if (!response.body) {
		if (file !== undefined) await writeHeads(file, heads);
		return 0;
	}
	const total = Number(response.headers.get('content-length') ?? Number.NaN);
	const shows = !command.has('silent') && (file !== undefined || streams.stdout.isTTY !== true);
	const progress = new Progress(streams.stderr, total, shows);
	const { body } = response;
	if (file === undefined) {
		const watched = (chunks: AsyncIterable<Uint8Array>) => progress.watch(chunks);
		await pipeline(body, watched, streams.stdout, { end: false });
	} else {
		await writeOutput(file, withHeads(heads, progress.watch(body)));
	}
	progress.finish();
	return progress.bytes;
}

async function* withHeads(heads: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
	if (heads !== '') yield Buffer.from(heads, 'latin1');
	yield* body;
}

function writeHeads(file: string, heads: string): Promise<void> {
	return writeOutput(file, [Buffer.from(heads, 'latin1')]);
}

async function writeOutput(file: string, content: FileContent): Promise<void> {
	await replaceFile(file, content).catch((error: unknown) => {
		throw isWiretwinError(error) ? error : new OutputError(file, error);
	});
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
