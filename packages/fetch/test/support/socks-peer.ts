import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A SOCKS5 server that says what it was asked to connect to, and connects to one port of loopback instead. */
export type SocksPeer = AsyncDisposable & {
	port: number;
	/** `name`, `1.2.3.4` or `v6`, as asked for. */
	asked: { kind: 'name' | 'v4' | 'v6'; host: string; port: number }[];
};

export async function startSocksPeer(targetPort: number): Promise<SocksPeer> {
	const asked: SocksPeer['asked'] = [];
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => socket.destroy());
		void serve(socket).catch(() => socket.destroy());
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');

	async function serve(socket: Socket): Promise<void> {
		const read = reader(socket);
		const [, methods = 0] = await read(2);
		await read(methods);
		socket.write(Buffer.from([5, 0]));
		const [, , , type] = await read(4);
		const host =
			type === 3 ? String(await read((await read(1))[0] ?? 0)) : [...(await read(type === 1 ? 4 : 16))].join('.');
		const port = (await read(2)).readUInt16BE(0);
		asked.push({ kind: type === 3 ? 'name' : type === 1 ? 'v4' : 'v6', host, port });
		const target = connect(targetPort, '127.0.0.1');
		sockets.add(target);
		target.on('error', () => socket.destroy());
		await once(target, 'connect');
		socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
		socket.pipe(target).pipe(socket);
	}

	return {
		asked,
		port: (server.address() as AddressInfo).port,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

/** Reads exactly so many bytes at a time, and nothing more. */
function reader(socket: Socket): (length: number) => Promise<Buffer> {
	return async (length) => {
		if (length === 0) return Buffer.alloc(0);
		for (;;) {
			const bytes = socket.read(length) as Buffer | null;
			if (bytes?.length === length) return bytes;
			if (socket.readableEnded || socket.destroyed) throw new Error('the client is gone');
			await once(socket, 'readable');
		}
	};
}
