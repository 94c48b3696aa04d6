import type { FaultScenario } from './scenario.ts';
import { complete, h2, https } from './scripts.ts';

/** FIN without close_notify: harmless where the message has an end of its own, a truncation attack where it has not. */
export const f13: FaultScenario = {
	id: 'F13',
	summary: 'TLS ends without close_notify',
	variants: {
		'read-to-close': https('HTTP/1.1 200 OK\r\n\r\nhello', 'truncate'),
		'read-to-close-clean': https('HTTP/1.1 200 OK\r\n\r\nhello', 'end'),
		length: https(complete('hello'), 'truncate'),
		chunked: https('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 'truncate'),
		h2: h2(async (peer) => {
			await peer.answer(await peer.nextRequest());
			peer.raw.truncate();
		}),
	},
};
