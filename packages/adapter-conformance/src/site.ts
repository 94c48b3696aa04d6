import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Handler, type Mirror, type MirrorOptions, mirrorHosts, startMirror } from '@wiretwin/mirror';
import { expect } from 'vitest';
import { createSession, type Session, type SessionOptions } from 'wiretwin';
import type { ConformanceDriver, DriverClient } from './driver.ts';

/** A mirror, a session that trusts it, and the client under test over that session. */
export type Site = AsyncDisposable & {
	mirror: Mirror;
	session: Session;
	client: DriverClient;
	/** Address of a page; `host` is one of the mirror's names. @default '127.0.0.1' */
	at(path: string, host?: string): string;
};

export type SiteOptions = {
	handler?: Handler;
	mirror?: MirrorOptions;
	session?: SessionOptions;
};

/** Options that make a session trust a mirror and know its names. */
export function trusting(mirror: Mirror): Pick<SessionOptions, 'ca' | 'resolve'> {
	return { ca: mirror.caPem, resolve: Object.fromEntries(mirrorHosts.map((host) => [host, '127.0.0.1'])) };
}

/** Starts all three; closes them in the opposite order. */
export async function startSite(driver: ConformanceDriver, options: SiteOptions = {}): Promise<Site> {
	const mirror = await startMirror({ ...options.mirror, ...(options.handler ? { handler: options.handler } : {}) });
	const sessionOptions = { ...trusting(mirror), ...options.session };
	const session = createSession(sessionOptions);
	const client = await driver.open(session, sessionOptions);
	return {
		mirror,
		session,
		client,
		at: (path, host) => `${host === undefined ? mirror.url : mirror.urlFor(host)}${path}`,
		async [Symbol.asyncDispose]() {
			await client.close?.();
			await session.close();
			await mirror.close();
		},
	};
}

/** Resolves when no exchange of the client runs: polled by round trips, which the clock of the machine cannot upset. */
export async function settled(site: Site): Promise<void> {
	const running = () => site.client.exchanges?.() ?? site.session.transport.stats().exchanges;
	for (let round = 0; running() > 0; round++) {
		expect(round).toBeLessThan(200);
		await (await site.session.fetch(site.at('/bytes/1'))).text();
	}
}

/** A TCP server that lets a case say anything; `respond` is called for each request head that has arrived. */
export async function startScript(
	respond: (socket: Socket, head: string) => void,
): Promise<AsyncDisposable & { url: string }> {
	const open = new Set<Socket>();
	const server = createServer((socket) => {
		open.add(socket);
		socket.on('error', () => undefined).on('close', () => open.delete(socket));
		let head = '';
		socket.on('data', (chunk: Buffer) => {
			head += chunk.toString('latin1');
			const end = head.indexOf('\r\n\r\n');
			if (end < 0) return;
			const complete = head.slice(0, end);
			head = '';
			respond(socket, complete);
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the server has no port');
	return {
		url: `http://127.0.0.1:${address.port}`,
		async [Symbol.asyncDispose]() {
			for (const socket of open) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

/** A port that takes connections and never says a word. */
export async function startSilence(): Promise<
	AsyncDisposable & {
		port: number;
		/** The first connection has sent something. */
		spokenTo: Promise<void>;
		/** The first connection has been closed by its client. */
		left: Promise<void>;
	}
> {
	const spoken = Promise.withResolvers<void>();
	const left = Promise.withResolvers<void>();
	const open = new Set<Socket>();
	const server = createServer((socket) => {
		open.add(socket);
		socket
			.on('error', () => undefined)
			.on('data', () => spoken.resolve())
			.on('close', () => left.resolve());
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the server has no port');
	return {
		port: address.port,
		spokenTo: spoken.promise,
		left: left.promise,
		async [Symbol.asyncDispose]() {
			for (const socket of open) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

/** A loopback port that nothing listens on, nor will while this process lives: the local end of a connection. */
export async function closedPort(): Promise<number> {
	const server = createServer((socket) => socket.on('error', () => undefined).unref());
	server.listen(0, '127.0.0.1').unref();
	await once(server, 'listening');
	const holder = connect((server.address() as AddressInfo).port, '127.0.0.1').unref();
	await once(holder, 'connect');
	return holder.localPort as number;
}
