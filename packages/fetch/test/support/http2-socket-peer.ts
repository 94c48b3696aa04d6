import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import {
	createSecureServer,
	type Http2SecureServer,
	type IncomingHttpHeaders,
	type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { sharedAuthority } from '@wiretwin/mirror';
import { type WebSocket as Peer, WebSocketServer } from 'ws';

/** Node's HTTP/2 server with WebSockets by `ws`, in streams (RFC 8441) and, for those who come so, over HTTP/1.1. */
export type Http2SocketPeer = AsyncDisposable & {
	port: number;
	/** Heads of the extended CONNECTs. */
	handshakes: IncomingHttpHeaders[];
	/** Connections that chose HTTP/2 or HTTP/1.1. */
	protocols: string[];
};

export type Http2SocketScript = {
	/** Whether SETTINGS allow extended CONNECT. @default true */
	allows?: boolean;
	/** Answers an extended CONNECT in place of the echo. */
	onConnect?: (stream: ServerHttp2Stream) => void;
};

/** Everything but extended CONNECT is answered with `ok`. */
export async function startHttp2SocketPeer({
	allows = true,
	onConnect,
}: Http2SocketScript = {}): Promise<Http2SocketPeer> {
	const { certificatePem: cert, keyPem: key } = sharedAuthority().serverIdentity('trusted');
	const server: Http2SecureServer = createSecureServer({
		cert,
		key,
		allowHTTP1: true,
		settings: { enableConnectProtocol: allows },
	});
	const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: true });
	const handshakes: IncomingHttpHeaders[] = [];
	const protocols: string[] = [];
	server.on('secureConnection', (socket: { alpnProtocol: string }) => protocols.push(socket.alpnProtocol));
	server.on('session', (session) => session.on('error', () => undefined));
	server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
		stream.on('error', () => undefined);
		if (headers[':method'] !== 'CONNECT') {
			stream.respond({ ':status': 200 });
			stream.end('ok');
			return;
		}
		handshakes.push(headers);
		if (onConnect) onConnect(stream);
		else upgrades.handleUpgrade(asUpgrade(headers), new UpgradedStream(stream), Buffer.alloc(0), echoMessages);
	});
	server.on('upgrade', (request, socket, head) => upgrades.handleUpgrade(request, socket, head, echoMessages));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		port: (server.address() as AddressInfo).port,
		handshakes,
		protocols,
		async [Symbol.asyncDispose]() {
			upgrades.close();
			for (const client of upgrades.clients) client.terminate();
			server.close();
		},
	};
}

/** The request that `ws` would have seen over HTTP/1.1. */
function asUpgrade(headers: IncomingHttpHeaders): IncomingMessage {
	const added = { upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
	return { method: 'GET', url: headers[':path'], headers: { ...headers, ...added } } as IncomingMessage;
}

/** A stream as `ws` knows connections: its 101 becomes the head of the answer. */
class UpgradedStream extends Duplex {
	readonly #stream: ServerHttp2Stream;

	constructor(stream: ServerHttp2Stream) {
		super();
		this.#stream = stream;
		stream.on('data', (data) => this.push(data) || stream.pause());
		stream.on('end', () => this.push(null));
		stream.on('close', () => this.destroy());
	}

	override _read(): void {
		this.#stream.resume();
	}

	override _write(chunk: Buffer, _encoding: string, done: () => void): void {
		if (this.#stream.headersSent) {
			this.#stream.write(chunk, done);
			return;
		}
		const fields = [...chunk.toString('latin1').matchAll(/^(sec-websocket-(?:extensions|protocol)): (.*)\r$/gim)];
		this.#stream.respond({
			':status': 200,
			...Object.fromEntries(fields.map(([, name = '', value]) => [name, value])),
		});
		done();
	}

	override _final(done: () => void): void {
		this.#stream.end(done);
	}
}

function echoMessages(peer: Peer): void {
	peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
}
