/**
 * Writes files so that whoever looks, at any time, sees the old one or the new one: under another name in the same folder,
 * flushed, then renamed. A process killed half-way leaves the old file.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
	access,
	chmod,
	constants,
	copyFile,
	type FileHandle,
	lstat,
	open,
	readdir,
	readlink,
	rename,
	rm,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** What a file is made of. */
export type FileContent = string | AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

type ReplaceOptions = {
	/** Permissions of a file that was not there, less the umask; one that was there keeps its own. @default 0o666 */
	mode?: number;
	/** Of text. @default 'utf8' */
	encoding?: 'utf8' | 'latin1';
};

/** Links that lead to links; Linux follows as many. */
const MAX_LINKS = 40;

/** Where a name cannot be taken over, but the file behind it can be written (as curl does it). */
const IN_PLACE: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS']);
/** A file that is mounted by itself, another file system behind it, or on Windows one that somebody has open. */
const NOT_RENAMED: ReadonlySet<unknown> = new Set(['EBUSY', 'EXDEV', 'EPERM', 'EACCES']);
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Puts `content` into `file` in one step. Symbolic links are followed and stay, permissions stay; other hard links keep
 * the old content. A device, a pipe, `/dev/stdout` and a file in a folder where nothing may be created are written in place.
 * When `content` fails the old file stays, too.
 * @throws what `content` throws, and the errors of the file system
 */
export async function replaceFile(file: string, content: FileContent, options: ReplaceOptions = {}): Promise<void> {
	const target = await linkTarget(resolve(file));
	const old = await statIfThere(target);
	if (!isReplaceable(file, target, old)) return writeInPlace(file, content, options);
	// Whoever may not write the file may not replace it either.
	if (old !== undefined) await access(target, constants.W_OK);
	const temporary = temporaryName(target);
	// Before there is anything to take away: a signal may come while the file is made.
	const stop = removedWhenInterrupted(temporary);
	try {
		await writeAndMove(temporary, target, { file, old, content, options });
	} finally {
		stop();
	}
}

type Replacement = { file: string; old: Stats | undefined; content: FileContent; options: ReplaceOptions };

async function writeAndMove(temporary: string, target: string, replacement: Replacement): Promise<void> {
	const { file, old, content, options } = replacement;
	let handle: FileHandle;
	try {
		handle = await open(temporary, 'wx', old === undefined ? (options.mode ?? 0o666) : 0o600);
	} catch (error) {
		if (old !== undefined && IN_PLACE.has(codeOf(error))) return writeInPlace(file, content, options);
		throw error;
	}
	try {
		await writeTo(handle, content, options);
		if (old !== undefined) await keepOwner(handle, temporary, old);
		await handle.sync();
		await handle.close();
		await moveOver(temporary, target);
	} catch (error) {
		await handle.close().catch(() => {});
		await rm(temporary, { force: true });
		throw error;
	}
	await syncFolder(dirname(target));
	await removeAbandoned(target);
}

function codeOf(error: unknown): unknown {
	return (error as NodeJS.ErrnoException | undefined)?.code;
}

type Stats = Awaited<ReturnType<typeof lstat>>;

async function statIfThere(file: string): Promise<Stats | undefined> {
	try {
		return await lstat(file);
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return undefined;
		throw error;
	}
}

/** The name behind symbolic links, whether something is there or not. */
async function linkTarget(file: string): Promise<string> {
	let target = file;
	for (let links = 0; links < MAX_LINKS; links++) {
		if (!(await statIfThere(target))?.isSymbolicLink()) return target;
		target = resolve(dirname(target), await readlink(target));
	}
	return file; // the system says ELOOP when it is opened
}

/** `/dev/stdout` and `/proc/self/fd/1` lead to what somebody else has opened, which must not be replaced behind his back. */
function isReplaceable(file: string, target: string, old: Stats | undefined): boolean {
	// Windows: `NUL` and the like.
	const isDevice = /^\/(?:proc\/|dev\/(?:fd\/|std(?:in|out|err)$))|^\\\\[.?]\\/;
	if (isDevice.test(resolve(file)) || isDevice.test(target)) return false;
	return old === undefined || old.isFile();
}

async function writeInPlace(file: string, content: FileContent, options: ReplaceOptions): Promise<void> {
	const handle = await open(file, 'w', options.mode ?? 0o666);
	try {
		await writeTo(handle, content, options);
	} finally {
		await handle.close();
	}
}

async function writeTo(handle: FileHandle, content: FileContent, { encoding = 'utf8' }: ReplaceOptions): Promise<void> {
	// From where the last one ended.
	for await (const chunk of typeof content === 'string' ? [content] : content)
		await handle.writeFile(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
}

/** The owner stays where that is allowed; permissions come after, because a change of the owner takes some away. */
async function keepOwner(handle: FileHandle, temporary: string, old: Stats): Promise<void> {
	const mine = await handle.stat();
	const [uid, gid] = [Number(old.uid), Number(old.gid)];
	if (mine.uid !== uid || mine.gid !== gid) await handle.chown(uid, gid).catch(() => {});
	await chmod(temporary, Number(old.mode) & 0o7777);
}

async function moveOver(temporary: string, target: string): Promise<void> {
	try {
		await rename(temporary, target);
	} catch (error) {
		if (!NOT_RENAMED.has(codeOf(error))) throw error;
		await copyFile(temporary, target);
		await rm(temporary, { force: true });
	}
}

/** A rename lasts once its folder is on disk. Windows opens no folders. */
async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, 'r').catch(() => undefined);
	await handle?.sync().catch(() => {});
	await handle?.close();
}

function hash(text: string): string {
	return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

let written = 0;

/** `.wiretwin-<file>-<host>-<process>-<n>.tmp`: of one length, whatever the file is called. */
function temporaryName(target: string): string {
	return join(dirname(target), `${temporaryBeginning(target)}${process.pid}-${written++}.tmp`);
}

function temporaryBeginning(target: string): string {
	return `.wiretwin-${hash(basename(target))}-${hash(hostname())}-`;
}

/** What killed processes of this machine left of this file. Others write it at the same time: theirs stays. */
async function removeAbandoned(target: string): Promise<void> {
	const beginning = temporaryBeginning(target);
	const folder = dirname(target);
	const names = await readdir(folder).catch(() => []);
	for (const name of names) {
		const pid = name.startsWith(beginning) ? Number.parseInt(name.slice(beginning.length), 10) : Number.NaN;
		if (pid > 0 && !isRunning(pid)) await rm(join(folder, name), { force: true }).catch(() => {});
	}
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return codeOf(error) !== 'ESRCH';
	}
}

/** Takes the temporary file away when the process is told to end. After SIGKILL the next run does. */
function removedWhenInterrupted(temporary: string): () => void {
	const remove = () => rmSync(temporary, { force: true });
	const end = (signal: NodeJS.Signals) => {
		remove();
		stop();
		process.kill(process.pid, signal);
	};
	const stop = () => {
		process.off('exit', remove);
		for (const signal of SIGNALS) process.off(signal, end);
	};
	process.on('exit', remove);
	for (const signal of SIGNALS) process.on(signal, end);
	return stop;
}
