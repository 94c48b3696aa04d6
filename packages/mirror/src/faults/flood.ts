import type { Http2Peer } from './http2-peer.ts';
import type { ScriptContext } from './scenario.ts';

/**
 * Sends `piece` after `piece` while logging what the client says, until the client leaves or `expandedBytes` are sent.
 * Then only listens.
 */
export async function flood(
	peer: Http2Peer,
	context: ScriptContext,
	piece: (round: number) => Uint8Array,
): Promise<void> {
	const listening = peer.drain().catch(() => {}); // ends when the client leaves, which the log shows
	for (let round = 0; !peer.raw.isGone && peer.raw.log.bytesSent < context.expandedBytes; round++) {
		await peer.send(piece(round));
	}
	await listening;
}

/** The same frame many times in one write. */
export function repeated(frame: Uint8Array, times: number): Buffer {
	return Buffer.concat(new Array<Uint8Array>(times).fill(frame));
}
