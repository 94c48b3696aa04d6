import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { requestTo, startPeer } from './support/peers.ts';
import { createTransport, failureOf, run, start, until } from './support/run.ts';

test('discard within its limit keeps the connection', async () => {
	await using peer = await startPeer('https1', (_, response) => response.end(Buffer.alloc(1_000_000)));
	await using transport = createTransport();
	for (let index = 0; index < 3; index++) {
		const started = start(transport, peer.request('/'));
		await started.head;
		started.exchange.discard(2_000_000);
		await started.ended;
		expect(started.finals).toBe(1);
	}
	expect(peer.sockets).toBe(1);
});

test('discard past its limit gives the connection up and ends the exchange once', async () => {
	await using peer = await startPeer('https1', (_, response) => response.end(Buffer.alloc(5_000_000)));
	await using transport = createTransport();
	const started = start(transport, peer.request('/'));
	await started.head;
	started.exchange.discard(10_000);
	await started.ended;
	expect(started.finals).toBe(1);
	await until(() => transport.stats().connections === 0);
	expect((await run(transport, peer.request('/'))).head.reused).toBe(false);
});

test('an upgrade gives the raw stream in both directions', async () => {
	const server = http.createServer();
	server.on('upgrade', (_, socket) => {
		socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst ');
		socket.on('data', (data) => {
			socket.write(data);
			if (String(data).includes('bye')) socket.end();
		});
		socket.on('error', () => {});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	await using transport = createTransport();
	const { port } = server.address() as AddressInfo;
	const headers = ['Upgrade', 'echo'];
	const started = start(transport, requestTo('http1', port, '/', { headers, upgrade: true, protocols: 'http1' }));
	expect((await started.head).status).toBe(101);
	let text = '';
	const read = async () => {
		text += Buffer.from((await started.exchange.read()) ?? []).toString();
	};
	while (text.length < 6) await read();
	await started.exchange.write(Buffer.from('second '));
	while (text.length < 13) await read();
	await started.exchange.write(Buffer.from('bye'));
	while (text.length < 16) await read();
	expect(text).toBe('first second bye');
	expect(await started.exchange.read()).toBeNull();
	await started.ended;
	server.close();
});

test('tickets of one transport resume a session of another', async () => {
	await using peer = await startPeer('https1', (_, response) => response.end('ok'));
	await using first = createTransport();
	expect((await run(first, peer.request('/'))).head.tls?.resumed).toBe(false);
	const tickets = first.exportTickets();
	expect(tickets.length).toBeGreaterThan(0);
	await using second = createTransport();
	second.importTickets(tickets);
	expect((await run(second, peer.request('/'))).head.tls?.resumed).toBe(true);
	await using third = createTransport();
	third.importTickets(new Uint8Array([1, 2, 3]));
	expect((await run(third, peer.request('/'))).head.tls?.resumed).toBe(false);
});

test('an untrusted certificate is refused, and accepted visibly with insecure', async () => {
	await using peer = await startPeer('h2', (_, response) => response.end('ok'));
	await using strict = createTransport({ ca: [] });
	const error = await failureOf(run(strict, peer.request('/')));
	expect(error.code).toMatch(/^ERR_TLS_CERT/);
	expect(error.phase).toBe('tls');
	await using lax = createTransport({ ca: [], insecure: true });
	expect((await run(lax, peer.request('/'))).head.tls?.verified).toBe(false);
});

test('bodies are plain Uint8Arrays with memory of their own, whatever their size', async () => {
	await using peer = await startPeer('h2', (request, response) =>
		response.end(Buffer.alloc(Number(request.url?.slice(1)), 1)),
	);
	await using transport = createTransport();
	for (const size of [1, 1_000, 16_384, 16_385, 60_000, 900_000]) {
		const { exchange, head } = start(transport, peer.request(`/${size}`));
		await head;
		const body = await exchange.readAll();
		expect(body.constructor).toBe(Uint8Array);
		expect(body.length).toBe(size);
		// Transferring the memory must not take another response's bytes along.
		const moved = structuredClone(body, { transfer: [body.buffer as ArrayBuffer] });
		expect(moved.every((byte) => byte === 1)).toBe(true);
	}
	expect((await run(transport, peer.request('/5'))).body.length).toBe(5);
});

test('a head can be logged and copied', async () => {
	await using peer = await startPeer('http1', (_, response) => response.end('ok'));
	await using transport = createTransport();
	const { head } = await run(transport, peer.request('/'));
	expect(JSON.parse(JSON.stringify(head))).toMatchObject({ status: 200, reason: 'OK', remotePort: peer.port });
	head.rawHeaders.length = 0;
	expect(head.rawHeaders.length).toBeGreaterThan(0);
});
