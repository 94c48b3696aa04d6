import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, opendir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What a file takes at least: disks give whole blocks. */
const blockBytes = 4096;
/** Another process may fill the folder, too: it is looked at anew when so much of the room has been written since. */
const recountShare = 8;
/** When a file was used is written down no more often. */
const useMs = 60_000;
/** A write that was begun so long ago has been left by a process that is gone. */
const abandonedMs = 3_600_000;
/** Files that are looked at side by side. */
const atOnce = 32;

const answerName = /^[0-9a-f]{16}-[0-9a-f]{32}\.answer$/;
/** Of a name, where what an unfinished one has more begins. */
const answerLength = `${'0'.repeat(16)}-${'0'.repeat(32)}.answer`.length;
const unfinishedName = /^[0-9a-f]{16}-[0-9a-f]{32}\.answer\.[0-9a-f]{16}\.tmp$/;
/** No link is followed, and a pipe is not waited for. Windows has neither. */
const reading = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Nothing is there that could be read: no file, or a link, a folder, a socket in its place. */
const nothing: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EMLINK', 'EISDIR', 'ENXIO']);

type KnownFile = { readonly bytes: number; readonly usedMs: number };

/**
 * A folder of files that are written once and replaced whole: under a name of its own, then renamed, so a process that is killed leaves
 * the old one or the new one. What a power failure leaves half-way, its reader notices.
 */
export class AnswerFolder {
	readonly #path: string;
	readonly #maxBytes: number;
	/** The one used longest ago first; `undefined`: nothing has been counted. */
	#files: Map<string, KnownFile> | undefined;
	#bytes = 0;
	#writtenSince = 0;
	#counting: Promise<void> | undefined;

	constructor(path: string, maxBytes: number) {
		this.#path = path;
		this.#maxBytes = maxBytes;
	}

	/** What is in a file; `undefined`: it is not there, or is none of ours. */
	async read(name: string): Promise<Uint8Array | undefined> {
		const handle = await open(join(this.#path, name), reading).catch(unlessNothing);
		if (handle === undefined) return undefined;
		try {
			const stats = await handle.stat();
			if (!stats.isFile() || stats.size > this.#maxBytes) return undefined;
			const bytes = await readWhole(handle, stats.size);
			if (bytes !== undefined) await this.#use(name, handle, stats);
			return bytes;
		} finally {
			await handle.close();
		}
	}

	/** Makes room, then writes a file in the place of what was there. Who clears the folder once that has begun clears it of this one, too. */
	async write(name: string, bytes: Uint8Array): Promise<void> {
		const size = sizeOf(bytes.byteLength);
		if (size > this.#maxBytes) return this.remove(name);
		await mkdir(this.#path, { recursive: true, mode: 0o700 });
		if (this.#files === undefined || this.#writtenSince > this.#maxBytes / recountShare) await this.#recount();
		this.#forget(name);
		for (const [oldest] of this.#files ?? []) {
			if (this.#bytes + size <= this.#maxBytes) break;
			await this.remove(oldest);
		}
		const path = join(this.#path, name);
		const unfinished = `${path}.${randomBytes(8).toString('hex')}.tmp`;
		try {
			const handle = await open(unfinished, 'wx', 0o600);
			try {
				await handle.writeFile(bytes);
			} finally {
				await handle.close();
			}
			if ((await rename(unfinished, path).catch(unlessGone)) === 'gone') return;
		} catch (error) {
			await unlink(unfinished).catch(() => {});
			throw error;
		}
		this.#note(name, size);
		this.#writtenSince += size;
	}

	async remove(name: string): Promise<void> {
		this.#forget(name);
		await unlink(join(this.#path, name)).catch(unlessNothing);
	}

	/** Removes files of ours whose names begin so. */
	async clear(beginning: string): Promise<void> {
		await this.#eachName(async (name) => {
			if (!name.startsWith(beginning)) return;
			await this.remove(name);
			// It may have been finished since it was listed.
			if (!answerName.test(name)) await this.remove(name.slice(0, answerLength));
		});
	}

	/** Looks what is there, once for all who ask meanwhile; removes what is too much and what was left unfinished. */
	#recount(): Promise<void> {
		this.#counting ??= this.#count().finally(() => {
			this.#counting = undefined;
		});
		return this.#counting;
	}

	async #count(): Promise<void> {
		const found: Array<KnownFile & { name: string }> = [];
		const most = Math.ceil(this.#maxBytes / blockBytes);
		const now = Date.now();
		await this.#eachName(async (name) => {
			const stats = await lstat(join(this.#path, name)).catch(unlessNothing);
			if (!stats?.isFile()) return;
			const isLeft = !answerName.test(name);
			if (isLeft ? now - stats.mtimeMs > abandonedMs : found.length >= most) await this.remove(name);
			else if (!isLeft) {
				const usedMs = Math.max(stats.mtimeMs, this.#files?.get(name)?.usedMs ?? 0);
				found.push({ name, bytes: sizeOf(stats.size), usedMs });
			}
		});
		this.#files = new Map();
		this.#bytes = 0;
		this.#writtenSince = 0;
		for (const { name, bytes, usedMs } of found.sort((one, other) => one.usedMs - other.usedMs))
			this.#note(name, bytes, usedMs);
	}

	async #eachName(work: (name: string) => Promise<void>): Promise<void> {
		const folder = await opendir(this.#path).catch(unlessNothing);
		if (folder === undefined) return;
		let batch: Array<Promise<void>> = [];
		for await (const { name } of folder) {
			if (!answerName.test(name) && !unfinishedName.test(name)) continue;
			batch.push(work(name));
			if (batch.length < atOnce) continue;
			await Promise.all(batch);
			batch = [];
		}
		await Promise.all(batch);
	}

	#note(name: string, bytes: number, usedMs = performance.timeOrigin + performance.now()): void {
		this.#forget(name);
		this.#files?.set(name, { bytes, usedMs });
		this.#bytes += bytes;
	}

	#forget(name: string): void {
		this.#bytes -= this.#files?.get(name)?.bytes ?? 0;
		this.#files?.delete(name);
	}

	async #use(name: string, handle: FileHandle, { size, mtimeMs }: Stats): Promise<void> {
		if (this.#files?.has(name)) this.#note(name, sizeOf(size));
		const now = new Date();
		if (now.getTime() - mtimeMs > useMs) await handle.utimes(now, now).catch(() => {});
	}
}

const sizeOf = (length: number): number => Math.max(1, Math.ceil(length / blockBytes)) * blockBytes;

/** No more than a file was long when it was opened; `undefined`: it has become shorter. */
async function readWhole(handle: FileHandle, length: number): Promise<Uint8Array | undefined> {
	const bytes = Buffer.allocUnsafeSlow(length);
	for (let start = 0; start < length; ) {
		const { bytesRead } = await handle.read(bytes, start, length - start, start);
		if (bytesRead === 0) return undefined;
		start += bytesRead;
	}
	return bytes;
}

function unlessGone(error: NodeJS.ErrnoException): 'gone' {
	if (error.code !== 'ENOENT') throw error;
	return 'gone';
}

function unlessNothing(error: unknown): undefined {
	if (!nothing.has((error as NodeJS.ErrnoException | undefined)?.code)) throw error;
}
