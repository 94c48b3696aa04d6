import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { RequestKind } from '@wiretwin/profiles';
import { CookieJar } from 'tough-cookie';
import type { WiretwinResponse } from '../response/wiretwin-response.ts';
import { withSession } from '../session.ts';
import type { RequestEvent } from '../types/events.ts';
import type { FetchInit, SessionOptions } from '../types/options.ts';
import { type CliCommand, UsageError } from './arguments.ts';
import { browserArgument } from './browser-argument.ts';
import { loadCookieFile, saveCookieFile } from './cookie-file.ts';
import { Progress } from './progress.ts';
import { readBody } from './request-body.ts';
import type { CliStreams } from './run.ts';

/** Sends the request of a command line and prints the answer. */
export async function requestCommand(command: CliCommand, streams: CliStreams): Promise<number> {
	const cookieJar = new CookieJar(undefined, { looseMode: true, rejectPublicSuffixes: false });
	const jarFile = command['cookie-jar'];
	if (jarFile !== undefined) await loadCookieFile(jarFile, cookieJar);
	const options = await sessionOptions(command, cookieJar, streams);
	const status = await withSession(async (session) => {
		const response = await session.fetch(command.url, await fetchInit(command, streams));
		if (command.include || command.head) streams.stdout.write(headText(response));
		await writeBody(response, command, streams);
		return response.status;
	}, options);
	if (jarFile !== undefined) await saveCookieFile(jarFile, cookieJar);
	return command.fail && status >= 400 ? 1 : 0;
}

async function sessionOptions(command: CliCommand, cookieJar: CookieJar, streams: CliStreams): Promise<SessionOptions> {
	const options: SessionOptions = { cookieJar, redirect: command.location ? 'follow' : 'manual' };
	if (command.browser !== undefined) options.browser = await browserArgument(command.browser);
	if (command.os !== undefined) options.os = command.os as NonNullable<SessionOptions['os']>;
	if (command.proxy !== undefined) options.proxy = command.proxy;
	if (command.insecure) options.insecure = true;
	if (command.cacert !== undefined) options.ca = await readFile(command.cacert);
	if (command.resolve) options.resolve = resolveMap(command.resolve);
	if (command['http1.1']) options.http1 = true;
	if (command.http2) options.http2 = true;
	if (command['max-time'] !== undefined) options.timeout = milliseconds(command['max-time']);
	if (command.verbose) options.onRequestEvent = (event) => streams.stderr.write(eventText(event));
	return options;
}

async function fetchInit(command: CliCommand, streams: CliStreams): Promise<FetchInit> {
	const headers: Record<string, string | null> = {};
	for (const line of command.header ?? []) addHeader(headers, line);
	if (command.user !== undefined) headers.authorization = `Basic ${Buffer.from(command.user).toString('base64')}`;
	if (command.cookie !== undefined) headers.cookie = command.cookie;
	const { body, contentType, kind } = await readBody(command, streams.stdin);
	const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
	if (contentType !== undefined && !named) headers['content-type'] = contentType;
	const init: FetchInit = {
		method: command.request ?? (command.head ? 'HEAD' : body === undefined ? 'GET' : 'POST'),
		headers,
	};
	if (body !== undefined) init.body = body;
	const chosen = command.kind ?? (named ? undefined : kind);
	if (chosen !== undefined) init.kind = chosen as RequestKind;
	if (command.referrer !== undefined) init.referrer = command.referrer;
	return init;
}

/** curl's three forms: `Name: value`, `Name;` (empty value), `Name:` (remove). */
function addHeader(headers: Record<string, string | null>, line: string): void {
	const match = /^([^:;]+)(?::(.*)|(;))$/s.exec(line);
	if (!match) throw new UsageError(`header ${JSON.stringify(line)} has no colon`);
	const value = match[2]?.trim();
	headers[(match[1] as string).trim()] = match[3] ? '' : value === '' || value === undefined ? null : value;
}

function resolveMap(entries: readonly string[]): Record<string, string[]> {
	const map: Record<string, string[]> = {};
	for (const entry of entries) {
		const match = /^([^:]+):([0-9]+):(.+)$/.exec(entry);
		if (!match) throw new UsageError('--resolve takes host:port:address');
		map[`${match[1]}:${match[2]}`] = (match[3] as string).split(',').map((address) => address.replace(/^\[|\]$/g, ''));
	}
	return map;
}

function milliseconds(text: string): number {
	const seconds = Number(text);
	if (!(seconds > 0)) throw new UsageError('--max-time takes a number of seconds');
	return Math.ceil(seconds * 1000);
}

async function writeBody(response: WiretwinResponse, command: CliCommand, streams: CliStreams): Promise<void> {
	if (!response.body) return;
	const total = Number(response.headers.get('content-length') ?? Number.NaN);
	const toFile = command.output !== undefined && command.output !== '-';
	const progress = new Progress(streams.stderr, total, !command.silent && (toFile || streams.stdout.isTTY !== true));
	const target = toFile ? createWriteStream(command.output as string) : streams.stdout;
	await pipeline(response.body, (chunks: AsyncIterable<Uint8Array>) => progress.watch(chunks), target, { end: toFile });
	progress.finish();
}

function headText(response: WiretwinResponse): string {
	let text = `HTTP/${response.httpVersion} ${response.status}${response.statusText === '' ? '' : ` ${response.statusText}`}\n`;
	const { rawHeaders } = response;
	for (let index = 0; index < rawHeaders.length; index += 2) text += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\n`;
	return `${text}\n`;
}

function eventText(event: RequestEvent): string {
	switch (event.type) {
		case 'start':
			return `> ${event.request.method} ${event.request.url}\n${fields('>', event.headers)}>\n`;
		case 'connected': {
			const { connection } = event;
			const tls = connection.tls ? `, ${connection.tls.version} ${connection.tls.cipher}` : '';
			const how = connection.reused ? 'Reused connection to' : 'Connected to';
			return `* ${how} ${connection.remoteAddress} port ${connection.remotePort}, HTTP/${connection.httpVersion}${tls}\n`;
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
