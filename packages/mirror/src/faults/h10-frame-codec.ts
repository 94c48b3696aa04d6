import { encodeFrame, encodeU32, frameFlag, frameType, setting } from '../http2/frame.ts';
import type { Http2Peer, PeerRequest } from './http2-peer.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { h2 } from './scripts.ts';

/** Sends the frame before each answer. */
const before = (frame: (peer: Http2Peer, request: PeerRequest) => Uint8Array): FaultVariant =>
	h2(async (peer) => {
		for (;;) {
			const request = await peer.nextRequest();
			await peer.send(frame(peer, request));
			await peer.answer(request);
		}
	});

function withReservedBit(frame: Buffer): Buffer {
	frame.writeUInt8(frame.readUInt8(5) | 0x80, 5);
	return frame;
}

/** `unknown-type`, `reserved-bit`, `unknown-setting`, `priority-*` must be ignored, all others end the connection. */
export const h10: FaultScenario = {
	id: 'H10',
	summary: 'Frames with wrong sizes, unknown types, reserved bits',
	variants: {
		'too-big': before((peer, { streamId }) => {
			const limit = peer.settings.get(setting.maxFrameSize) ?? 16_384;
			return encodeFrame(frameType.data, 0, streamId, Buffer.alloc(limit + 1));
		}),
		'unknown-type': before((_peer, { streamId }) => encodeFrame(0xfa, 0xff, streamId, Buffer.from('anything'))),
		'reserved-bit': before(() => withReservedBit(encodeFrame(frameType.ping, 0, 0, Buffer.alloc(8)))),
		'unknown-setting': before(() => encodeFrame(frameType.settings, 0, 0, Buffer.from('0a0a00000001', 'hex'))),
		'settings-length': before(() => encodeFrame(frameType.settings, 0, 0, Buffer.alloc(5))),
		'settings-on-stream': before((_peer, { streamId }) => encodeFrame(frameType.settings, 0, streamId)),
		'settings-ack-payload': before(() => encodeFrame(frameType.settings, frameFlag.ack, 0, Buffer.alloc(6))),
		'settings-frame-size': before(() => encodeFrame(frameType.settings, 0, 0, Buffer.from('000500000001', 'hex'))),
		'ping-length': before(() => encodeFrame(frameType.ping, 0, 0, Buffer.alloc(7))),
		'window-update-length': before(() => encodeFrame(frameType.windowUpdate, 0, 0, Buffer.alloc(3))),
		'reset-length': before((_peer, { streamId }) => encodeFrame(frameType.rstStream, 0, streamId, Buffer.alloc(3))),
		'goaway-length': before(() => encodeFrame(frameType.goAway, 0, 0, Buffer.alloc(7))),
		'padding-too-long': before((_peer, { streamId }) =>
			encodeFrame(frameType.data, frameFlag.padded, streamId, Buffer.from([200, 1, 2, 3])),
		),
		'data-on-zero': before(() => encodeFrame(frameType.data, 0, 0, Buffer.from('x'))),
		'continuation-alone': before((_peer, { streamId }) =>
			encodeFrame(frameType.continuation, frameFlag.endHeaders, streamId),
		),
		'priority-self': before((_peer, { streamId }) =>
			encodeFrame(frameType.priority, 0, streamId, Buffer.concat([encodeU32(streamId), Buffer.from([15])])),
		),
		'priority-loop': before((_peer, { streamId }) =>
			Buffer.concat([
				encodeFrame(frameType.priority, 0, streamId, Buffer.concat([encodeU32(streamId + 2), Buffer.from([15])])),
				encodeFrame(frameType.priority, 0, streamId + 2, Buffer.concat([encodeU32(streamId), Buffer.from([15])])),
			]),
		),
	},
};
