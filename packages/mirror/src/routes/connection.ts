import { setTimeout as delay } from 'node:timers/promises';
import { type MirrorRequest, noReply } from '../servers/exchange.ts';
import { numberArgument, numberParameter, type RouteTable, text } from './route.ts';

/** Answers that are slow, incomplete, or end the connection. */
export const connectionRoutes: RouteTable = {
	/** `/slow/<ms>`: answers after that time. */
	slow: async (request) => {
		await delay(numberArgument(request, 100), undefined, { signal: request.signal });
		return text('slow\n');
	},
	/** `/drip?bytes=10&interval=100`: one byte per interval (ms). */
	drip: (request) => ({
		headers: [['content-type', 'application/octet-stream']],
		body: drip(request, numberParameter(request, 'bytes', 10), numberParameter(request, 'interval', 100)),
	}),
	/** Never answers. `/hang/body`: head and one byte, then nothing. */
	hang: (request) => {
		if (request.url.pathname !== '/hang/body') return noReply;
		return { headers: [['content-type', 'application/octet-stream']], body: byteThenNothing(request.signal) };
	},
	/** Answers, then ends the connection in an orderly way. */
	close: (request) => {
		request.control.goAway();
		return text('bye\n', 200, request.record.protocol === 'h2' ? [] : [['connection', 'close']]);
	},
	/** `/goaway?code=0&last=<stream>`: GOAWAY, and an answer when this stream is covered by it. HTTP/1: `Connection: close`. */
	goaway: (request) => {
		const last = numberParameter(request, 'last', request.record.streamId ?? 0);
		request.control.goAway(numberParameter(request, 'code', 0), last);
		return last < (request.record.streamId ?? 0) ? noReply : text('going away\n');
	},
	/** `/reset?code=2`: RST_STREAM instead of an answer; on HTTP/1 a TCP reset. */
	reset: (request) => {
		request.control.resetStream(numberParameter(request, 'code', 2));
		return noReply;
	},
	/** TCP reset instead of an answer. */
	destroy: (request) => {
		request.control.destroy();
		return noReply;
	},
};

async function* drip(request: MirrorRequest, bytes: number, intervalMs: number): AsyncGenerator<Buffer> {
	for (let sent = 0; sent < bytes; sent++) {
		await delay(intervalMs, undefined, { signal: request.signal });
		yield Buffer.from([sent & 0xff]);
	}
}

async function* byteThenNothing(signal: AbortSignal): AsyncGenerator<Buffer> {
	yield Buffer.from('x');
	await new Promise((_resolve, reject) =>
		signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
	);
}
