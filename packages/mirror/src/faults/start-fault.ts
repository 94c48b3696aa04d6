import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { type Authority, sharedAuthority } from '../certs/authority.ts';
import { TappedSocket } from '../servers/tapped-socket.ts';
import { handOver } from '../servers/tls-handover.ts';
import type { FaultConnection, FaultLog } from './fault-log.ts';
import { faults } from './faults.ts';
import { Http2Peer } from './http2-peer.ts';
import { PieceSocket } from './piece-socket.ts';
import { PeerGone, RawPeer } from './raw-peer.ts';
import type { FaultVariant, ScriptContext } from './scenario.ts';

/** Options of `startFault`. */
export type FaultOptions = {
	/** @default the first variant of the scenario */
	variant?: string | undefined;
	/** @default the CA that all mirrors of this process share */
	authority?: Authority | undefined;
	/** Milliseconds between the bytes of a drip. @default 1000 */
	intervalMs?: number | undefined;
	/** Size that a bomb unpacks to, or an endless body ends at. @default 1 GiB */
	expandedBytes?: number | undefined;
};

/** A running fault. */
export type Fault = {
	readonly id: string;
	readonly variant: string;
	/** What to fetch, or the proxy to go through (`http://`, `socks5://`). No trailing slash. */
	readonly url: string;
	readonly port: number;
	readonly caPem: string;
	/** What clients did; filled while it happens. */
	readonly log: FaultLog;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
};

const DEFAULT_SETTINGS = [[3, 100]] as const;
const GIBIBYTE = 1024 ** 3;

/**
 * Starts the server of a fault scenario on 127.0.0.1.
 *
 * @throws RangeError for an unknown id or variant
 */
export async function startFault(id: string, options: FaultOptions = {}): Promise<Fault> {
	const scenario = Object.hasOwn(faults, id) ? faults[id] : undefined;
	if (!scenario) throw new RangeError(`no fault ${id}; there are ${Object.keys(faults).join(', ')}`);
	const name = options.variant ?? Object.keys(scenario.variants)[0] ?? '';
	const variant = Object.hasOwn(scenario.variants, name) ? scenario.variants[name] : undefined;
	if (!variant)
		throw new RangeError(`${id} has no variant ${name}; there are ${Object.keys(scenario.variants).join(', ')}`);

	const authority = options.authority ?? sharedAuthority();
	const log: FaultLog = { connections: [] };
	const open = new Set<Socket>();
	const stop = new AbortController();
	const tls = tlsServerFor(variant, authority);
	const listener = createServer({ allowHalfOpen: true }, (socket) => {
		socket.setNoDelay(true);
		open.add(socket);
		socket.on('close', () => open.delete(socket));
		const connection = newConnection(log);
		const context: ScriptContext = {
			connection: connection.id,
			signal: stop.signal,
			intervalMs: options.intervalMs ?? 1000,
			expandedBytes: options.expandedBytes ?? GIBIBYTE,
		};
		serve(socket, variant, tls, connection, context);
	});
	listener.listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const address = listener.address();
	const port = typeof address === 'object' && address ? address.port : 0;
	const close = async () => {
		if (!listener.listening) return;
		stop.abort();
		const closed = once(listener, 'close');
		listener.close();
		for (const socket of open) socket.destroy();
		await closed;
	};
	const url = `${schemeOf(variant)}://127.0.0.1:${port}`;
	return { id, variant: name, url, port, caPem: authority.caPem, log, close, [Symbol.asyncDispose]: close };
}

function schemeOf(variant: FaultVariant): string {
	if (variant.on === 'http-proxy') return 'http';
	return variant.on === 'socks5-proxy' ? 'socks5' : 'https';
}

function newConnection(log: FaultLog): FaultConnection {
	const connection: FaultConnection = {
		id: log.connections.length + 1,
		requests: [],
		frames: [],
		bytesReceived: 0,
		bytesSent: 0,
		alpn: null,
		closed: null,
	};
	log.connections.push(connection);
	return connection;
}

function tlsServerFor(variant: FaultVariant, authority: Authority): TlsServer | null {
	if (variant.on === 'tcp' || variant.on === 'http-proxy' || variant.on === 'socks5-proxy') return null;
	const padding = variant.on === 'tls' ? variant.paddedCertificateBytes : undefined;
	const kind = (variant.on === 'h2' ? undefined : variant.certificate) ?? 'trusted';
	const identity = padding ? authority.paddedIdentity(padding) : authority.serverIdentity(kind);
	const alpn = variant.on === 'tls' ? variant.alpn : [variant.on === 'h2' ? 'h2' : 'http/1.1'];
	return createTlsServer({
		cert: identity.certificatePem,
		key: identity.keyPem,
		...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
	});
}

function serve(
	socket: Socket,
	variant: FaultVariant,
	tls: TlsServer | null,
	connection: FaultConnection,
	context: ScriptContext,
): void {
	if (!tls) {
		void play(socket, socket, variant, connection, context);
		return;
	}
	const noteError = (error: NodeJS.ErrnoException) => {
		connection.closed ??= error.code ?? error.message;
	};
	socket.on('error', noteError);
	const pieceSize = variant.on === 'tls' ? variant.pieceSize : undefined;
	const wrapped = pieceSize ? new PieceSocket(socket, pieceSize) : new TappedSocket(socket, () => {});
	wrapped.on('error', noteError);
	wrapped.on('close', () => {
		connection.closed ??= 'closed';
	});
	const endBeforeTls = () => {
		connection.closed ??= 'eof';
		socket.destroy();
	};
	socket.on('end', endBeforeTls);
	handOver(tls, wrapped, {
		onSecure: (secure) => {
			socket.off('end', endBeforeTls);
			connection.alpn = secure.alpnProtocol || null;
			void play(secure, socket, variant, connection, context);
		},
		onFailure: noteError,
	});
}

async function play(
	stream: Duplex,
	socket: Socket,
	variant: FaultVariant,
	connection: FaultConnection,
	context: ScriptContext,
): Promise<void> {
	const peer = new RawPeer(stream, socket, connection);
	try {
		if (variant.on === 'h2') {
			const http2 = new Http2Peer(peer);
			await http2.start(variant.settings ?? DEFAULT_SETTINGS);
			await variant.script(http2, context);
			await http2.drain();
		} else {
			await variant.script(peer, context);
			await peer.untilGone();
		}
	} catch (error) {
		const isExpected = error instanceof PeerGone || context.signal.aborted;
		if (!isExpected) connection.closed ??= `script: ${String(error)}`;
	}
	// The client has ended: answer its FIN, so that neither side waits.
	if (peer.isGone) peer.end();
}
