import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { RequestKind } from '@wiretwin/profiles';
import type { BodyInput } from '../types/options.ts';
import { type CliCommand, UsageError } from './arguments.ts';

/** Body of a command line, with the type and kind that a browser would give it. */
export async function readBody(
	command: CliCommand,
	stdin: Readable,
): Promise<{ body?: BodyInput; contentType?: string; kind?: RequestKind }> {
	if (command.form) return { body: await formData(command.form), kind: 'form' };
	if (command.json !== undefined) return { body: command.json, contentType: 'application/json', kind: 'fetch' };
	const parts: Buffer[] = [];
	for (const text of command.data ?? [])
		parts.push(text.startsWith('@') ? await content(text.slice(1), stdin) : Buffer.from(text));
	for (const text of command['data-raw'] ?? []) parts.push(Buffer.from(text));
	if (parts.length === 0) return {};
	const body = Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('&'), part])));
	return { body, contentType: 'application/x-www-form-urlencoded', kind: 'form' };
}

function content(file: string, stdin: Readable): Promise<Buffer> {
	return file === '-' ? buffer(stdin) : readFile(file);
}

async function formData(fields: readonly string[]): Promise<FormData> {
	const form = new FormData();
	for (const field of fields) {
		const match = /^([^=]+)=(.*)$/s.exec(field);
		if (!match) throw new UsageError(`form field ${JSON.stringify(field)} has no "="`);
		const [, name = '', value = ''] = match;
		if (!value.startsWith('@')) {
			form.append(name, value);
			continue;
		}
		const [file = '', ...parameters] = value.slice(1).split(';');
		const type = parameters.find((parameter) => parameter.startsWith('type='))?.slice('type='.length);
		const blob = await openAsBlob(file, type === undefined ? {} : { type });
		form.append(name, blob, basename(file));
	}
	return form;
}
