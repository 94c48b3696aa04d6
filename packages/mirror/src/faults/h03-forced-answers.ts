import { encodeFrame, encodeSettings, frameType } from '../http2/frame.ts';
import { repeated } from './flood.ts';
import type { Http2Peer } from './http2-peer.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { h2 } from './scripts.ts';

const PER_WRITE = 1000;

/** Frames that make a client answer, from a server that never reads again. Ends when the client leaves. */
const deafFlood = (piece: (peer: Http2Peer, streamId: number) => Uint8Array): FaultVariant =>
	h2(async (peer, { expandedBytes }) => {
		const request = await peer.nextRequest();
		await peer.answer(request);
		peer.raw.stopReading();
		const bytes = piece(peer, request.streamId);
		while (peer.raw.log.bytesSent < expandedBytes) await peer.send(bytes);
	});

/** Answers must be counted: a client that queues them without limit runs out of memory. */
export const h03: FaultScenario = {
	id: 'H03',
	summary: 'Frames that force answers, sent by a server that does not read them',
	variants: {
		// DATA on a stream that is closed on both sides asks for RST_STREAM.
		'data-on-closed-stream': deafFlood((peer, streamId) => repeated(peer.data(streamId, Buffer.alloc(1)), PER_WRITE)),
		'headers-on-closed-stream': deafFlood((peer, streamId) =>
			repeated(peer.headers(streamId, [[':status', '200']]), PER_WRITE),
		),
		ping: deafFlood(() => repeated(encodeFrame(frameType.ping, 0, 0, Buffer.alloc(8)), PER_WRITE)),
		settings: deafFlood(() => repeated(encodeSettings([[3, 100]]), PER_WRITE)),
	},
};
