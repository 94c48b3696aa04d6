import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openJsonSocket } from '../src/browsers/json-socket.ts';

test('a browser that goes away fails what waits for it and what is asked of it later, and nothing else', async () => {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	// Takes the connection, and goes with the first that it is asked.
	server.on('upgrade', ({ headers }, socket) => {
		const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
		const accept = createHash('sha1').update(key).digest('base64');
		const head = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: upgrade'];
		socket.write([...head, `sec-websocket-accept: ${accept}`, '', ''].join('\r\n'));
		socket.once('data', () => socket.destroy());
	});
	try {
		const socket = await openJsonSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
		const gone = 'the browser closed its control connection';
		const first = socket.event('loaded');
		// Nobody looks at this one while the call fails: it must not end the process (vitest fails on such a rejection).
		const second = socket.event('loaded');
		await expect(socket.call('navigate')).rejects.toThrow(gone);
		await new Promise(setImmediate);
		await expect(first).rejects.toThrow(gone);
		await expect(second).rejects.toThrow(gone);
		await expect(socket.call('navigate')).rejects.toThrow(gone);
		await expect(socket.event('loaded')).rejects.toThrow(gone);
	} finally {
		server.close();
	}
});
