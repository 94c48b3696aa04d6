import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { collectUntil } from './support/garbage.ts';
import { type PeerKind, requestTo, startPeer } from './support/peers.ts';
import { createTransport, failureOf, run, start } from './support/run.ts';

for (const kind of ['http1', 'https1', 'h2'] as PeerKind[]) {
	describe(`many exchanges over ${kind}`, () => {
		test('1,000 one after the other use one connection', async () => {
			await using peer = await startPeer(kind, (request, response) => response.end(request.url));
			await using transport = createTransport();
			for (let index = 0; index < 1000; index++) {
				const { body } = await run(transport, peer.request(`/${index}`));
				expect(body.toString()).toBe(`/${index}`);
			}
			expect(peer.sockets).toBe(1);
			expect(transport.stats()).toEqual({ connections: 1, exchanges: 0 });
		});

		test('1,000 at once each get their own answer', async () => {
			await using peer = await startPeer(kind, (request, response) => response.end(request.url));
			await using transport = createTransport();
			const all = Array.from({ length: 1000 }, (_, index) => run(transport, peer.request(`/${index}`)));
			for (const [index, pending] of all.entries()) expect((await pending).body.toString()).toBe(`/${index}`);
			// As many as a browser begins at once, whatever the server then speaks.
			if (kind === 'h2') expect(peer.sockets).toBeLessThanOrEqual(6);
			else expect(peer.sockets).toBe(6);
			expect(transport.stats().exchanges).toBe(0);
		});
	});
}

test('requests of one turn do not wait for its end once they are many', async () => {
	await using peer = await startPeer('http1', (request, response) => request.resume().on('end', () => response.end()));
	await using transport = createTransport();
	const body = Buffer.alloc(16 * 1024, 'x');
	const headers = ['Content-Length', String(body.length)];
	// 5 MB of commands: a part of them has crossed before this turn ends.
	const all = Array.from({ length: 320 }, () =>
		run(transport, { ...peer.request('/'), method: 'POST', headers, body }),
	);
	const patience = Date.now() + 10_000;
	while (transport.stats().exchanges === 0 && Date.now() < patience);
	expect(transport.stats().exchanges).toBeGreaterThan(0);
	for (const each of await Promise.all(all)) expect(each.head.status).toBe(200);
});

test('answers of a burst leave turns to others', async () => {
	const count = 300;
	const waiting: ServerResponse[] = [];
	await using peer = await startPeer('http1', (_, response) => {
		waiting.push(response);
		if (waiting.length < count) return;
		for (const each of waiting) each.end('answer');
		// All of them are here before this thread looks.
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
	});
	await using transport = createTransport({ maxHttp1Connections: count });
	const heads = new Map<number, number>();
	let turn = 0;
	let left = count;
	const countTurns = () => {
		turn++;
		if (left > 0) setImmediate(countTurns);
	};
	countTurns();
	const all = Array.from({ length: count }, (_, index) => {
		const { promise, resolve, reject } = Promise.withResolvers<void>();
		const exchange = transport.exchange(peer.request(`/${index}`), {
			onHead: () => {
				heads.set(turn, (heads.get(turn) ?? 0) + 1);
				left--;
				exchange.takeBufferedBody();
			},
			onDone: resolve,
			onError: reject,
		});
		return promise;
	});
	await Promise.all(all);
	expect([...heads.values()].reduce((sum, each) => sum + each, 0)).toBe(count);
	// On the JavaScript thread's own loop what the sockets bring and what was left of the turn before can meet in one.
	expect(Math.max(...heads.values())).toBeLessThanOrEqual(process.env.WIRETWIN_IO === 'loop' ? 128 : 64);
});

test('heads larger than the event buffer arrive whole', async () => {
	const value = 'v'.repeat(7_000);
	await using peer = await startPeer('h2', (_, response) => {
		response.setHeader('x-large', value);
		response.end('x'.repeat(10_000));
	});
	await using transport = createTransport();
	const all = Array.from({ length: 100 }, () => run(transport, peer.request('/')));
	for (const pending of all) {
		const { head, body } = await pending;
		expect(head.rawHeaders[head.rawHeaders.indexOf('x-large') + 1]).toBe(value);
		expect(body.length).toBe(10_000);
	}
});

test('C02 limits end an exchange with the phase in the code', async () => {
	await using peer = await startPeer('http1', (request, response) => {
		if (request.url === '/body') response.write('part');
	});
	await using transport = createTransport();
	const head = await failureOf(run(transport, peer.request('/', { timeouts: { head: 50 } })));
	expect(head).toMatchObject({ code: 'ERR_TIMEOUT_HEAD', phase: 'head', limitMs: 50, nodeCode: 'ETIMEDOUT' });
	const idle = await failureOf(run(transport, peer.request('/body', { timeouts: { idle: 50 } })));
	expect(idle).toMatchObject({ code: 'ERR_TIMEOUT_IDLE', limitMs: 50 });
	const total = await failureOf(run(transport, peer.request('/body', { timeouts: { total: 50 } })));
	expect(total).toMatchObject({ code: 'ERR_TIMEOUT_TOTAL', phase: 'total', limitMs: 50 });
});

test('a body past maxResponseBytes fails with ERR_BODY_TOO_LARGE', async () => {
	await using peer = await startPeer('h2', (_, response) => response.end(Buffer.alloc(500_000)));
	await using transport = createTransport();
	const error = await failureOf(run(transport, peer.request('/', { maxResponseBytes: 100_000 })));
	expect(error).toMatchObject({ code: 'ERR_BODY_TOO_LARGE', phase: 'body' });
	expect((await run(transport, peer.request('/', { maxResponseBytes: 500_000 }))).body.length).toBe(500_000);
});

test('what arrived before the peer broke off is read before the error', async () => {
	await using peer = await startPeer('http1', (_, response) => {
		response.writeHead(200, { 'content-length': '100' });
		response.write('partial', () => response.destroy());
	});
	await using transport = createTransport();
	const { exchange, head, ended } = start(transport, peer.request('/'));
	await head;
	const piece = await exchange.read();
	expect(Buffer.from(piece ?? []).toString()).toBe('partial');
	const error = await failureOf(exchange.read());
	expect(error.phase).toBe('body');
	expect(await failureOf(ended)).toBe(error);
});

test('B08 responses that nobody reads are closed by the garbage collector', async () => {
	await using peer = await startPeer('h2', (_, response) => {
		response.write(Buffer.alloc(200_000));
	});
	await using transport = createTransport();
	await (async () => {
		const heads = Array.from({ length: 50 }, () => start(transport, peer.request('/')).head);
		await Promise.all(heads);
	})();
	expect(transport.stats().exchanges).toBe(50);
	await collectUntil(() => transport.stats().exchanges === 0);
	expect(transport.stats().exchanges).toBe(0);
});

test('a batch that comes while another waits for its next turn overwrites nothing', async () => {
	// A server of another thread answers one half, and the other when told to, while this thread stands still.
	const flags = new Int32Array(new SharedArrayBuffer(8));
	const server = new Worker(
		`const { parentPort, workerData: flags } = require('node:worker_threads');
		const waiting = [];
		const answer = (part) => {
			for (const each of waiting.splice(0, 200)) each();
			// What was written has left by the next turn.
			setImmediate(() => { Atomics.store(flags, 0, part); Atomics.notify(flags, 0); });
		};
		const watch = () => Atomics.load(flags, 1) === 1 ? answer(2) : setTimeout(watch, 1);
		const server = require('node:http').createServer((request, response) => {
			waiting.push(() => response.end(request.url));
			if (waiting.length === 400) { answer(1); watch(); }
		});
		server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
		{ eval: true, workerData: flags },
	);
	const [port] = (await once(server, 'message')) as [number];
	await using transport = createTransport({ maxHttp1Connections: 400 });
	/** Stands still until the server has answered so far, and the other thread has read it. */
	const standStill = (before: number) => {
		Atomics.wait(flags, 0, before, 10_000);
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
	};
	let isFirst = true;
	const all = Array.from({ length: 400 }, async (_, index) => {
		const { exchange, head } = start(transport, requestTo('http1', port, `/${index}`));
		await head;
		if (isFirst) {
			isFirst = false;
			Atomics.store(flags, 1, 1);
			standStill(1);
		}
		return Buffer.from(await exchange.readAll()).toString();
	});
	await new Promise(setImmediate); // the requests have left
	standStill(0);
	expect(await Promise.all(all)).toEqual(all.map((_, index) => `/${index}`));
	await server.terminate();
});
