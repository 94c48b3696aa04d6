import { encodeFrame, frameFlag, frameType } from '../http2/frame.ts';
import type { Http2Peer } from './http2-peer.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { h2 } from './scripts.ts';

const BEFORE_RESET = 8192;
const PADDING = 200;

function paddedData(streamId: number, length: number): Buffer {
	const payload = Buffer.concat([Buffer.from([PADDING]), Buffer.alloc(length), Buffer.alloc(PADDING)]);
	return encodeFrame(frameType.data, frameFlag.padded, streamId, payload);
}

/** Sends DATA only when the client's connection window has room for it, as a correct server does. */
async function sendWithin(peer: Http2Peer, frame: Buffer, waiting: () => boolean): Promise<void> {
	const cost = frame.length - 9;
	while (peer.connectionWindow < cost && waiting()) await peer.step();
	peer.connectionWindow -= cost;
	await peer.send(frame);
}

/**
 * Every answer sends 8 kB (`padded`: with 200 bytes of padding), waits for the client's RST_STREAM, and sends 8 kB more:
 * a client that does not return window for discarded DATA stalls after some cycles. `/end` is answered properly.
 */
const cycles = (frameFor: (streamId: number) => Buffer): FaultVariant =>
	h2(async (peer) => {
		for (;;) {
			const request = await peer.nextRequest();
			if (request.path === '/end') {
				await peer.answer(request);
				continue;
			}
			const { streamId } = request;
			await peer.send(peer.headers(streamId, [[':status', '200']]));
			await sendWithin(peer, frameFor(streamId), () => true);
			await peer.stepUntil(() => peer.resetStreams.has(streamId));
			await sendWithin(peer, frameFor(streamId), () => true);
		}
	});

export const h06: FaultScenario = {
	id: 'H06',
	summary: 'DATA, plain and padded, before and after the client resets a stream (one request at a time)',
	variants: {
		plain: cycles((streamId) => encodeFrame(frameType.data, 0, streamId, Buffer.alloc(BEFORE_RESET))),
		padded: cycles((streamId) => paddedData(streamId, BEFORE_RESET)),
	},
};
