import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { sharedAuthority } from '@wiretwin/mirror';
import { engineProfileJson, getProfile } from '@wiretwin/profiles';
import type { NativeRequest } from '../../src/types.ts';

/** Engine part of the newest Chrome profile. */
export const chromeProfile: string = engineProfileJson(getProfile('chrome'));

/** The throw-away CA that signed the certificates of these peers. */
export const caPem: string = sharedAuthority().caPem;

/** Node's own servers: HTTP/1.1 in the clear, HTTP/1.1 over TLS, and TLS with HTTP/2. */
export type PeerKind = 'http1' | 'https1' | 'h2';

/** A handler that fits Node's HTTP/1.1 and HTTP/2 compatibility API alike. */
export type PeerHandler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

export type Peer = AsyncDisposable & {
	kind: PeerKind;
	port: number;
	/** Sockets accepted since the start. */
	readonly sockets: number;
	/** Calls back for each socket from now on. */
	onSocket(callback: (socket: Socket) => void): void;
	/** The parts of a request that are the same for every request to this peer. */
	request(target: string, more?: Partial<NativeRequest>): NativeRequest;
	close(): Promise<void>;
};

/** Starts a peer on a free port of 127.0.0.1. */
export async function startPeer(kind: PeerKind, handler: PeerHandler): Promise<Peer> {
	const identity = sharedAuthority().serverIdentity('trusted');
	const tls = { cert: identity.certificatePem, key: identity.keyPem };
	const server = makeServer(kind, tls, handler);
	const open = new Set<{ destroy(): void }>();
	let sockets = 0;
	server.on('connection', (socket) => {
		sockets++;
		open.add(socket);
		socket.on('close', () => open.delete(socket));
		// A client that aborts resets the connection; that is what some tests do.
		socket.on('error', () => {});
	});
	server.on('session', (session: http2.ServerHttp2Session) => session.on('error', () => {}));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const close = async () => {
		const closed = new Promise((resolve) => server.close(resolve));
		for (const socket of open) socket.destroy();
		await closed;
	};
	return {
		kind,
		port,
		get sockets() {
			return sockets;
		},
		onSocket: (callback) => server.on('connection', callback),
		request: (target, more = {}) => requestTo(kind, port, target, more),
		close,
		[Symbol.asyncDispose]: close,
	};
}

/** A GET of `target` with the fields that every browser sends. */
export function requestTo(
	kind: PeerKind,
	port: number,
	target: string,
	more: Partial<NativeRequest> = {},
): NativeRequest {
	return {
		method: 'GET',
		scheme: kind === 'http1' ? 'http' : 'https',
		host: '127.0.0.1',
		port,
		authority: `127.0.0.1:${port}`,
		target,
		headers: ['User-Agent', 'wiretwin test', 'Accept', '*/*', 'Accept-Encoding', 'gzip, deflate, br, zstd'],
		...more,
	};
}

function makeServer(kind: PeerKind, tls: https.ServerOptions, handler: PeerHandler): Server {
	if (kind === 'http1') return http.createServer(handler);
	if (kind === 'https1') return https.createServer(tls, handler);
	return http2.createSecureServer(
		tls,
		handler as unknown as (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void,
	);
}
