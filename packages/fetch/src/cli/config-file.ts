import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { takesValue, UsageError } from './arguments.ts';

/** Files that name files; a loop ends here. */
const maxDepth = 10;

/** Puts what the files of `-K` say in the place of the option, as curl does. */
export async function withConfigFiles(args: readonly string[], stdin: Readable, depth = 0): Promise<string[]> {
	const all: string[] = [];
	for (let index = 0; index < args.length; index++) {
		const argument = args[index] as string;
		const [, attached] = /^(?:-K|--config=)(.+)$/s.exec(argument) ?? [];
		const isConfig = argument === '-K' || argument === '--config';
		if (!isConfig && attached === undefined) {
			all.push(argument);
			if (argument === '--') return [...all, ...args.slice(index + 1)];
			// The value of another option may look like ours.
			if (needsValue(argument) && index + 1 < args.length) all.push(args[++index] as string);
			continue;
		}
		const file = attached ?? args[++index];
		if (file === undefined) throw new UsageError('option --config needs a value');
		if (depth >= maxDepth) throw new UsageError('files of --config name each other');
		const content = file === '-' ? await text(stdin) : await readFile(file, 'utf8');
		all.push(...(await withConfigFiles(readConfig(content), stdin, depth + 1)));
	}
	return all;
}

/** Whether the next argument belongs to this one. */
function needsValue(argument: string): boolean {
	if (argument.startsWith('--')) return !argument.includes('=') && takesValue(argument.slice(2)) === true;
	if (!/^-./s.test(argument)) return false;
	const letters = [...argument.slice(1)];
	const at = letters.findIndex((letter) => takesValue(letter));
	return at !== -1 && at === letters.length - 1;
}

/** Lines of `option value`, `option = value` or `option: value`, dashes optional, values in double quotes with escapes. */
function readConfig(content: string): string[] {
	const args: string[] = [];
	for (const line of content.split(/\r?\n/)) {
		const match = /^\s*(?!#)([^\s=:]+)[\s=:]*(.*)$/s.exec(line);
		if (!match) continue;
		const [, given = '', rest = ''] = match;
		const name = given.startsWith('-') ? given : `--${given}`;
		args.push(name);
		if (rest === '' && !needsValue(name)) continue;
		args.push(rest.startsWith('"') ? quoted(rest) : (/^\S*/.exec(rest)?.[0] ?? ''));
	}
	return args;
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', v: '\v' };

function quoted(rest: string): string {
	const [, inside = ''] = /^"((?:[^"\\]|\\.)*)/s.exec(rest) ?? [];
	return inside.replace(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter);
}
