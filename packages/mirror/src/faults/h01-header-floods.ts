import { encodeFrame, encodeHeaders, frameFlag, frameType } from '../http2/frame.ts';
import { flood } from './flood.ts';
import type { FaultScenario } from './scenario.ts';
import { h2 } from './scripts.ts';

const FRAME = 16_384;
/** `:status 200` from the static table. */
const STATUS_200 = 0x88;
/** `accept-encoding: gzip, deflate`: one byte on the wire, 63 in the header list. */
const INDEXED_FIELD = 0x90;
const oneMillion = 1_000_000;

/** One complete header block, cut into HEADERS and CONTINUATION. */
const block = (bytes: Uint8Array) =>
	h2(async (peer) => {
		const { streamId } = await peer.nextRequest();
		await peer.send(encodeHeaders(streamId, Buffer.concat([Buffer.from([STATUS_200]), bytes]), true));
	});

/** Header blocks that cost more than they should: bounded memory and CPU, a stream or connection error. */
export const h01: FaultScenario = {
	id: 'H01',
	summary: 'Header blocks without end or of absurd size',
	variants: {
		'continuation-flood': h2(async (peer, context) => {
			const { streamId } = await peer.nextRequest();
			await peer.send(encodeFrame(frameType.headers, 0, streamId, Buffer.from([STATUS_200])));
			const piece = encodeFrame(frameType.continuation, 0, streamId, Buffer.alloc(FRAME, INDEXED_FIELD));
			await flood(peer, context, () => piece);
		}),
		'empty-continuation-flood': h2(async (peer, context) => {
			const { streamId } = await peer.nextRequest();
			await peer.send(encodeFrame(frameType.headers, 0, streamId, Buffer.from([STATUS_200])));
			const piece = encodeFrame(frameType.continuation, 0, streamId);
			await flood(peer, context, () => Buffer.concat(new Array<Buffer>(1000).fill(piece)));
		}),
		'million-fields': block(Buffer.alloc(oneMillion, INDEXED_FIELD)),
		'header-list-too-large': h2(async (peer) => {
			const { streamId } = await peer.nextRequest();
			await peer.send(
				peer.headers(
					streamId,
					[
						[':status', '200'],
						['x-large', 'a'.repeat(oneMillion)],
					],
					true,
				),
			);
		}),
		// Table size updates may only come first in a block; here they alternate between 0 and 4096.
		'table-size-thrash': h2(async (peer) => {
			const { streamId } = await peer.nextRequest();
			const thrash = Buffer.from('203fe11f'.repeat(100_000), 'hex');
			await peer.send(encodeHeaders(streamId, Buffer.concat([thrash, Buffer.from([STATUS_200])]), true));
		}),
		'table-size-above-setting': block(Buffer.from('3fe1ffff03', 'hex')),
		'huffman-padding': block(Buffer.from('000161' + '84ffffffff', 'hex')),
		'index-out-of-range': block(Buffer.from('ffff7f', 'hex')),
		'endless-integer': block(Buffer.from('ff'.repeat(64), 'hex')),
		'string-past-end': block(Buffer.from('00017f7f61', 'hex')),
		'interleaved-block': h2(async (peer) => {
			const { streamId } = await peer.nextRequest();
			const open = encodeFrame(frameType.headers, 0, streamId, Buffer.from([STATUS_200]));
			const intruder = encodeFrame(frameType.ping, 0, 0, Buffer.alloc(8));
			await peer.send(open, intruder, encodeFrame(frameType.continuation, frameFlag.endHeaders, streamId));
		}),
	},
};
