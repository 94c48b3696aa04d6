import { encodeFrame, encodeU32, frameFlag, frameType } from '../http2/frame.ts';
import type { FaultScenario } from './scenario.ts';
import { h2 } from './scripts.ts';

/** RFC 9113 8.4: with ENABLE_PUSH 0 a PUSH_PROMISE is a connection error. */
export const h12: FaultScenario = {
	id: 'H12',
	summary: 'PUSH_PROMISE although push is disabled',
	variants: {
		promise: h2(async (peer) => {
			const request = await peer.nextRequest();
			const head = peer.encode([
				[':method', 'GET'],
				[':scheme', 'https'],
				[':authority', 'localhost'],
				[':path', '/pushed'],
			]);
			const promise = Buffer.concat([encodeU32(2), head]);
			await peer.send(encodeFrame(frameType.pushPromise, frameFlag.endHeaders, request.streamId, promise));
			await peer.send(peer.headers(2, [[':status', '200']]), peer.data(2, Buffer.from('pushed'), true));
			await peer.answer(request);
		}),
	},
};
