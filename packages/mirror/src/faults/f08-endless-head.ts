import type { RawPeer } from './raw-peer.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';

const PIECE = 64 * 1024;
const FIELDS_PER_PIECE = 1000;

/** Writes the opening, then `piece` until the client leaves or `expandedBytes` are sent. */
const endless = (opening: string, piece: (round: number) => string): FaultVariant => ({
	on: 'https',
	script: async (peer: RawPeer, { expandedBytes }) => {
		await peer.readRequest();
		await peer.write(opening);
		for (let round = 0; peer.log.bytesSent < expandedBytes; round++) await peer.write(piece(round));
		peer.end();
	},
});

/** Limits on heads: bytes, fields, interim answers. */
export const f08: FaultScenario = {
	id: 'F08',
	summary: 'A head that never ends',
	variants: {
		'huge-field': endless('HTTP/1.1 200 OK\r\nX-Huge: ', () => 'a'.repeat(PIECE)),
		'many-fields': endless('HTTP/1.1 200 OK\r\n', (round) =>
			Array.from({ length: FIELDS_PER_PIECE }, (_, index) => `X-${round * FIELDS_PER_PIECE + index}: 1\r\n`).join(''),
		),
		'endless-interim': endless('', () => 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(100)),
		'endless-status-line': endless('HTTP/1.1 200 ', () => 'a'.repeat(PIECE)),
		'endless-trailers': endless('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', () =>
			'X-A: 1\r\n'.repeat(1000),
		),
	},
};
