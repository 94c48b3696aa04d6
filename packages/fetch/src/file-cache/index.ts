/** A folder for the answers that sessions keep (`cache: { store }`). */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from '../errors/classes.ts';
import { countOption, objectOption } from '../options/checks.ts';
import { refuseUnknown } from '../options/near-match.ts';
import type { CacheStore } from '../types/cache-store.ts';
import { AnswerFolder } from './answer-folder.ts';

export type { CacheStore } from '../types/cache-store.ts';

/** Options of `fileCache`. */
export type FileCacheOptions = {
	/** Room on the disk, bytes, counted in blocks of 4 KiB. @default 268,435,456 */
	maxBytes?: number | undefined;
};

/** As much as Firefox takes of a small disk. */
const defaultBytes = 256 * 1024 * 1024;
const known: ReadonlySet<string> = new Set(['maxBytes']);

/**
 * Keeps answers in a folder, a file each, as browsers do. Several sessions and processes may use one at the same time. It belongs to
 * one identity, like the jar: what is in it says who comes back. Files are readable by their owner only; they hold what servers sent
 * and the URLs that it was asked for.
 * @param folder made when something is kept; files that are not of the cache are left alone
 * @example const session = createSession({ cache: { store: fileCache('./cache') } });
 */
export function fileCache(folder: string | URL, options: FileCacheOptions = {}): CacheStore {
	refuseUnknown(objectOption(options, 'options'), known, 'the options of fileCache()');
	const maxBytes = countOption(options.maxBytes, 'maxBytes', 0) ?? defaultBytes;
	const files = new AnswerFolder(pathOf(folder), maxBytes);
	return {
		maxBytes,
		get: (key) => files.read(nameOf(key)),
		set: (key, value) => files.write(nameOf(key), value),
		delete: (key) => files.remove(nameOf(key)),
		clear: (origin) => files.clear(origin === undefined ? '' : beginningOf(origin)),
	};
}

function pathOf(folder: unknown): string {
	if (typeof folder === 'string' && folder !== '' && !folder.includes('\0')) return resolve(folder);
	if (folder instanceof URL && folder.protocol === 'file:') return fileURLToPath(folder);
	throw new InvalidArgumentError('The folder of a cache must be a path or a file: URL.', 'ERR_INVALID_ARG');
}

/** What is of an origin begins alike, so that it is found without being read. */
const nameOf = (key: string): string =>
	`${beginningOf(key.slice(0, key.indexOf(' ')))}${digestOf(key).slice(0, 32)}.answer`;
const beginningOf = (origin: string): string => `${digestOf(origin).slice(0, 16)}-`;
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
