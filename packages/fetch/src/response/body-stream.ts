import type { UnderlyingByteSource } from 'node:stream/web';
import type { BodySource } from './body-source.ts';

/**
 * A byte stream over a source: pulled, so nothing is read ahead of the reader, and readable with a BYOB reader.
 */
export function toByteStream(source: BodySource): ReadableStream<Uint8Array> {
	let rest: Uint8Array | undefined;
	const underlying: UnderlyingByteSource = {
		type: 'bytes',
		async pull(controller) {
			const chunk = rest ?? (await source.read());
			rest = undefined;
			const request = controller.byobRequest;
			if (chunk === null) {
				controller.close();
				request?.respond(0); // a pending BYOB read is settled only by an answer of zero bytes
				return;
			}
			const view = request?.view;
			if (!request || !view) {
				controller.enqueue(ownBytes(chunk));
				return;
			}
			const target = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
			const length = Math.min(target.byteLength, chunk.byteLength);
			target.set(chunk.subarray(0, length));
			if (length < chunk.byteLength) rest = chunk.subarray(length);
			request.respond(length);
		},
		cancel() {
			source.cancel();
		},
	};
	// Nothing is pulled before somebody reads.
	return new ReadableStream(underlying, { highWaterMark: 0 }) as unknown as ReadableStream<Uint8Array>;
}

/** A byte stream takes the whole buffer away from its owner, so a piece of a larger one (or of Node's pool) is copied. */
function ownBytes(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
	const whole = chunk.buffer instanceof ArrayBuffer && chunk.byteLength === chunk.buffer.byteLength;
	return whole ? (chunk as Uint8Array<ArrayBuffer>) : new Uint8Array(chunk);
}
