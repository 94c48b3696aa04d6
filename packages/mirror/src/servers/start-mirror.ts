import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { ConnectionRecord, RequestRecord } from '../capture/records.ts';
import { type Authority, mirrorHosts } from '../certs/authority.ts';
import { defaultRoutes } from '../routes/routes.ts';
import type { ConnectionContext } from './connection-context.ts';
import type { Handler } from './exchange.ts';
import { newConnectionRecord, serveConnection } from './mirror-connection.ts';
import { normalizeOptions } from './normalize-options.ts';
import type { MirrorOptions, NormalizedMirrorOptions } from './options.ts';
import { RequestWaiters, type WaitOptions } from './request-waiters.ts';
import { createTlsServer } from './tls-context.ts';

/** A running mirror. */
export type Mirror = {
	/** `https://127.0.0.1:<port>` (or `http:`, `[::1]`), no trailing slash. */
	readonly url: string;
	readonly port: number;
	/** `port`, and the `morePorts` that were asked for. */
	readonly ports: readonly number[];
	/** The CA a client must trust. */
	readonly authority: Authority;
	readonly caPem: string;
	readonly caDer: Buffer;
	/** Names in the trusted certificate, besides 127.0.0.1 and ::1. Clients have to resolve them to 127.0.0.1 themselves. */
	readonly hosts: readonly string[];
	/** All connections since the start or the last `reset()`, in order of arrival. Grows while connections live. */
	readonly connections: readonly ConnectionRecord[];
	/** All requests of `connections`, in order of arrival. */
	readonly requests: readonly RequestRecord[];
	/** Same as `url`, for one of `hosts` and `ports`. */
	urlFor(host: string, port?: number): string;
	/** First request, past or future, that fulfils the predicate. By default only complete requests are considered. */
	waitForRequest(predicate?: (request: RequestRecord) => boolean, options?: WaitOptions): Promise<RequestRecord>;
	/** Forgets all records. Open connections go on, unrecorded. */
	reset(): void;
	/** Makes every ticket handed out so far useless. */
	rotateTicketKeys(): void;
	/** Kills all open connections with a TCP reset; the listener stays. */
	destroyConnections(): void;
	/** Ends the listener and all connections. */
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
};

/**
 * Starts a mirror on a loopback address.
 *
 * @example
 * await using mirror = await startMirror();
 * // ... let a client with `mirror.caPem` fetch `${mirror.url}/echo`
 * const request = await mirror.waitForRequest((request) => request.path === '/echo');
 */
export async function startMirror(options: MirrorOptions = {}): Promise<Mirror> {
	const settings = normalizeOptions(options);
	const tls = settings.tls ? createTlsServer(settings) : null;
	const requests: RequestRecord[] = [];
	const connections: ConnectionRecord[] = [];
	const open = new Set<Socket>();
	const waiters = new RequestWaiters(requests);
	const handler = combineHandlers(settings);
	let lastId = 0;

	const accept = (socket: Socket) => {
		if (connections.length >= settings.maxConnections) {
			socket.resetAndDestroy();
			return;
		}
		const record = newConnectionRecord(++lastId, socket);
		connections.push(record);
		open.add(socket);
		socket.on('close', () => {
			open.delete(socket);
			record.closed ??= 'eof';
			settings.onConnectionEnd?.(record);
		});
		const started = performance.now();
		const context: ConnectionContext = {
			record,
			handler,
			scheme: tls ? 'https' : 'http',
			http2: settings.http2,
			maxRecordedBody: settings.maxRecordedBody,
			elapsedMs: () => Math.round(performance.now() - started),
			onRequest: (request) => {
				if (connections.includes(record)) requests.push(request);
				settings.onRequest?.(request, record);
				waiters.check();
			},
			onProgress: () => waiters.check(),
			destroy: () => socket.resetAndDestroy(),
		};
		serveConnection(socket, context, tls);
	};

	const listeners: Server[] = [];
	for (const port of [settings.port, ...new Array<number>(settings.morePorts).fill(0)]) {
		const listener = createServer({ allowHalfOpen: true }, accept);
		listener.listen(port, settings.listenAddress);
		await once(listener, 'listening');
		listeners.push(listener);
	}
	const ports = listeners.map(portOf);
	const [port = 0] = ports;
	const urlFor = (host: string, at = port) =>
		`${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${at}`;

	const close = async () => {
		const listening = listeners.filter((listener) => listener.listening);
		if (listening.length === 0) return;
		const closed = listening.map((listener) => once(listener, 'close'));
		for (const listener of listening) listener.close();
		for (const socket of open) socket.destroy();
		waiters.fail(new Error('the mirror was closed'));
		await Promise.all(closed);
	};
	return {
		url: urlFor(settings.listenAddress),
		port,
		ports,
		authority: settings.authority,
		caPem: settings.authority.caPem,
		caDer: settings.authority.caDer,
		hosts: [...mirrorHosts, ...settings.extraHosts],
		connections,
		requests,
		urlFor,
		waitForRequest: (predicate = () => true, waitOptions = {}) => waiters.wait(predicate, waitOptions),
		reset: () => {
			connections.length = 0;
			requests.length = 0;
		},
		rotateTicketKeys: () => tls?.setTicketKeys(randomBytes(48)),
		destroyConnections: () => {
			for (const socket of open) socket.resetAndDestroy();
		},
		close,
		[Symbol.asyncDispose]: close,
	};
}

/** A mirror without TLS. */
export function startPlainMirror(options: Omit<MirrorOptions, 'tls'> = {}): Promise<Mirror> {
	return startMirror({ ...options, tls: false });
}

function portOf(listener: Server): number {
	const address = listener.address();
	return typeof address === 'object' && address ? address.port : 0;
}

function combineHandlers({ handler, defaultRoutes: useDefaults }: NormalizedMirrorOptions): Handler {
	return async (request) => {
		const own = await handler?.(request);
		if (own !== undefined || !useDefaults) return own;
		return defaultRoutes(request);
	};
}
