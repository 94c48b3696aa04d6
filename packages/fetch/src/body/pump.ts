import { BodyError } from '../errors/classes.ts';
import type { RequestSummary } from '../errors/wiretwin-error.ts';

/** What a body is poured into; a `NativeExchange` is one. */
export type BodySink = {
	write(chunk: Uint8Array): Promise<void>;
	end(): void;
};

/** Larger chunks of the caller's are cut, so that backpressure and aborts stay prompt. */
const maxWriteBytes = 256 * 1024;

/**
 * Pours a stream into a sink with backpressure. Resolves `undefined` when it ended or the peer wanted no more of it, or
 * the error when the caller's source failed, broke its word about the length or gave no bytes.
 */
export async function pumpBody(
	source: AsyncIterable<Uint8Array>,
	sink: BodySink,
	length: number | undefined,
	request: RequestSummary,
): Promise<unknown> {
	let sent = 0;
	let ended = false;
	let refused = false;
	try {
		for await (const chunk of source) {
			sent += chunk.byteLength;
			if (length !== undefined && sent > length) throw wrongLength(length, request);
			for (let offset = 0; offset < chunk.byteLength; offset += maxWriteBytes) {
				try {
					const written = sink.write(chunk.subarray(offset, offset + maxWriteBytes));
					// The end of a known length is said along with the last bytes: one frame, as browsers send it.
					if (sent === length && offset + maxWriteBytes >= chunk.byteLength) {
						ended = true;
						sink.end();
					}
					await written;
				} catch {
					refused = true; // the exchange reports its own failure, or the response came early
					return undefined; // leaves the loop, which tells the source to stop
				}
			}
		}
		if (length !== undefined && sent < length) throw wrongLength(length, request);
		if (!ended) sink.end();
		return undefined;
	} catch (error) {
		if (refused) return undefined;
		if (error instanceof BodyError) return error;
		return new BodyError(`The source of the request body failed (ERR_BODY_SOURCE): ${request.method} ${request.url}`, {
			code: 'ERR_BODY_SOURCE',
			phase: 'send',
			request,
			cause: error,
		});
	}
}

function wrongLength(length: number, request: RequestSummary): BodyError {
	return new BodyError(
		`The request body is not the ${length} bytes long that were announced: ${request.method} ${request.url}`,
		{
			code: 'ERR_BODY_LENGTH',
			phase: 'send',
			request,
		},
	);
}
