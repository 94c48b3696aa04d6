import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NativeTransport } from '../src/types.ts';
import { type Peer, type PeerKind, requestTo, startPeer } from './support/peers.ts';
import { createTransport, failureOf, run, start, until } from './support/run.ts';

const kinds: PeerKind[] = ['http1', 'https1', 'h2'];

for (const kind of kinds) {
	describe(`C03 abort over ${kind}`, () => {
		let peer: Peer;
		let transport: NativeTransport;
		const seen: string[] = [];
		/** Resolved when the peer sees a request to /silent or /endless. */
		let arrived: PromiseWithResolvers<void>;

		beforeAll(async () => {
			transport = createTransport();
			peer = await startPeer(kind, (request, response) => {
				seen.push(request.url ?? '');
				if (request.url === '/silent') arrived.resolve();
				else if (request.url === '/endless') {
					const chunk = Buffer.alloc(64 * 1024);
					const pump = () => {
						while (!response.destroyed && response.write(chunk));
					};
					response.on('drain', pump);
					pump();
				} else if (request.url === '/sink') request.resume();
				else response.end('ok');
			});
		});

		afterAll(async () => {
			await transport.close();
			await peer.close();
		});

		test('before the commands are flushed: nothing of it reaches the peer, whatever stands around it', async () => {
			const before = seen.length;
			const body = (text: string) => ({ method: 'POST', headers: [], body: Buffer.from(text) });
			const started = ['/1', '/2', '/3', '/4'].map((path) => start(transport, peer.request(path, body(path))));
			const stream = start(transport, peer.request('/5', { method: 'POST', headers: [], body: 'stream' }));
			stream.exchange.write(Buffer.from('lost')).catch(() => undefined);
			for (const gone of [started[0], started[2], stream]) {
				gone?.exchange.abort();
				expect(gone?.finals).toBe(0); // never inside the call
			}
			for (const gone of [started[0], started[2], stream]) {
				expect(await failureOf(gone?.head as Promise<unknown>)).toMatchObject({ code: 'ERR_ABORTED', phase: 'queue' });
				expect(gone?.finals).toBe(1);
			}
			await Promise.all([started[1]?.exchange.readAll(), started[3]?.exchange.readAll()]);
			expect(seen.slice(before).sort()).toEqual(['/2', '/4']);
		});

		test('while waiting for the head', async () => {
			arrived = Promise.withResolvers();
			const started = start(transport, peer.request('/silent'));
			await arrived.promise;
			started.exchange.abort();
			expect(await failureOf(started.ended)).toMatchObject({ code: 'ERR_ABORTED', phase: 'head' });
		});

		test('while the body streams, with a read pending and without', async () => {
			for (const pending of [true, false]) {
				const started = start(transport, peer.request('/endless'));
				await started.head;
				await started.exchange.read();
				// readAll never ends on an endless body.
				const read = pending ? started.exchange.readAll() : undefined;
				started.exchange.abort();
				if (read) expect(await failureOf(read)).toMatchObject({ code: 'ERR_ABORTED' });
				expect(await failureOf(started.ended)).toMatchObject({ code: 'ERR_ABORTED', phase: 'body' });
				expect(await failureOf(started.exchange.read())).toMatchObject({ code: 'ERR_ABORTED' });
			}
		});

		test('while an upload streams: a blocked write rejects', async () => {
			const started = start(transport, peer.request('/sink', { method: 'POST', headers: [], body: 'stream' }));
			const writes: Array<Promise<void>> = [];
			for (let index = 0; index < 40; index++) writes.push(started.exchange.write(Buffer.alloc(64 * 1024)));
			const outcome = Promise.allSettled(writes);
			started.exchange.abort();
			expect((await outcome).some((write) => write.status === 'rejected')).toBe(true);
			expect(await failureOf(started.ended)).toMatchObject({ code: 'ERR_ABORTED' });
			expect(await failureOf(started.exchange.write(new Uint8Array(1)))).toMatchObject({ code: 'ERR_ABORTED' });
		});

		test('twice, and after the end, changes nothing', async () => {
			const started = start(transport, peer.request('/'));
			await started.head;
			await started.exchange.readAll();
			await started.ended;
			started.exchange.abort();
			started.exchange.abort();
			expect(started.finals).toBe(1);

			const aborted = start(transport, peer.request('/'));
			aborted.exchange.abort();
			aborted.exchange.abort();
			await failureOf(aborted.ended);
			expect(aborted.finals).toBe(1);
		});

		test('of a body that has arrived whole and was not read settles, and nothing stays alive', async () => {
			const started = start(transport, peer.request('/'));
			await started.head;
			await until(() => started.exchange.complete);
			started.exchange.abort();
			expect(await failureOf(started.ended)).toMatchObject({ code: 'ERR_ABORTED', phase: 'body' });
			expect(await failureOf(started.exchange.read())).toMatchObject({ code: 'ERR_ABORTED' });
			expect(started.finals).toBe(1);
			expect(transport.stats().exchanges).toBe(0);
		});

		test('from inside onHead', async () => {
			const error = Promise.withResolvers<{ code: string }>();
			const exchange = transport.exchange(peer.request('/endless'), {
				onHead: () => exchange.abort(),
				onError: error.resolve,
			});
			expect(await error.promise).toMatchObject({ code: 'ERR_ABORTED' });
		});

		test('leaves siblings unharmed and counts back at zero', async () => {
			const siblings = Array.from({ length: 20 }, () => run(transport, peer.request('/')));
			const doomed = Array.from({ length: 20 }, () => start(transport, peer.request('/endless')));
			for (const started of doomed) started.exchange.abort();
			for (const sibling of siblings) expect((await sibling).body.toString()).toBe('ok');
			for (const started of doomed) await failureOf(started.ended);
			await until(() => transport.stats().exchanges === 0);
		});

		test('C05 close() while streaming fails what runs and resolves once all is closed', async () => {
			const own = createTransport();
			const streaming = start(own, peer.request('/endless'));
			await streaming.head;
			const read = streaming.exchange.readAll();
			const second = start(own, peer.request('/endless'));
			const closing = own.close();
			expect(await failureOf(read)).toMatchObject({ code: 'ERR_SESSION_CLOSED' });
			expect(await failureOf(second.ended)).toMatchObject({ code: 'ERR_SESSION_CLOSED' });
			await closing;
			expect(own.stats()).toEqual({ connections: 0, exchanges: 0 });
		});
	});
}

test('C03 abort in the TLS handshake closes the socket', async () => {
	const hung = Promise.withResolvers<net.Socket>();
	const silent = net.createServer((socket) => {
		socket.on('error', () => {});
		socket.once('data', () => hung.resolve(socket));
	});
	await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
	const transport = createTransport();
	const { port } = silent.address() as net.AddressInfo;
	const started = start(transport, requestTo('h2', port, '/'));
	const socket = await hung.promise;
	const closed = new Promise((resolve) => socket.once('close', resolve));
	started.exchange.abort();
	expect(await failureOf(started.ended)).toMatchObject({ code: 'ERR_ABORTED', phase: 'tls' });
	await transport.close();
	await closed;
	silent.close();
});

test('C05 two reads that fail in one tick reject once each', async () => {
	const peer = await startPeer('h2', (_, response) => {
		response.write('x');
	});
	const transport = createTransport();
	const both = [start(transport, peer.request('/')), start(transport, peer.request('/'))];
	await Promise.all(both.map((started) => started.head));
	const reads = both.map((started) => failureOf(started.exchange.readAll()));
	for (const started of both) started.exchange.abort();
	for (const read of reads) expect(await read).toMatchObject({ code: 'ERR_ABORTED' });
	for (const started of both) expect(started.finals).toBe(1);
	await transport.close();
	await peer.close();
});
