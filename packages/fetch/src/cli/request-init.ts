import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { RequestKind } from '@wiretwin/profiles';
import type { Destination } from '../types/fetch-terms.ts';
import type { FetchInit } from '../types/options.ts';
import { type CliCommand, UsageError } from './arguments.ts';
import { readBody, readQueries } from './request-body.ts';

type HeaderPair = [name: string, value: string | null];

/** What follows from a page. A line that says itself where its request came from has them or the browser sent none. */
const fieldsOfPage = ['referer', 'origin', 'sec-fetch-user'] as const;

/** What a command line asks of each of its URLs. */
export type CommandRequest = {
	/** More of the query. */
	query: string | undefined;
	init: FetchInit & { headers: HeaderPair[] };
	/** `-X`: redirects do not change the method. */
	keepMethod: boolean;
	/** `--post302` and its kin. */
	keepPost: ReadonlySet<number>;
};

/** Reads method, headers and body of a command line. */
export async function readRequest(command: CliCommand, stdin: Readable): Promise<CommandRequest> {
	const headers: HeaderPair[] = [];
	for (const line of command.values('header')) headers.push(...(await headerLines(line, stdin)));
	const has = (name: string) => headers.some(([given]) => given.toLowerCase() === name);
	const add = (name: string, value: string | undefined) => {
		if (value !== undefined && !has(name)) headers.push([name, value === '' ? null : value]);
	};
	const credentials = command.value('user');
	if (credentials !== undefined) add('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
	const bearer = command.value('oauth2-bearer');
	if (bearer !== undefined) add('authorization', `Bearer ${bearer}`);
	add('user-agent', command.value('user-agent'));
	add('range', command.value('range')?.replace(/^/, 'bytes='));
	const { body, contentType, kind, query } = await readBody(command, stdin);
	// With a type of the caller's own it is a script that sends, which can name one.
	const isTyped = has('content-type');
	add('content-type', contentType);
	if (command.value('json') !== undefined) add('accept', 'application/json');
	add('referer', command.value('referer')?.replace(/;auto$/, ''));
	const natural = naturalMethod(command, body !== undefined);
	const method = command.value('request') ?? natural;
	const named = command.value('kind') as RequestKind | undefined;
	const pasted = pastedKind(headers, method);
	if (pasted && command.value('referrer') === undefined) {
		for (const name of fieldsOfPage) if (!has(name)) headers.push([name, null]);
	}
	const init: CommandRequest['init'] = {
		method,
		headers,
		...(body === undefined ? {} : { body }),
		...(named === undefined ? (pasted ?? (isTyped || !kind ? {} : { kind })) : { kind: named }),
	};
	const page = command.value('referrer');
	if (page !== undefined) init.referrer = page;
	const queries = [query, ...(await readQueries(command, stdin))].filter((each) => each !== undefined);
	const keepPost = new Set([301, 302, 303].filter((status) => command.has(`post${status}`)));
	return {
		query: queries.length === 0 ? undefined : queries.join('&'),
		init,
		keepMethod: method !== natural,
		keepPost,
	};
}

function naturalMethod(command: CliCommand, hasBody: boolean): string {
	if (command.has('head')) return 'HEAD';
	if (command.value('upload-file') !== undefined) return 'PUT';
	return hasBody ? 'POST' : 'GET';
}

/** curl's forms: `Name: value`, `Name;` (empty value), `Name:` (remove), `@file` with a line for each. */
async function headerLines(line: string, stdin: Readable): Promise<HeaderPair[]> {
	if (!line.startsWith('@')) return [headerPair(line)];
	const file = line.slice(1);
	const lines = file === '-' ? await text(stdin) : await readFile(file, 'utf8');
	return lines
		.split(/\r?\n/)
		.filter((each) => each.trim() !== '')
		.map(headerPair);
}

function headerPair(line: string): HeaderPair {
	const match = /^([^:;]+)(?::(.*)|;\s*)$/s.exec(line);
	if (!match) throw new UsageError('a header of -H has no colon');
	const name = (match[1] as string).trim();
	if (match[2] === undefined) return [name, ''];
	const value = match[2].trim();
	return [name, value === '' ? null : value];
}

/**
 * What the browser was doing when it copied a command line: its `sec-fetch-*` fields say so, and the fields are then laid
 * out as for that. They go out as pasted all the same.
 */
function pastedKind(
	headers: readonly HeaderPair[],
	method: string,
): Pick<FetchInit, 'kind' | 'destination'> | undefined {
	const value = (name: string) => headers.find(([given]) => given.toLowerCase() === name)?.[1] ?? undefined;
	const mode = value('sec-fetch-mode');
	const destination = value('sec-fetch-dest');
	if (mode === undefined || destination === undefined) return undefined;
	if (destination === 'empty') return { kind: 'fetch' };
	if (destination === 'document') return { kind: method === 'POST' ? 'form' : 'navigate' };
	return { destination: destination as Destination };
}

/** A URL with more of a query. */
export function withQuery(url: string, query: string | undefined): string {
	if (query === undefined) return url;
	const [, before = '', fragment = ''] = /^([^#]*)(#.*)?$/s.exec(url) ?? [];
	return `${before}${before.includes('?') ? '&' : '?'}${query}${fragment}`;
}
