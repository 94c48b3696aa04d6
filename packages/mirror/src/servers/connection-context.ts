import type { ConnectionRecord, RequestRecord } from '../capture/records.ts';
import type { Handler } from './exchange.ts';
import type { NormalizedHttp2Options } from './options.ts';

/** What the protocol servers need to know about the connection they serve. */
export type ConnectionContext = {
	record: ConnectionRecord;
	scheme: 'http' | 'https';
	handler: Handler;
	http2: NormalizedHttp2Options;
	maxRecordedBody: number;
	/** Milliseconds since the connection began. */
	elapsedMs: () => number;
	/** A request's head has arrived. */
	onRequest: (request: RequestRecord) => void;
	/** Something about a request changed (body, trailers, completion). */
	onProgress: (request: RequestRecord) => void;
	/** Kills the connection with a TCP reset. */
	destroy: () => void;
};

/** Appends body bytes to the record, up to the limit. */
export function recordBody(context: ConnectionContext, request: RequestRecord, chunk: Buffer): void {
	request.bodyLength += chunk.length;
	const room = context.maxRecordedBody - request.body.length;
	if (room > 0) request.body = Buffer.concat([request.body, chunk.subarray(0, room)]);
}
