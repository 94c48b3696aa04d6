import { Readable } from 'node:stream';
import type { Exchange } from 'wiretwin';
import type { Progress, ResponseData, StreamingResponse } from './contract.ts';
import { toRecord } from './response-data.ts';

/** What a streamed request counts. Nothing here leads to the stream: the exchange holds it, and the stream may be forgotten. */
export class StreamCounts {
	uploaded = 0;
	downloaded = 0;
	trailers: readonly string[] = [];
	readonly onUploaded = (bytes: number): void => {
		this.uploaded += bytes;
	};
	readonly onTrailers = (trailers: readonly string[]): void => {
		this.trailers = trailers;
	};
}

/** Bodies that nobody can read any more are given up, as those of `session.fetch` are (C13). */
const forgotten = new FinalizationRegistry<Exchange>((exchange) => exchange.cancel());

/** Puts head, body and progress together. */
export function streamingResponse<Request>(
	request: Request,
	data: ResponseData,
	exchange: Exchange,
	counts: StreamCounts,
): StreamingResponse & { request: Request } {
	const stream = toReadable(exchange, counts);
	const total = Number(data.headers['content-length'] ?? Number.NaN);
	const made = { ...data, request, stream } as StreamingResponse & { request: Request };
	const response = Object.defineProperties(made, {
		downloadProgress: { get: () => progress(counts.downloaded, response.complete, total), enumerable: true },
		uploadProgress: { get: () => progress(counts.uploaded, true, counts.uploaded), enumerable: true },
	});
	// First among the listeners: Crawlee reads these when the stream has ended.
	stream.once('end', () => {
		response.complete = true;
		response.rawTrailers = [...counts.trailers];
		response.trailers = toRecord(counts.trailers);
	});
	return response;
}

/** A Node stream over the body: pulled, so that nothing is read ahead of the reader. */
function toReadable(exchange: Exchange, counts: StreamCounts): Readable {
	let ended = false;
	const stream = new Readable({
		read() {
			exchange.read().then(
				(chunk) => {
					ended = chunk === null;
					counts.downloaded += chunk?.byteLength ?? 0;
					this.push(chunk);
				},
				(error) => this.destroy(error as Error),
			);
		},
		destroy(error, callback) {
			forgotten.unregister(exchange);
			// A body read to its end is not given up, even if the exchange learns of its own end a turn later.
			if (!ended && !exchange.settled) exchange.abort(error ?? undefined);
			callback(error);
		},
	});
	if (!exchange.settled) forgotten.register(stream, exchange, exchange);
	return stream;
}

function progress(transferred: number, complete: boolean, total: number): Progress {
	const known = Number.isFinite(total);
	const percent = complete ? 1 : known && total > 0 ? Math.min(1, transferred / total) : 0;
	return { percent, transferred, ...(known ? { total } : {}) };
}
