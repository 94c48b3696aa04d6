import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { RawReader } from './raw-reader.ts';

/** A proxy that works: CONNECT and SOCKS5 on one port, and a note of what it was asked. */
export type Relay = AsyncDisposable & {
	port: number;
	/** What each client asked for: a CONNECT head, or `socks5 <name or address>:<port>`. */
	asked: string[];
	/** User names and passwords of SOCKS5 clients. */
	credentials: [user: string, password: string][];
};

/** Sends every tunnel to `targetPort` on loopback, whatever name was asked for. */
export async function startRelay(targetPort: number): Promise<Relay> {
	const relay: Pick<Relay, 'asked' | 'credentials'> = { asked: [], credentials: [] };
	const open = new Set<Socket>();
	const keep = (socket: Socket) => {
		open.add(socket);
		socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
		return socket;
	};
	const server = createServer((socket) => {
		keep(socket);
		greet(new RawReader(socket), socket, relay).then(
			(early) => {
				const target = keep(connect(targetPort, '127.0.0.1'));
				target.write(early);
				socket.pipe(target).pipe(socket);
			},
			() => socket.destroy(),
		);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		...relay,
		port: (server.address() as AddressInfo).port,
		async [Symbol.asyncDispose]() {
			for (const socket of open) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

/** Resolves with bytes that came behind the greeting. */
async function greet(reader: RawReader, socket: Socket, relay: Pick<Relay, 'asked' | 'credentials'>): Promise<Buffer> {
	const [first] = await reader.take(1);
	if (first !== 5) {
		relay.asked.push(`${String.fromCharCode(first ?? 0)}${await reader.takeUntil('\r\n\r\n')}`);
		socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
		return reader.rest();
	}
	const methods = await reader.take((await reader.take(1)).readUInt8());
	const method = methods.includes(2) ? 2 : 0;
	socket.write(Buffer.from([5, method]));
	if (method === 2) {
		await reader.take(1);
		const user = (await reader.take((await reader.take(1)).readUInt8())).toString();
		const password = (await reader.take((await reader.take(1)).readUInt8())).toString();
		relay.credentials.push([user, password]);
		socket.write(Buffer.from([1, 0]));
	}
	const type = (await reader.take(4)).readUInt8(3);
	relay.asked.push(`socks5 ${await readAddress(reader, type)}:${(await reader.take(2)).readUInt16BE()}`);
	socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
	return reader.rest();
}

async function readAddress(reader: RawReader, type: number): Promise<string> {
	if (type === 3) return (await reader.take((await reader.take(1)).readUInt8())).toString();
	if (type === 1) return [...(await reader.take(4))].join('.');
	return `[${(await reader.take(16)).toString('hex')}]`;
}
