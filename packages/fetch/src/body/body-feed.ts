import { BodyError } from '../errors/classes.ts';
import { tagOf } from './tag.ts';

/** A body being read. */
export type BodyFeed = {
	readonly chunks: AsyncIterable<Uint8Array>;
	/** Tells the producer that nobody reads on, also while it is being waited for. */
	stop(reason: unknown): void;
};

/** Feed over a web stream, of any realm. */
export function feedStream(stream: ReadableStream<Uint8Array>): BodyFeed {
	const reader = stream.getReader();
	return {
		chunks: readAll(reader),
		stop: (reason) => void reader.cancel(reason).catch(() => undefined),
	};
}

/** Feed over a Node Readable or any iterable. */
export function feedIterable(source: AsyncIterable<unknown> | Iterable<unknown>): BodyFeed {
	const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
	return {
		chunks: iterate(iterator),
		stop: () => {
			// A Readable that is being waited for ends at once when destroyed; a generator ends at its next yield.
			const readable = source as { destroy?: () => void };
			if (typeof readable.destroy === 'function') readable.destroy();
			else void Promise.resolve(iterator.return?.()).catch(() => undefined);
		},
	};
}

/** Pieces of a sequence are joined until they make this many bytes. */
const joinedBytes = 64 * 1024;

/**
 * Feed over several sources, opened one after the other. Small pieces are joined: a browser reads a form's parts into
 * one buffer, so where a part ends cannot be seen in the frames (truth: form POST, multipart).
 */
export function feedSequence(opens: ReadonlyArray<() => BodyFeed>): BodyFeed {
	let current: BodyFeed | undefined;
	return {
		chunks: (async function* () {
			let waiting: Uint8Array[] = [];
			let size = 0;
			for (const open of opens) {
				current = open();
				for await (const chunk of current.chunks) {
					waiting.push(chunk);
					size += chunk.byteLength;
					if (size < joinedBytes) continue;
					yield Buffer.concat(waiting);
					waiting = [];
					size = 0;
				}
			}
			if (size > 0) yield Buffer.concat(waiting);
		})(),
		stop: (reason) => current?.stop(reason),
	};
}

/** Feed over bytes in memory. */
export function feedBytes(bytes: Uint8Array): BodyFeed {
	return {
		chunks: (async function* () {
			yield bytes;
		})(),
		stop: () => undefined,
	};
}

async function* readAll(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return;
		yield chunkBytes(value);
	}
}

async function* iterate(iterator: AsyncIterator<unknown> | Iterator<unknown>): AsyncGenerator<Uint8Array> {
	for (;;) {
		const { done, value } = await iterator.next();
		if (done) return;
		yield chunkBytes(value);
	}
}

function chunkBytes(chunk: unknown): Uint8Array {
	if (typeof chunk === 'string') return Buffer.from(chunk, 'utf8');
	if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
	if (tagOf(chunk) === 'ArrayBuffer') return new Uint8Array(chunk as ArrayBuffer);
	throw new BodyError('A chunk of the body stream is neither bytes nor text (ERR_BODY_SOURCE).', {
		code: 'ERR_BODY_SOURCE',
		phase: 'send',
	});
}
