import type { BodyFeed } from '../body/body-feed.ts';
import { feedStream } from '../body/body-feed.ts';
import type { RequestBody } from '../body/request-body.ts';
import { tagOf } from '../body/tag.ts';
import { StateError } from '../errors/classes.ts';

/** What is used of a `Request`, whichever realm or copy of undici made it. */
export type RequestLike = {
	readonly url: string;
	readonly method: string;
	readonly headers: Headers;
	readonly body: ReadableStream<Uint8Array> | null;
	readonly bodyUsed: boolean;
	readonly signal?: AbortSignal;
	readonly redirect?: string;
	readonly mode?: string;
	readonly credentials?: string;
	readonly cache?: string;
	readonly referrer?: string;
	readonly referrerPolicy?: string;
	readonly destination?: string;
};

/**
 * A body found at once is sent with its length, as the browser sends what is not a stream: text and bytes come as one
 * piece of whatever size, a body of more pieces is taken up to this size.
 */
const readAheadBytes = 256 * 1024;
/** Turns of the event loop in which a body made from memory has surely been handed over. */
const readAheadTurns = 2;

/** True for a Request of any realm. */
export function isRequest(value: unknown): value is RequestLike {
	return tagOf(value) === 'Request' && typeof (value as RequestLike).url === 'string';
}

/**
 * Takes the body of a Request. A Request shows every body as a stream and hides its length; bytes that are there without
 * waiting are taken as such, anything slower is streamed.
 */
export async function takeRequestBody(request: RequestLike): Promise<RequestBody | null> {
	if (request.bodyUsed || request.body?.locked) {
		throw new StateError('The body of the Request was already used.', { code: 'ERR_BODY_USED', phase: 'input' });
	}
	if (request.body === null) return null;
	const reader = request.body.getReader();
	const chunks: Uint8Array[] = [];
	let size = 0;
	for (;;) {
		const pending = reader.read();
		const result = await Promise.race([pending, turns(readAheadTurns)]);
		if (result === undefined) return rest(chunks, pending, reader);
		if (result.done) return { kind: 'bytes', bytes: joined(chunks, size), contentType: undefined };
		chunks.push(result.value);
		size += result.value.byteLength;
		if (size > readAheadBytes && chunks.length > 1) return rest(chunks, undefined, reader);
	}
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
	return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, size);
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

function rest(
	chunks: readonly Uint8Array[],
	pending: ReturnType<Reader['read']> | undefined,
	reader: Reader,
): RequestBody {
	pending?.catch(() => undefined); // reported when the feed gets to it
	const stream = new ReadableStream<Uint8Array>({
		start(controller) {
			for (const chunk of chunks) controller.enqueue(chunk);
		},
		async pull(controller) {
			const { done, value } = await (pending ?? reader.read());
			pending = undefined;
			if (done) controller.close();
			else controller.enqueue(value);
		},
		cancel: (reason) => reader.cancel(reason),
	});
	const open = (): BodyFeed => feedStream(stream);
	return { kind: 'stream', open, length: undefined, contentType: undefined, replayable: false };
}

function turns(count: number): Promise<undefined> {
	return new Promise((resolve) => {
		const next = (left: number) => (left === 0 ? resolve(undefined) : void setImmediate(next, left - 1));
		next(count);
	});
}
