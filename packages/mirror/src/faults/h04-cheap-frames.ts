import { encodeFrame, encodeSettings, encodeWindowUpdate, frameFlag, frameType } from '../http2/frame.ts';
import { flood, repeated } from './flood.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { h2 } from './scripts.ts';

const PER_WRITE = 1000;
const PADDING = 255;
const FULLY_PADDED = Buffer.concat([Buffer.from([PADDING]), Buffer.alloc(PADDING)]);

/** Opens an answer, then floods. */
const during = (piece: (streamId: number) => Uint8Array): FaultVariant =>
	h2(async (peer, context) => {
		const { streamId } = await peer.nextRequest();
		await peer.send(peer.headers(streamId, [[':status', '200']]));
		const bytes = repeated(piece(streamId), PER_WRITE);
		await flood(peer, context, () => bytes);
	});

/** Frames without content: a budget must run out. The last variant is a legitimate single empty DATA and must pass. */
export const h04: FaultScenario = {
	id: 'H04',
	summary: 'Floods of frames that carry nothing',
	variants: {
		'empty-data': during((streamId) => encodeFrame(frameType.data, 0, streamId)),
		'padded-data': during((streamId) => encodeFrame(frameType.data, frameFlag.padded, streamId, FULLY_PADDED)),
		'settings-flood': during(() => encodeSettings([[3, 100]])),
		'ping-flood': during(() => encodeFrame(frameType.ping, 0, 0, Buffer.alloc(8))),
		'priority-flood': during((streamId) => encodeFrame(frameType.priority, 0, streamId, Buffer.alloc(5))),
		'window-update-flood': during(() => encodeWindowUpdate(0, 1)),
		'unknown-flood': during(() => encodeFrame(0x42, 0, 0)),
		/** One byte a frame, 1,000 frames, then a proper end: wasteful but no attack. */
		'one-byte-data': h2(async (peer) => {
			const { streamId } = await peer.nextRequest();
			const frame = encodeFrame(frameType.data, 0, streamId, Buffer.from('x'));
			const end = encodeFrame(frameType.data, frameFlag.endStream, streamId);
			await peer.send(peer.headers(streamId, [[':status', '200']]), repeated(frame, PER_WRITE), end);
		}),
		'final-empty-data': h2(async (peer) => {
			for (;;) {
				const { streamId } = await peer.nextRequest();
				const end = encodeFrame(frameType.data, frameFlag.endStream, streamId);
				await peer.send(peer.headers(streamId, [[':status', '200']]), end);
			}
		}),
	},
};
