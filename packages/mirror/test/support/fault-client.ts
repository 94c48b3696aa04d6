import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { HpackEncoder } from '../../src/hpack/encoder.ts';
import { CLIENT_PREFACE, encodeHeaders, encodeSettings } from '../../src/http2/frame.ts';
import type { Fault } from '../../src/index.ts';

export const HTTP1_REQUEST = 'GET /thing HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Preface, SETTINGS, and a GET on stream 1. */
export const HTTP2_REQUEST = Buffer.concat([
	CLIENT_PREFACE,
	encodeSettings([[2, 0]]),
	encodeHeaders(
		1,
		new HpackEncoder(false).encode([
			[':method', 'GET'],
			[':scheme', 'https'],
			[':authority', 'localhost'],
			[':path', '/thing'],
		]),
		true,
	),
]);

/** A TLS connection to a fault that verifies nothing. */
export async function connectTls(fault: Fault, alpn: string[]): Promise<tls.TLSSocket> {
	const socket = tls.connect({ port: fault.port, host: '127.0.0.1', ALPNProtocols: alpn, rejectUnauthorized: false });
	await once(socket, 'secureConnect');
	return socket;
}

/** A TCP connection to a fault. */
export async function connectTcp(fault: Fault): Promise<net.Socket> {
	const socket = net.connect(fault.port, '127.0.0.1');
	await once(socket, 'connect');
	return socket;
}

/** All bytes until the server ends, or until `enough` says so. */
export async function readAll(socket: net.Socket, enough: (bytes: Buffer) => boolean = () => false): Promise<Buffer> {
	let bytes: Buffer = Buffer.alloc(0);
	for await (const chunk of socket) {
		bytes = Buffer.concat([bytes, chunk]);
		if (enough(bytes)) break;
	}
	socket.destroy();
	return bytes;
}
