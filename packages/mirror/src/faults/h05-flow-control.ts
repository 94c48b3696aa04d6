import { encodeSettings, encodeWindowUpdate, MAX_WINDOW, setting } from '../http2/frame.ts';
import type { Http2Peer, PeerRequest } from './http2-peer.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { h2 } from './scripts.ts';

/** Sends a control frame after the head of an answer, then finishes the answer for clients that did not mind. */
const control = (frame: (streamId: number) => Uint8Array): FaultVariant =>
	h2(async (peer) => {
		const { streamId } = await peer.nextRequest();
		await peer.send(
			peer.headers(streamId, [[':status', '200']]),
			frame(streamId),
			peer.data(streamId, Buffer.from('ok'), true),
		);
	});

async function answerHead(peer: Http2Peer): Promise<PeerRequest> {
	const request = await peer.nextRequest();
	// The client's first WINDOW_UPDATEs come with or before its HEADERS, except those for the stream (Firefox).
	await peer.send(peer.headers(request.streamId, [[':status', '200']]));
	return request;
}

/** No browser grants a stream more than half of this at first. */
const ABOVE_EVERY_WINDOW = 32 * 1024 * 1024;

/** How many bytes of the upload arrive before `shrink-below-zero` shrinks the window. */
const BEFORE_SHRINKING = 10_000;

/**
 * The window violations send everything in one go; a client that hands bytes to a waiting reader may have returned
 * window meanwhile, so the test must not read the body.
 */
export const h05: FaultScenario = {
	id: 'H05',
	summary: 'Flow control broken by the server',
	variants: {
		'past-stream-window': h2(async (peer) => {
			const { streamId } = await answerHead(peer);
			const piece = Buffer.alloc(1024 * 1024);
			const listening = peer.drain().catch(() => {});
			for (let sent = 0; sent < ABOVE_EVERY_WINDOW && !peer.raw.isGone; sent += piece.length) {
				await peer.send(peer.data(streamId, piece));
			}
			await listening;
		}),
		/** Needs so many requests at once that their stream windows together exceed the connection's. */
		'past-connection-window': h2(async (peer) => {
			const streams: number[] = [];
			let room = 0;
			while (room <= peer.connectionWindow) {
				const { streamId } = await answerHead(peer);
				streams.push(streamId);
				room += peer.streamWindow(streamId);
			}
			const listening = peer.drain().catch(() => {});
			for (const streamId of streams) await peer.send(peer.data(streamId, Buffer.alloc(peer.streamWindow(streamId))));
			await listening;
		}),
		'zero-increment-stream': control((streamId) => encodeWindowUpdate(streamId, 0)),
		'zero-increment-connection': control(() => encodeWindowUpdate(0, 0)),
		'overflow-stream': control((streamId) => encodeWindowUpdate(streamId, MAX_WINDOW)),
		'overflow-connection': control(() => encodeWindowUpdate(0, MAX_WINDOW)),
		'initial-window-too-large': control(() => encodeSettings([[setting.initialWindowSize, MAX_WINDOW + 1]])),
		/** An upload (send more than 64 kB): the window shrinks below zero, then opens; the answer says how much arrived. */
		'shrink-below-zero': h2(async (peer) => {
			const { streamId } = await peer.nextRequest();
			const received = () => peer.received.get(streamId) ?? 0;
			await peer.stepUntil(() => received() >= BEFORE_SHRINKING);
			await peer.send(encodeSettings([[setting.initialWindowSize, 0]]));
			// All of the first window is allowed to be in flight already.
			await peer.stepUntil(() => received() >= 65_535 || peer.endedStreams.has(streamId));
			// Window is now -65535 (or what was sent): exactly so much brings it to zero, more opens it.
			await peer.send(encodeWindowUpdate(0, 16 * 1024 * 1024), encodeWindowUpdate(streamId, 16 * 1024 * 1024));
			await peer.stepUntil(() => peer.endedStreams.has(streamId));
			await peer.answer({ streamId, method: 'POST', path: '', endStream: true }, String(received()));
		}),
	},
};
