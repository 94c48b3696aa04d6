import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Random } from '../random.ts';

/** One tunnel in so many dies before its end. */
const DYING = 3;
/** A tunnel that dies does so within this time, milliseconds. */
const LIFE_MS = 2_000;
/** Every so often a proxy is gone for a moment, milliseconds. */
const RESTART_MS = 15_000;
const GONE_MS = 500;

/** An HTTP proxy (CONNECT) and a SOCKS5 proxy (no authentication), both of which let tunnels die and are gone at times. */
export async function startProxies(random: Random): Promise<{ http: string; socks: string }> {
	return {
		http: `http://127.0.0.1:${await start(random, serveConnect)}`,
		socks: `socks5://127.0.0.1:${await start(random, serveSocks)}`,
	};
}

type Serve = (client: Socket, next: () => Promise<Buffer>) => Promise<number | undefined>;

async function start(random: Random, serve: Serve): Promise<number> {
	const open = new Set<Socket>();
	const accept = (client: Socket) => {
		open.add(client);
		client.on('error', () => undefined).on('close', () => open.delete(client));
		if (random.once(DYING)) {
			const end = setTimeout(() => client.resetAndDestroy(), random.below(LIFE_MS));
			client.on('close', () => clearTimeout(end));
		}
		serve(client, () => once(client, 'data').then(([bytes]) => bytes as Buffer)).then(
			(port) => (port === undefined ? client.destroy() : undefined),
			() => client.destroy(),
		);
	};
	const server = createServer(accept);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	setInterval(() => {
		server.close();
		for (const socket of open) socket.destroy();
		setTimeout(() => server.listen(port, '127.0.0.1'), GONE_MS);
	}, RESTART_MS);
	return port;
}

/** Only to this machine: a proxy of a soak is no way out. */
async function tunnel(client: Socket, port: number, granted: string | Buffer): Promise<number> {
	client.pause();
	const target = connect(port, '127.0.0.1');
	target.on('error', () => client.destroy()).on('close', () => client.destroy());
	client.on('close', () => target.destroy());
	await once(target, 'connect');
	client.write(granted);
	client.pipe(target);
	target.pipe(client);
	return port;
}

const serveConnect: Serve = async (client, next) => {
	let head = '';
	while (!head.includes('\r\n\r\n')) head += (await next()).toString('latin1');
	const port = /^CONNECT [^ ]*:(\d+) /.exec(head)?.[1];
	return port === undefined ? undefined : tunnel(client, Number(port), 'HTTP/1.1 200 Connection established\r\n\r\n');
};

const serveSocks: Serve = async (client, next) => {
	await next(); // greeting
	client.write(Buffer.from([5, 0]));
	const order = await next();
	return tunnel(client, order.readUInt16BE(order.length - 2), Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
};
