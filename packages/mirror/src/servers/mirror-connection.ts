import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Server as TlsServer } from 'node:tls';
import type { ConnectionRecord } from '../capture/records.ts';
import { TlsTap } from '../capture/tls-tap.ts';
import { Http1ServerConnection } from '../http1/server-connection.ts';
import { CLIENT_PREFACE } from '../http2/frame.ts';
import { Http2ServerConnection } from '../http2/server-connection.ts';
import type { ConnectionContext } from './connection-context.ts';
import { TappedSocket } from './tapped-socket.ts';
import { describeNegotiation } from './tls-context.ts';
import { handOver } from './tls-handover.ts';

type ProtocolConnection = { receive(bytes: Buffer): void; ended(reason: string): void };

/** Serves one accepted socket until it ends. `context.record` says in the end why. */
export function serveConnection(socket: Socket, context: ConnectionContext, tls: TlsServer | null): void {
	socket.setNoDelay(true);
	socket.on('error', (error: NodeJS.ErrnoException) => {
		context.record.closed ??= `socket: ${error.code ?? error.message}`;
	});
	if (!tls) {
		servePlain(socket, context);
		return;
	}
	const tap = new TlsTap(context.record, context.elapsedMs);
	const tapped = new TappedSocket(socket, (bytes) => tap.observe(bytes));
	tapped.on('error', () => {}); // the reason is recorded by the socket's own listener
	handOver(tls, tapped, {
		onSecure: (secure) => {
			context.record.negotiated = describeNegotiation(secure);
			context.record.resumed = context.record.negotiated.resumed;
			context.record.alpn = context.record.negotiated.alpn;
			serveProtocol(secure, context, context.record.alpn === 'h2');
		},
		onFailure: (error) => {
			context.record.closed ??= `tls: ${error.code ?? error.message}`;
		},
	});
}

/** Plain TCP: the first bytes tell HTTP/2 with prior knowledge (RFC 9113 3.3) from HTTP/1. */
function servePlain(socket: Socket, context: ConnectionContext): void {
	const seen: Buffer[] = [];
	const decide = (bytes: Buffer) => {
		seen.push(bytes);
		const start = Buffer.concat(seen);
		const compared = Math.min(start.length, CLIENT_PREFACE.length);
		const mayBeHttp2 = start.subarray(0, compared).equals(CLIENT_PREFACE.subarray(0, compared));
		if (mayBeHttp2 && start.length < CLIENT_PREFACE.length) return;
		socket.off('data', decide);
		serveProtocol(socket, context, mayBeHttp2).receive(start);
	};
	socket.on('data', decide);
	socket.on('close', () => {
		context.record.closed ??= 'eof';
	});
}

function serveProtocol(transport: Duplex, context: ConnectionContext, isHttp2: boolean): ProtocolConnection {
	const connection: ProtocolConnection = isHttp2
		? new Http2ServerConnection(transport, context)
		: new Http1ServerConnection(transport, context);
	transport.on('data', (bytes: Buffer) => connection.receive(bytes));
	transport.on('error', (error: NodeJS.ErrnoException) => {
		context.record.closed ??= `connection: ${error.code ?? error.message}`;
	});
	transport.on('end', () => {
		context.record.closed ??= 'eof';
		transport.end();
	});
	transport.on('close', () => connection.ended(context.record.closed ?? 'closed'));
	return connection;
}

/** An empty record for a connection that was just accepted. */
export function newConnectionRecord(id: number, socket: Socket): ConnectionRecord {
	return {
		id,
		startedAt: Date.now(),
		remoteAddress: socket.remoteAddress ?? '',
		remotePort: socket.remotePort ?? 0,
		clientHello: null,
		secondClientHello: null,
		fingerprints: null,
		tlsRecords: [],
		negotiated: null,
		resumed: false,
		alpn: null,
		protocol: null,
		frames: [],
		akamai: null,
		requests: [],
		closed: null,
	};
}
