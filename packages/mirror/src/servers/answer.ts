import type { ConnectionRecord, HeaderField, RequestRecord } from '../capture/records.ts';
import { headerValue } from '../capture/records.ts';
import type { BodyChannel } from './body-channel.ts';
import {
	type ConnectionControl,
	type Handler,
	type MirrorRequest,
	noReply,
	type Reply,
	type ReplySink,
} from './exchange.ts';

const DEFAULT_BODY_LIMIT = 16 * 1024 * 1024;

/** One request together with the place its answer goes to; made by the HTTP/1 and HTTP/2 servers. */
export type Exchange = {
	record: RequestRecord;
	connection: ConnectionRecord;
	body: BodyChannel;
	sink: ReplySink;
	control: ConnectionControl;
	signal: AbortSignal;
};

/** Runs the handler and writes what it returns. Never rejects: a handler that throws becomes status 500. */
export async function answer(exchange: Exchange, handler: Handler): Promise<void> {
	const request = mirrorRequest(exchange);
	let headSent = false;
	try {
		const reply = await handler(request);
		if (reply === noReply) return;
		headSent = true;
		await writeReply(exchange, reply ?? { status: 404, body: 'no such page\n' });
		// The rest of an unread upload is still recorded, and its flow-control window given back.
		exchange.body.discard();
	} catch (error) {
		if (exchange.signal.aborted) return; // the client left; nobody to tell
		if (headSent) {
			exchange.control.resetStream();
			return;
		}
		exchange.body.discard();
		await writeReply(exchange, { status: 500, body: `${String(error)}\n` }).catch(() => exchange.control.destroy());
	}
}

async function writeReply(exchange: Exchange, reply: Reply): Promise<void> {
	const { record, sink } = exchange;
	const status = reply.status ?? 200;
	const trailers = reply.trailers ?? [];
	const headers: HeaderField[] = [...(reply.headers ?? [])];
	if (reply.tunnel) {
		sink.head(status, headers, false, false);
		await reply.tunnel({ input: exchange.body, write: (bytes) => sink.write(bytes) });
		sink.end([]);
		return;
	}
	const body = typeof reply.body === 'string' ? Buffer.from(reply.body, 'utf8') : reply.body;
	const forbidsBody = status === 204 || status === 304;
	if (
		!forbidsBody &&
		headerValue(headers, 'content-length') === null &&
		(body === undefined || body instanceof Uint8Array)
	) {
		if (trailers.length === 0) headers.push(['content-length', String(body?.length ?? 0)]);
	}
	const isEmpty = body === undefined || (body instanceof Uint8Array && body.length === 0);
	if (record.method === 'HEAD' || forbidsBody || (isEmpty && trailers.length === 0)) {
		sink.head(status, headers, true, false);
		return;
	}
	sink.head(status, headers, false, trailers.length > 0);
	if (body instanceof Uint8Array) await sink.write(body);
	else if (body) for await (const chunk of body) await sink.write(chunk);
	sink.end(trailers);
}

function mirrorRequest({ record, connection, body, sink, control, signal }: Exchange): MirrorRequest {
	return {
		record,
		connection,
		method: record.method,
		url: requestUrl(record),
		header: (name) => headerValue(record.headers, name),
		body,
		async readBody(limit = DEFAULT_BODY_LIMIT) {
			const chunks: Buffer[] = [];
			let total = 0;
			for await (const chunk of body) {
				total += chunk.length;
				if (total > limit) throw new RangeError(`request body above ${limit} bytes`);
				chunks.push(chunk);
			}
			return Buffer.concat(chunks);
		},
		inform: (status, headers = []) => sink.inform(status, headers),
		signal,
		control,
	};
}

/** The target as URL. One that cannot be parsed becomes `/`, the record still has it verbatim. */
function requestUrl(record: RequestRecord): URL {
	const base = `${record.scheme}://${record.authority || 'localhost'}`;
	// Prefixed, not resolved: `//x` is a path here, not another host.
	const text = record.path.startsWith('/') ? base + record.path : record.path;
	return URL.parse(text) ?? new URL(`${record.scheme}://localhost/`);
}
