import { mkdir, open, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { WiretwinResponse } from '../response/wiretwin-response.ts';
import { type CliCommand, UsageError } from './arguments.ts';
import { OutputError } from './exit-status.ts';
import { replaceFile } from './replace-file.ts';

/** Where the body of one URL goes. */
export type OutputFile = {
	name: string;
	/** The name is the URL's, and `Content-Disposition` may know a better one. */
	fromServer: boolean;
	/** Bytes that are there already: the transfer goes on behind them. */
	offset: number;
};

/** The file of the URL at `index`: `-o` and `-O` belong to the URLs in their order. `undefined` = standard output. */
export async function outputFile(command: CliCommand, index: number): Promise<OutputFile | undefined> {
	const given = command.all('output', 'remote-name')[index];
	const isRemote = given ? given.name === 'remote-name' : command.has('remote-name-all');
	const named = isRemote ? nameInUrl(command.urls[index] as string) : given?.value;
	if (named === undefined || (named === '-' && !isRemote)) return undefined;
	const name = join(command.value('output-dir') ?? '', named);
	const fromServer = isRemote && command.has('remote-header-name');
	const file = { name: /^[\\/]/.test(named) ? named : name, fromServer, offset: 0 };
	return { ...file, offset: await offsetOf(command, file.name) };
}

function nameInUrl(url: string): string {
	const name = new URL(url).pathname.split('/').at(-1);
	if (!name) throw new UsageError('-O needs a URL that ends in the name of a file');
	return name;
}

/** `-C`: a number, or `-` for what is there. */
async function offsetOf(command: CliCommand, file: string): Promise<number> {
	const text = command.value('continue-at');
	if (text === undefined) return 0;
	if (text === '-') return (await stat(file).catch(() => undefined))?.size ?? 0;
	const offset = Number(text);
	if (!Number.isSafeInteger(offset) || offset < 0) throw new UsageError('--continue-at takes a number of bytes, or -');
	return offset;
}

/** The offset of `-C` where the body goes to standard output. */
export function plainOffset(command: CliCommand): number {
	const text = command.value('continue-at');
	return text === undefined || text === '-' ? 0 : Number(text);
}

/** Where the file of an answer lies. A name of the server's is only a name, and never that of a file which is there. */
export async function finalName(file: OutputFile, response: WiretwinResponse): Promise<string> {
	const said = file.fromServer ? dispositionName(response.headers.get('content-disposition')) : undefined;
	if (said === undefined) return file.name;
	const name = join(dirname(file.name), said);
	const exists = await stat(name).then(
		() => true,
		() => false,
	);
	if (exists) throw new OutputError(name, new Error("it is there already, and the name is of the server's choice"));
	return name;
}

function dispositionName(field: string | null): string | undefined {
	const [, inQuotes, bare] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]+))/i.exec(`;${field ?? ''}`) ?? [];
	const name = basename((inQuotes?.replace(/\\(.)/g, '$1') ?? bare ?? '').trim().replaceAll('\\', '/'));
	return name === '' || name === '.' || name === '..' || name.includes('\0') ? undefined : name;
}

/** Writes a file in one step, or goes on with one. Whatever goes wrong with the file is an `OutputError`. */
export async function writeFile(
	command: CliCommand,
	name: string,
	offset: number,
	content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
	let failure: unknown;
	async function* watched(): AsyncGenerator<Uint8Array> {
		try {
			yield* content;
		} catch (error) {
			failure = error;
			throw error;
		}
	}
	try {
		if (command.has('create-dirs')) await mkdir(dirname(name), { recursive: true });
		// Whoever says `-C -` wants to go on after an interruption, also of the first attempt.
		if (offset === 0 && command.value('continue-at') !== '-') await replaceFile(name, watched());
		else await append(name, watched());
	} catch (error) {
		throw failure === undefined ? new OutputError(name, error) : failure;
	}
}

/** What has come stays, also when the rest does not: the next attempt goes on from there. */
async function append(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
	const handle = await open(name, 'a');
	try {
		for await (const chunk of content) await handle.writeFile(chunk);
	} finally {
		await handle.close();
	}
}
