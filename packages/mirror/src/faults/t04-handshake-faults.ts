import type { FaultScenario } from './scenario.ts';
import { answering, complete } from './scripts.ts';

const CERTIFICATE_PADDING = 16_000_000;
const TLS_ALERT_HANDSHAKE_FAILURE = Buffer.from('15030100020228', 'hex');

/** `one-byte-segments` must succeed; everything else is a clear error without a hang. */
export const t04: FaultScenario = {
	id: 'T04',
	summary: 'Handshakes that end, crawl, or are no TLS at all',
	variants: {
		'accept-then-eof': { on: 'tcp', script: async (peer) => peer.end() },
		'accept-then-reset': {
			on: 'tcp',
			script: async (peer) => {
				await peer.readSome();
				peer.reset();
			},
		},
		'hello-then-eof': {
			on: 'tcp',
			script: async (peer) => {
				await peer.readSome();
				peer.end();
			},
		},
		'speaks-http': {
			on: 'tcp',
			script: async (peer) => {
				await peer.readSome();
				await peer.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nplain HTTP\n');
				peer.end();
			},
		},
		alert: {
			on: 'tcp',
			script: async (peer) => {
				await peer.readSome();
				await peer.write(TLS_ALERT_HANDSHAKE_FAILURE);
				peer.end();
			},
		},
		garbage: {
			on: 'tcp',
			script: async (peer) => {
				await peer.readSome();
				await peer.write(Buffer.alloc(1024, 0xaa));
			},
		},
		'half-server-hello': {
			on: 'tcp',
			script: async (peer) => {
				await peer.readSome();
				await peer.write(Buffer.from('160303007a0200007603', 'hex'));
				peer.end();
			},
		},
		'one-byte-segments': {
			on: 'tls',
			alpn: ['http/1.1'],
			pieceSize: 1,
			script: answering(complete('slow but right')),
		},
		'huge-certificate': {
			on: 'tls',
			alpn: ['http/1.1'],
			paddedCertificateBytes: CERTIFICATE_PADDING,
			script: answering(complete('reached')),
		},
	},
};
