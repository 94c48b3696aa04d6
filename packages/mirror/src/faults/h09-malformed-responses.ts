import type { HeaderField } from '../capture/records.ts';
import type { Http2Peer } from './http2-peer.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { h2 } from './scripts.ts';

/** Plays `broken` for every request except those to `/sibling`, which get a correct answer. */
const besidesSiblings = (broken: (peer: Http2Peer, streamId: number) => Uint8Array[]): FaultVariant =>
	h2(async (peer) => {
		for (;;) {
			const request = await peer.nextRequest();
			if (request.path.startsWith('/sibling')) await peer.answer(request);
			else await peer.send(...broken(peer, request.streamId));
		}
	});

const headOnly = (...fields: HeaderField[]) =>
	besidesSiblings((peer, streamId) => [peer.headers(streamId, fields, true)]);

/** RFC 9113 8.1.1: malformed answers are errors of their stream; siblings live. */
export const h09: FaultScenario = {
	id: 'H09',
	summary: 'Malformed answers on one stream',
	variants: {
		'body-too-short': besidesSiblings((peer, streamId) => [
			peer.headers(streamId, [
				[':status', '200'],
				['content-length', '10'],
			]),
			peer.data(streamId, Buffer.from('hello'), true),
		]),
		'body-too-long': besidesSiblings((peer, streamId) => [
			peer.headers(streamId, [
				[':status', '200'],
				['content-length', '3'],
			]),
			peer.data(streamId, Buffer.from('hello'), true),
		]),
		'length-without-body': headOnly([':status', '200'], ['content-length', '10']),
		'headers-after-end': besidesSiblings((peer, streamId) => [
			peer.headers(streamId, [[':status', '200']], true),
			peer.headers(streamId, [[':status', '200']], true),
		]),
		'data-after-end': besidesSiblings((peer, streamId) => [
			peer.headers(streamId, [[':status', '200']], true),
			peer.data(streamId, Buffer.from('late'), true),
		]),
		'data-before-headers': besidesSiblings((peer, streamId) => [peer.data(streamId, Buffer.from('early'), true)]),
		'missing-status': headOnly(['x-a', '1']),
		'empty-block': headOnly(),
		'duplicate-status': headOnly([':status', '200'], [':status', '200']),
		'late-status': headOnly(['x-a', '1'], [':status', '200']),
		'status-letters': headOnly([':status', '2xx']),
		'request-pseudo': headOnly([':status', '200'], [':path', '/']),
		'unknown-pseudo': headOnly([':status', '200'], [':odd', '1']),
		uppercase: headOnly([':status', '200'], ['X-Upper', '1']),
		'connection-field': headOnly([':status', '200'], ['connection', 'keep-alive']),
		'transfer-encoding': headOnly([':status', '200'], ['transfer-encoding', 'chunked']),
		'empty-name': headOnly([':status', '200'], ['', '1']),
		'newline-in-value': headOnly([':status', '200'], ['x-a', '1\r\nx-b: 2']),
		'interim-ends-stream': headOnly([':status', '103']),
		'switching-protocols': headOnly([':status', '101']),
		'pseudo-in-trailers': besidesSiblings((peer, streamId) => [
			peer.headers(streamId, [[':status', '200']]),
			peer.data(streamId, Buffer.from('body')),
			peer.headers(streamId, [[':status', '200']], true),
		]),
		'trailers-without-end': besidesSiblings((peer, streamId) => [
			peer.headers(streamId, [[':status', '200']]),
			peer.data(streamId, Buffer.from('body')),
			peer.headers(streamId, [['x-trailer', '1']]),
		]),
	},
};
