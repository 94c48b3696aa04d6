import type { FaultScenario } from './scenario.ts';
import { h2, https } from './scripts.ts';

const LENGTH_10 = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** The body stream must error; a clean end would hide the loss. */
export const f05: FaultScenario = {
	id: 'F05',
	summary: 'Connection ends before the body does',
	variants: {
		length: https(LENGTH_10, 'end'),
		'length-reset': https(LENGTH_10, 'reset'),
		'inside-chunk': https(`${CHUNKED}a\r\nhello`, 'end'),
		'no-last-chunk': https(`${CHUNKED}5\r\nhello\r\n`, 'end'),
		'inside-chunk-size': https(`${CHUNKED}5\r\nhello\r\n1`, 'end'),
		'h2-close': h2(async (peer) => {
			const { streamId } = await peer.nextRequest();
			await peer.send(peer.headers(streamId, [[':status', '200']]), peer.data(streamId, Buffer.from('hello')));
			peer.raw.end();
		}),
	},
};
