import { encodeReset, errorCode } from '../http2/frame.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { h2 } from './scripts.ts';

/** Answers an upload after its first DATA, then resets the stream. Send a body larger than 64 kB. */
const early = (code: number): FaultVariant =>
	h2(async (peer) => {
		for (;;) {
			const request = await peer.nextRequest();
			await peer.stepUntil(() => (peer.received.get(request.streamId) ?? 0) > 0);
			await peer.answer(request, 'early answer');
			await peer.send(encodeReset(request.streamId, code));
		}
	});

/** RFC 9113 8.1: a complete answer followed by RST_STREAM(NO_ERROR) is a success; the upload stops quietly. */
export const h08: FaultScenario = {
	id: 'H08',
	summary: 'Complete answer, then RST_STREAM, while the client still uploads',
	variants: {
		'no-error': early(errorCode.noError),
		cancel: early(errorCode.cancel),
	},
};
