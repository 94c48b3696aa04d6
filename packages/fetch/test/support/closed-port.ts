import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/**
 * A port of 127.0.0.1 that nobody listens on, nor ever will while this process lives: it is the local end of a connection.
 * A port that was free a moment ago may be somebody's server by now.
 */
export async function closedPort(): Promise<number> {
	const server = createServer((socket) => socket.on('error', () => undefined).unref())
		.listen(0, '127.0.0.1')
		.unref();
	await once(server, 'listening');
	const holder = connect((server.address() as AddressInfo).port, '127.0.0.1').unref();
	await once(holder, 'connect');
	return holder.localPort as number;
}
