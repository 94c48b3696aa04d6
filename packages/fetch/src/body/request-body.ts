import type { Profile } from '@wiretwin/profiles';
import { InvalidArgumentError, StateError } from '../errors/classes.ts';
import { type BodyFeed, feedIterable, feedStream } from './body-feed.ts';
import { encodeForm } from './multipart.ts';
import { tagOf } from './tag.ts';

/** A request body ready to be sent. */
export type RequestBody =
	| { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly contentType: string | undefined }
	| {
			readonly kind: 'stream';
			/** Starts reading; a second call is allowed only if `replayable`. */
			readonly open: () => BodyFeed;
			/** Total bytes, if known. */
			readonly length: number | undefined;
			readonly contentType: string | undefined;
			/** It can be sent again after a 307 or 308. */
			readonly replayable: boolean;
			/** Lets go of a source of the caller's that was never opened. */
			readonly release?: (reason: unknown) => void;
	  };

/** Bytes of the body, `undefined` if not known. */
export function bodyLength(body: RequestBody): number | undefined {
	return body.kind === 'bytes' ? body.bytes.byteLength : body.length;
}

/**
 * Extracts a body (fetch: "extract a body"). Recognises foreign copies of the classes by their tag. Buffers are copied,
 * so that the caller may reuse them at once.
 */
export function extractBody(input: unknown, profile: Profile, formNavigation: boolean): RequestBody {
	if (typeof input === 'string') return bytes(Buffer.from(input, 'utf8'), 'text/plain;charset=UTF-8');
	if (ArrayBuffer.isView(input)) return bytes(copyBytes(input.buffer, input.byteOffset, input.byteLength), undefined);
	switch (tagOf(input)) {
		case 'ArrayBuffer':
		case 'SharedArrayBuffer':
			return bytes(copyBytes(input as ArrayBuffer), undefined);
		case 'URLSearchParams': {
			// A form navigation says it without the charset that fetch() adds.
			const type = 'application/x-www-form-urlencoded';
			return bytes(Buffer.from(String(input), 'utf8'), formNavigation ? type : `${type};charset=UTF-8`);
		}
		case 'FormData':
			return encodeForm(input as FormData, profile);
		case 'Blob':
		case 'File':
			return blobBody(input as Blob);
		case 'ReadableStream':
			return streamBody(input as ReadableStream<Uint8Array>);
	}
	if (isIterable(input)) return iterableBody(input);
	throw new InvalidArgumentError(
		'The body must be a string, bytes, Blob, FormData, URLSearchParams, ReadableStream, Node Readable or iterable of bytes.',
	);
}

function bytes(content: Uint8Array, contentType: string | undefined): RequestBody {
	return { kind: 'bytes', bytes: content, contentType };
}

function copyBytes(buffer: ArrayBufferLike, offset?: number, length?: number): Uint8Array {
	if ((buffer as ArrayBuffer).detached) {
		throw new InvalidArgumentError('The body is a detached ArrayBuffer: its bytes were transferred elsewhere.');
	}
	return new Uint8Array(buffer, offset, length).slice();
}

function blobBody(blob: Blob): RequestBody {
	const contentType = blob.type === '' ? undefined : blob.type;
	// Nothing needs no reading, and ends as nothing of another sort does.
	if (blob.size === 0) return { kind: 'bytes', bytes: new Uint8Array(0), contentType };
	return {
		kind: 'stream',
		open: () => feedStream(blob.stream()),
		length: blob.size,
		contentType,
		replayable: true,
	};
}

/** Body over a stream of the caller's. */
export function streamBody(stream: ReadableStream<Uint8Array>): RequestBody {
	if (stream.locked) {
		throw new StateError('The body stream is locked or was read before.', { code: 'ERR_BODY_USED', phase: 'input' });
	}
	return onlyOnce(
		() => feedStream(stream),
		(reason) => releaseSource(stream, reason),
	);
}

function iterableBody(source: AsyncIterable<unknown> | Iterable<unknown>): RequestBody {
	const readable = source as { readableDidRead?: boolean; destroyed?: boolean };
	if (readable.readableDidRead === true || readable.destroyed === true) {
		throw new StateError('The body stream was read or destroyed before.', { code: 'ERR_BODY_USED', phase: 'input' });
	}
	return onlyOnce(
		() => feedIterable(source),
		(reason) => releaseSource(source, reason),
	);
}

function onlyOnce(open: () => BodyFeed, release: (reason: unknown) => void): RequestBody {
	let isOpen = false;
	return {
		kind: 'stream',
		open: () => {
			isOpen = true;
			return open();
		},
		length: undefined,
		contentType: undefined,
		replayable: false,
		release: (reason) => {
			if (!isOpen) release(reason);
		},
	};
}

/** Tells a source that nobody will read it: a stream is cancelled, a Readable destroyed. Anything else is left alone. */
export function releaseSource(source: unknown, reason: unknown): void {
	if (typeof source !== 'object' || source === null) return;
	if (tagOf(source) === 'ReadableStream') {
		const stream = source as ReadableStream;
		if (!stream.locked) void stream.cancel(reason).catch(() => undefined);
	} else if ('destroy' in source && typeof source.destroy === 'function') source.destroy();
}

function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
	return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}
