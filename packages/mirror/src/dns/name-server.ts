/** A name server of our own: over UDP, TCP and (as a handler of a mirror) https. It remembers what it was asked. */
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Handler, noReply } from '../servers/exchange.ts';
import { type DnsQuery, type DnsRecord, readQuery, writeAnswer } from './message.ts';

/** What a name server says to one question. */
export type ZoneAnswer = {
	records?: readonly DnsRecord[];
	/** RCODE. @default 0 */
	code?: number;
	/** Says that it does not fit. @default false */
	truncated?: boolean;
	/** How long it takes, milliseconds. @default 0 */
	delayMs?: number;
	/** Messages that are sent in front of it, over UDP only. */
	before?: readonly Uint8Array[];
};

/** What is asked, and how. */
export type AskedOver = 'udp' | 'tcp' | 'https';

/** Answers a question; `undefined`: silence. */
export type Zone = (query: DnsQuery, over: AskedOver) => ZoneAnswer | undefined | Promise<ZoneAnswer | undefined>;

/** A question that has come. */
export type AskedQuery = DnsQuery & { over: AskedOver; remotePort: number; ms: number };

export type NameServer = AsyncDisposable & {
	/** `ip:port`. */
	address: string;
	/** In order. */
	queries: AskedQuery[];
	/** For `startMirror`: answers POST and GET to `/dns-query` (RFC 8484). */
	handler: Handler;
	close(): Promise<void>;
};

/** Starts one on a loopback address, UDP and TCP on the same port. */
export async function startNameServer(
	zone: Zone,
	{ listenAddress = '127.0.0.1', port = 0 }: { listenAddress?: string; port?: number } = {},
): Promise<NameServer> {
	const queries: AskedQuery[] = [];
	const started = performance.now();
	const answer = async (message: Buffer, over: AskedOver, remotePort: number) => {
		const query = readQuery(message);
		queries.push({ ...query, over, remotePort, ms: performance.now() - started });
		const said = await zone(query, over);
		if (said?.delayMs) await pause(said.delayMs, undefined, { ref: false });
		return said && { said, bytes: writeAnswer(query, said.records ?? [], said) };
	};
	const tcp = createServer((socket) => serve(socket, answer));
	const { udp, bound } = await listen(tcp, listenAddress, port);
	udp.on('message', async (message, { address, port: from }) => {
		const reply = await answer(message, 'udp', from).catch(() => undefined);
		for (const bytes of reply ? [...(reply.said.before ?? []), reply.bytes] : []) sendTo(udp, bytes, from, address);
	});
	const close = () => closeAll(udp, tcp);
	const host = listenAddress.includes(':') ? `[${listenAddress}]` : listenAddress;
	return {
		address: `${host}:${bound}`,
		queries,
		handler: overHttps((message) => answer(message, 'https', 0)),
		close,
		[Symbol.asyncDispose]: close,
	};
}

/** How many ports are tried: what is free for TCP may be taken for UDP. */
const maxTries = 20;

async function listen(tcp: Server, address: string, port: number): Promise<{ udp: Datagrams; bound: number }> {
	for (let attempt = 1; ; attempt++) {
		await new Promise<void>((resolve) => tcp.listen(port, address, resolve));
		const { port: bound } = tcp.address() as { port: number };
		const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
		try {
			await new Promise<void>((resolve, reject) => {
				udp.once('error', reject);
				udp.bind(bound, address, resolve);
			});
			return { udp, bound };
		} catch (error) {
			udp.close();
			await new Promise((resolve) => tcp.close(resolve));
			if (port !== 0 || attempt === maxTries) throw error;
		}
	}
}

type Answering = (message: Buffer, over: AskedOver, remotePort: number) => Promise<{ bytes: Buffer } | undefined>;

function serve(socket: Socket, answer: Answering): void {
	let held = Buffer.alloc(0);
	socket.on('error', () => undefined);
	socket.on('data', async (data) => {
		held = Buffer.concat([held, data]);
		if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
		const reply = await answer(held.subarray(2), 'tcp', socket.remotePort ?? 0).catch(() => undefined);
		if (!reply) return;
		const length = Buffer.alloc(2);
		length.writeUInt16BE(reply.bytes.length);
		socket.end(Buffer.concat([length, reply.bytes]));
	});
}

function sendTo(socket: Datagrams, bytes: Uint8Array, port: number, address: string): void {
	try {
		socket.send(bytes, port, address);
	} catch {
		// Closed meanwhile.
	}
}

function overHttps(answer: (message: Buffer) => Promise<{ bytes: Buffer } | undefined>): Handler {
	return async (request) => {
		if (request.url.pathname !== '/dns-query') return undefined;
		const inQuery = request.url.searchParams.get('dns');
		const posted = request.header('content-type') === 'application/dns-message';
		if (inQuery === null && !posted) return undefined;
		const reply = await answer(inQuery === null ? await request.readBody() : Buffer.from(inQuery, 'base64url'));
		if (!reply) return noReply;
		return { headers: [['content-type', 'application/dns-message']], body: reply.bytes };
	};
}

async function closeAll(udp: Datagrams, tcp: Server): Promise<void> {
	const closed = [
		new Promise<void>((resolve) => udp.close(() => resolve())),
		new Promise<void>((resolve) => tcp.close(() => resolve())),
	];
	await Promise.all(closed);
}
