/** Bytes and text come as one piece of whatever size; a body of more pieces is taken whole up to this size. */
const wholeBytes = 256 * 1024;
/** Turns of the event loop in which a body made from memory has surely been handed over, also through ky's tee. */
const patientTurns = 2;

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Result = Awaited<ReturnType<Reader['read']>>;

/**
 * The body of a Request. A Request shows every body as a stream and hides its length, but a browser sends the length of
 * bytes: what comes without waiting is taken as bytes, anything slower as a stream.
 */
export async function takeBody(body: ReadableStream<Uint8Array>): Promise<Uint8Array | ReadableStream<Uint8Array>> {
	const reader = body.getReader();
	const chunks: Uint8Array[] = [];
	let size = 0;
	for (;;) {
		const pending = reader.read();
		const result = await Promise.race([pending, afterTurns(patientTurns)]);
		if (result === undefined) return withRest(chunks, pending, reader);
		if (result.done) return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, size);
		chunks.push(result.value);
		size += result.value.byteLength;
		if (size > wholeBytes && chunks.length > 1) return withRest(chunks, undefined, reader);
	}
}

/** The pieces that were taken, and everything that follows them. */
function withRest(chunks: Uint8Array[], next: Promise<Result> | undefined, reader: Reader): ReadableStream<Uint8Array> {
	let pending = next;
	next?.catch(() => undefined); // thrown where the stream gets to it
	return new ReadableStream({
		async pull(controller) {
			const chunk = chunks.shift();
			if (chunk) {
				controller.enqueue(chunk);
				return;
			}
			const { done, value } = await (pending ?? reader.read());
			pending = undefined;
			if (done) controller.close();
			else controller.enqueue(value);
		},
		cancel: (reason) => reader.cancel(reason),
	});
}

function afterTurns(count: number): Promise<undefined> {
	return new Promise((resolve) => {
		const next = (left: number): void => (left === 0 ? resolve(undefined) : void setImmediate(next, left - 1));
		next(count);
	});
}
