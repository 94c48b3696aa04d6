import { encodeFrame, encodeReset, encodeU32, errorCode, frameFlag, frameType } from '../http2/frame.ts';
import { flood, repeated } from './flood.ts';
import type { FaultScenario } from './scenario.ts';
import { h2 } from './scripts.ts';

const STREAMS_PER_WRITE = 500;
const streamIds = (round: number, first: number) =>
	Array.from({ length: STREAMS_PER_WRITE }, (_, index) => first + 2 * (round * STREAMS_PER_WRITE + index));

/** Streams that a server may not start: PROTOCOL_ERROR, and nothing queued for them. */
export const h02: FaultScenario = {
	id: 'H02',
	summary: 'Streams started, pushed or reset in floods by the server',
	variants: {
		'even-stream': h2(async (peer) => {
			await peer.nextRequest();
			await peer.send(peer.headers(2, [[':status', '200']]));
		}),
		'odd-stream': h2(async (peer) => {
			await peer.nextRequest();
			await peer.send(peer.headers(1001, [[':status', '200']]));
		}),
		'headers-reset-flood': h2(async (peer, context) => {
			await peer.nextRequest();
			await flood(peer, context, (round) =>
				Buffer.concat(
					streamIds(round, 2).flatMap((id) => [
						peer.headers(id, [[':status', '200']]),
						encodeReset(id, errorCode.cancel),
					]),
				),
			);
		}),
		'push-flood': h2(async (peer, context) => {
			const { streamId } = await peer.nextRequest();
			const head = peer.encode([
				[':method', 'GET'],
				[':scheme', 'https'],
				[':authority', 'localhost'],
				[':path', '/p'],
			]);
			await flood(peer, context, (round) =>
				Buffer.concat(
					streamIds(round, 2).map((id) =>
						encodeFrame(frameType.pushPromise, frameFlag.endHeaders, streamId, Buffer.concat([encodeU32(id), head])),
					),
				),
			);
		}),
		'reset-idle-streams': h2(async (peer, context) => {
			await peer.nextRequest();
			await flood(peer, context, (round) =>
				Buffer.concat(streamIds(round, 1001).map((id) => encodeReset(id, errorCode.cancel))),
			);
		}),
		'reset-open-stream-flood': h2(async (peer, context) => {
			const { streamId } = await peer.nextRequest();
			await flood(peer, context, () => repeated(encodeReset(streamId, errorCode.cancel), STREAMS_PER_WRITE));
		}),
	},
};
