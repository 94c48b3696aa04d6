import { openAsBlob } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { RequestKind } from '@wiretwin/profiles';
import type { BodyInput } from '../types/options.ts';
import { type CliCommand, UsageError } from './arguments.ts';

/** Body of a command line, with the type and kind that a browser would give it, or what goes into the query with `-G`. */
export type CommandBody = { body?: BodyInput; contentType?: string; kind?: RequestKind; query?: string };

const dataOptions = ['data', 'data-ascii', 'data-raw', 'data-binary', 'data-urlencode', 'json'] as const;

/** Reads what the request carries. */
export async function readBody(command: CliCommand, stdin: Readable): Promise<CommandBody> {
	const data = command.all(...dataOptions);
	const fields = command.all('form', 'form-string');
	const upload = command.value('upload-file');
	if ([data.length > 0, fields.length > 0, upload !== undefined].filter(Boolean).length > 1) {
		throw new UsageError('a request has one body: -d, -F or -T');
	}
	if (fields.length > 0) return { body: await formData(fields, stdin), kind: 'form' };
	if (upload !== undefined) return { body: await content(upload, stdin), kind: 'fetch' };
	if (data.length === 0) return {};
	const body = await joined(data, stdin);
	if (command.has('get')) return { query: body.toString('latin1') };
	if (command.value('json') !== undefined) return { body, contentType: 'application/json', kind: 'fetch' };
	return { body, contentType: 'application/x-www-form-urlencoded', kind: 'form' };
}

/** `--url-query`: encoded like `--data-urlencode`, or behind a `+` as it stands. */
export async function readQueries(command: CliCommand, stdin: Readable): Promise<string[]> {
	const queries: string[] = [];
	for (const text of command.values('url-query')) {
		queries.push(text.startsWith('+') ? text.slice(1) : (await urlEncoded(text, stdin)).toString('latin1'));
	}
	return queries;
}

/** In the order of the command line; pieces of JSON are put together as they stand. */
async function joined(data: ReturnType<CliCommand['all']>, stdin: Readable): Promise<Buffer> {
	const parts: Buffer[] = [];
	for (const { name, value } of data) {
		if (parts.length > 0 && name !== 'json') parts.push(Buffer.from('&'));
		parts.push(await piece(name, value, stdin));
	}
	return Buffer.concat(parts);
}

async function piece(option: string, text: string, stdin: Readable): Promise<Buffer> {
	if (option === 'data-urlencode') return urlEncoded(text, stdin);
	if (option === 'data-raw' || !text.startsWith('@')) return Buffer.from(text);
	const bytes = await content(text.slice(1), stdin);
	if (option === 'data-binary' || option === 'json') return bytes;
	return bytes.filter((byte) => byte !== 0x0d && byte !== 0x0a && byte !== 0) as Buffer;
}

/** `text`, `=text`, `name=text`, `@file`, `name@file`. */
async function urlEncoded(text: string, stdin: Readable): Promise<Buffer> {
	const [, name = '', mark, rest = ''] = /^([^=@]*)([=@])(.*)$/s.exec(text) ?? [undefined, '', undefined, text];
	const bytes = mark === '@' ? await content(rest, stdin) : Buffer.from(rest);
	const encoded = bytes
		.toString('latin1')
		.replace(/[^A-Za-z0-9\-._~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
		.replaceAll('%20', '+');
	return Buffer.from(`${name === '' ? '' : `${name}=`}${encoded}`);
}

function content(file: string, stdin: Readable): Promise<Buffer> {
	return file === '-' ? buffer(stdin) : readFile(file);
}

async function formData(fields: ReturnType<CliCommand['all']>, stdin: Readable): Promise<FormData> {
	const form = new FormData();
	for (const { name: option, value: field } of fields) {
		const match = /^([^=]+)=(.*)$/s.exec(field);
		if (!match) throw new UsageError(`form field ${JSON.stringify(field)} has no "="`);
		const [, name = '', value = ''] = match;
		if (option === 'form-string') {
			form.append(name, value);
			continue;
		}
		const { text, parameters, isQuoted } = splitParameters(value);
		const { type, filename } = parameters;
		if (text.startsWith('<')) {
			const read = await content(text.slice(1), stdin);
			// A part that names a type or file name is a file to a browser; else it is text.
			if (type === undefined && filename === undefined) form.append(name, read.toString());
			else form.append(name, new Blob([read], { type: type ?? '' }), filename ?? 'blob');
		} else if (text.startsWith('@')) {
			// As a browser sends several files of one input; curl nests them.
			for (const file of isQuoted ? [text.slice(1)] : text.slice(1).split(',')) {
				const shown = filename ?? basename(file);
				const options = { type: type ?? typeByName(shown) ?? typeByName(file) ?? 'application/octet-stream' };
				const blob = file === '-' ? new Blob([await buffer(stdin)], options) : await fileBlob(file, options);
				form.append(name, blob, shown);
			}
		} else if (type === undefined && filename === undefined) form.append(name, text);
		else form.append(name, new Blob([text], { type: type ?? '' }), filename ?? 'blob');
	}
	return form;
}

/** What curl takes a file for by the end of its name. */
const types: Readonly<Record<string, string>> = {
	gif: 'image/gif',
	jpg: 'image/jpeg',
	jpeg: 'image/jpeg',
	png: 'image/png',
	svg: 'image/svg+xml',
	txt: 'text/plain',
	htm: 'text/html',
	html: 'text/html',
	pdf: 'application/pdf',
	xml: 'application/xml',
};

function typeByName(name: string): string | undefined {
	const [, end = ''] = /\.([a-z]+)$/i.exec(name) ?? [];
	const lower = end.toLowerCase();
	return Object.hasOwn(types, lower) ? types[lower] : undefined;
}

/** `openAsBlob` does not say that a file is missing or may not be read, and takes a folder. */
async function fileBlob(file: string, options: { type?: string }): Promise<Blob> {
	const handle = await open(file);
	try {
		if ((await handle.stat()).isDirectory())
			throw Object.assign(new Error(`EISDIR: ${file} is a folder`), { code: 'EISDIR' });
		return await openAsBlob(file, options);
	} finally {
		await handle.close();
	}
}

/** `value;type=mime;filename=name`, any of them in double quotes with `\"` and `\\` inside. */
function splitParameters(value: string): {
	text: string;
	parameters: { type?: string; filename?: string };
	isQuoted: boolean;
} {
	const quoted = /^([@<]?)"((?:[^"\\]|\\.)*)"(.*)$/s.exec(value);
	const plain = quoted ? undefined : /^(.*?)((?:;\s*(?:type|filename)=.*)?)$/s.exec(value);
	const text = quoted ? `${quoted[1]}${unquoted(quoted[2] as string)}` : (plain?.[1] ?? value);
	const parameters: { type?: string; filename?: string } = {};
	const rest = (quoted ? quoted[3] : plain?.[2]) ?? '';
	for (const [, key, inQuotes, bare] of rest.matchAll(/;\s*(type|filename)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))/gs)) {
		parameters[key as 'type' | 'filename'] = inQuotes === undefined ? (bare ?? '') : unquoted(inQuotes);
	}
	return { text, parameters, isQuoted: quoted !== null };
}

function unquoted(text: string): string {
	return text.replace(/\\(["\\])/g, '$1');
}
