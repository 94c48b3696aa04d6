import { setTimeout as delay } from 'node:timers/promises';
import { encodeGoAway, encodeReset, encodeSettings, errorCode, setting } from '../http2/frame.ts';
import type { FaultScenario, Http2Script } from './scenario.ts';
import { h2 } from './scripts.ts';

const answerAll: Http2Script = async (peer) => {
	for (;;) await peer.answer(await peer.nextRequest());
};

const refuseAll: Http2Script = async (peer) => {
	for (;;) await peer.send(encodeReset((await peer.nextRequest()).streamId, errorCode.refusedStream));
};

const goAwayZero: Http2Script = async (peer) => {
	await peer.nextRequest();
	await peer.send(encodeGoAway(0, errorCode.noError));
	peer.raw.end();
};

/** Requests that were provably not processed: replayed once at most, or they wait; never a busy loop. */
export const h07: FaultScenario = {
	id: 'H07',
	summary: 'Requests refused by GOAWAY, REFUSED_STREAM or MAX_CONCURRENT_STREAMS',
	variants: {
		'goaway-zero-always': h2(goAwayZero),
		'goaway-zero-once': h2((peer, context) => (context.connection === 1 ? goAwayZero : answerAll)(peer, context)),
		/** GOAWAY that covers the request, then its answer. */
		'goaway-mid-flight': h2(async (peer) => {
			const request = await peer.nextRequest();
			await peer.send(encodeGoAway(request.streamId, errorCode.noError));
			await peer.answer(request);
		}),
		/** GOAWAY(2^31-1) first, as a server that shuts down gracefully does, then the real one with the answer. */
		'goaway-graceful': h2(async (peer) => {
			const request = await peer.nextRequest();
			await peer.send(encodeGoAway(2 ** 31 - 1, errorCode.noError));
			await peer.send(encodeGoAway(request.streamId, errorCode.noError));
			await peer.answer(request);
		}),
		'goaway-error': h2(async (peer) => {
			const { streamId } = await peer.nextRequest();
			await peer.send(encodeGoAway(streamId, errorCode.enhanceYourCalm, 'too many pings'));
			peer.raw.end();
		}),
		'refused-always': h2(refuseAll),
		'refused-once': h2(async (peer, context) => {
			const { streamId } = await peer.nextRequest();
			if (context.connection === 1) await peer.send(encodeReset(streamId, errorCode.refusedStream));
			else await peer.answer({ streamId, method: '', path: '', endStream: true });
			await answerAll(peer, context);
		}),
		/** No stream is allowed until `intervalMs` after the client's first frame, then one at a time. */
		'no-streams-then-one': h2(
			async (peer, context) => {
				await peer.step();
				const allowing = delay(context.intervalMs, undefined, { signal: context.signal }).then(() =>
					peer.send(encodeSettings([[setting.maxConcurrentStreams, 1]])),
				);
				await Promise.all([answerAll(peer, context), allowing]);
			},
			[[setting.maxConcurrentStreams, 0]],
		),
		'no-streams-ever': h2(answerAll, [[setting.maxConcurrentStreams, 0]]),
		'one-stream': h2(answerAll, [[setting.maxConcurrentStreams, 1]]),
	},
};
