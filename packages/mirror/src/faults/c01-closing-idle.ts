import type { RawPeer } from './raw-peer.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { complete, h2, requestTarget } from './scripts.ts';

async function answerOnce(peer: RawPeer): Promise<void> {
	await peer.write(complete(`answer to ${requestTarget(await peer.readRequest()).path}`));
}

/** The first connection answers once and then misbehaves; later ones answer everything. */
const firstConnection = (misbehave: (peer: RawPeer) => Promise<void>): FaultVariant => ({
	on: 'https',
	script: async (peer, { connection }) => {
		if (connection === 1) {
			await answerOnce(peer);
			await misbehave(peer);
			return;
		}
		for (;;) await answerOnce(peer);
	},
});

/** A reused connection dies: safe requests are replayed once on a new one, POST only when provably unsent. */
export const c01: FaultScenario = {
	id: 'C01',
	summary: 'Server closes a kept-alive connection',
	variants: {
		/** FIN when the second request has arrived, without an answer. */
		'close-on-second': firstConnection(async (peer) => {
			await peer.readRequest();
			peer.end();
		}),
		'reset-on-second': firstConnection(async (peer) => {
			await peer.readRequest();
			peer.reset();
		}),
		/** FIN right after the first answer: the client may see it before or after it sends. */
		'close-idle': firstConnection(async (peer) => peer.end()),
		'reset-idle': firstConnection(async (peer) => peer.reset()),
		/** FIN without close_notify, and the server goes on reading. */
		'half-close': firstConnection(async (peer) => {
			peer.truncate();
			await peer.readRequest();
		}),
		/** Half of the second answer, then FIN: must not be replayed. */
		'partial-second': firstConnection(async (peer) => {
			await peer.readRequest();
			await peer.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
			peer.end();
		}),
		'h2-close-on-second': h2(async (peer, { connection }) => {
			await peer.answer(await peer.nextRequest());
			if (connection > 1) for (;;) await peer.answer(await peer.nextRequest());
			await peer.nextRequest();
			peer.raw.end();
		}),
	},
};
