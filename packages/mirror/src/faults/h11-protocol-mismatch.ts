import { encodeReset, errorCode } from '../http2/frame.ts';
import { Http2Peer } from './http2-peer.ts';
import type { FaultScenario } from './scenario.ts';
import { answering, complete, h2 } from './scripts.ts';

const http1Answer = complete('spoken in HTTP/1.1');

/** The protocol that was agreed is not the one that is spoken. */
export const h11: FaultScenario = {
	id: 'H11',
	summary: 'ALPN and protocol do not match',
	variants: {
		/** ALPN says h2, the server writes HTTP/1.1 at once. */
		'h2-speaks-http1': { on: 'tls', alpn: ['h2'], script: async (peer) => peer.write(http1Answer) },
		/** The server has no ALPN and speaks HTTP/1.1. */
		'no-alpn': { on: 'tls', alpn: [], script: answering(http1Answer) },
		/** ALPN says http/1.1 though h2 was offered first. */
		'picks-http1': { on: 'tls', alpn: ['http/1.1'], script: answering(http1Answer) },
		/** ALPN says http/1.1, the server answers with a SETTINGS frame. */
		'http1-speaks-h2': {
			on: 'tls',
			alpn: ['http/1.1'],
			script: async (peer) => {
				await peer.readRequest();
				await peer.write(Buffer.from('000006040000000000000300000064', 'hex'));
			},
		},
		/** RST_STREAM(HTTP_1_1_REQUIRED) on h2; a connection that agrees on http/1.1 is answered. */
		'http11-required': {
			on: 'tls',
			alpn: ['h2', 'http/1.1'],
			script: async (peer, context) => {
				if (peer.log.alpn !== 'h2') return answering(http1Answer)(peer, context);
				const http2 = new Http2Peer(peer);
				await http2.start([[3, 100]]);
				for (;;) await http2.send(encodeReset((await http2.nextRequest()).streamId, errorCode.http11Required));
			},
		},
		/** SETTINGS is not the first frame. */
		'no-settings': {
			on: 'tls',
			alpn: ['h2'],
			script: async (peer) => {
				const http2 = new Http2Peer(peer);
				await peer.readExactly(24);
				await peer.write(Buffer.from('0000080600000000000000000000000000', 'hex'));
				await http2.drain();
			},
		},
		'h2-garbage': h2(async (peer) => {
			await peer.nextRequest();
			await peer.send(Buffer.from('this is not a frame at all, is it?', 'ascii'));
		}),
	},
};
