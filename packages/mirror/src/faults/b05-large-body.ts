import type { FaultScenario } from './scenario.ts';
import { h2 } from './scripts.ts';

const PIECE = 64 * 1024;
const pattern = Buffer.from(Uint8Array.from({ length: PIECE }, (_, index) => index & 0xff));

/** A body of `expandedBytes`, byte i is `i & 0xff`, sent as fast as the client allows; `log.bytesSent` shows how far. */
export const b05: FaultScenario = {
	id: 'B05',
	summary: 'A body of gigabytes, for readers that stop and go',
	variants: {
		http1: {
			on: 'https',
			script: async (peer, { expandedBytes }) => {
				await peer.readRequest();
				await peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${expandedBytes}\r\n\r\n`);
				for (let left = expandedBytes; left > 0; left -= PIECE)
					await peer.write(pattern.subarray(0, Math.min(left, PIECE)));
			},
		},
		h2: h2(async (peer, { expandedBytes }) => {
			const { streamId } = await peer.nextRequest();
			await peer.send(
				peer.headers(streamId, [
					[':status', '200'],
					['content-length', String(expandedBytes)],
				]),
			);
			let connectionUsed = 0;
			let streamUsed = 0;
			const room = () => Math.min(peer.connectionWindow - connectionUsed, peer.streamWindow(streamId) - streamUsed);
			for (let left = expandedBytes; left > 0; ) {
				if (room() <= 0) {
					await peer.step();
					continue;
				}
				const offset = (expandedBytes - left) % PIECE;
				const part = pattern.subarray(offset, Math.min(PIECE, offset + left, offset + room()));
				left -= part.length;
				connectionUsed += part.length;
				streamUsed += part.length;
				await peer.send(peer.data(streamId, part, left === 0));
			}
		}),
	},
};
