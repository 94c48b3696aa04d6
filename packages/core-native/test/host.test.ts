import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { NativeTransport } from '../src/types.ts';
import { type PeerKind, startPeer } from './support/peers.ts';
import { createTransport, run } from './support/run.ts';

/** More than a JavaScript thread keeps to itself, and more calm ones than it waits for (limits.rs). */
const many = 20;
const calm = 40;

test.for<PeerKind>(['http1', 'https1', 'h2'])(
	'%s: much and little in turns go over the same connections',
	async (kind) => {
		await using peer = await startPeer(kind, (_request, response) => response.end('hello'));
		await using transport = createTransport({ io: 'auto' });
		// Six connections are tried at once while nobody knows that the peer speaks HTTP/2.
		await run(transport, peer.request('/'));
		for (let round = 0; round < 10; round++) {
			const answers = await Promise.all(Array.from({ length: many }, () => run(transport, peer.request('/'))));
			for (let index = 0; index < calm; index++) answers.push(await run(transport, peer.request('/')));
			expect(new Set(answers.map(({ head, body }) => `${head.status} ${body}`))).toEqual(new Set(['200 hello']));
		}
		expect(peer.sockets).toBeLessThanOrEqual(kind === 'h2' ? 1 : 6);
	},
);

test.for(['auto', 'loop', 'thread'] as const)('%s: a transport that has sent nothing is closed', async (io) => {
	// In a thread of its own: its world has not been asked for anything before.
	const worker = new Worker(new URL('./programs/closed-unused.ts', import.meta.url), { workerData: io });
	expect(await once(worker, 'exit')).toEqual([0]);
});

test.for(['auto', 'loop', 'thread'] as const)('%s: what is asked for in an answer is answered', async (io) => {
	await using peer = await startPeer('h2', (request, response) => response.end(request.url));
	await using transport = createTransport({ io });
	const order: string[] = [];
	const ask = (depth: number): Promise<void> =>
		new Promise((resolve, reject) => {
			const exchange = transport.exchange(peer.request(`/${depth}`), {
				onHead: () => {
					order.push(`head ${depth}`);
					// Inside the callback: the loop is in the middle of a turn of its own.
					if (depth > 0) ask(depth - 1).then(resolve, reject);
					exchange.readAll().then(
						(body) => order.push(`body ${Buffer.from(body)}`),
						() => undefined,
					);
				},
				onEnd: () => depth === 0 && resolve(),
				onError: reject,
			});
			order.push(`asked ${depth}`);
		});
	for (let warm = 0; warm < calm; warm++) await run(transport, peer.request('/warm'));
	await ask(5);
	for (let depth = 5; depth >= 0; depth--) {
		// Nobody is called back while he asks.
		expect(order.indexOf(`asked ${depth}`)).toBeLessThan(order.indexOf(`head ${depth}`));
	}
	expect(order.filter((text) => text.startsWith('body'))).toHaveLength(6);
});

test('auto: a busy JavaScript thread does not keep an answer waiting at the socket', async () => {
	// The peer, on a thread of its own, says when the client has ended the connection, which it does having read the answer.
	const flag = new Int32Array(new SharedArrayBuffer(8));
	const peer = new Worker(
		`const { workerData, parentPort } = require('node:worker_threads');
		const server = require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
			let text = '';
			socket.on('error', () => {});
			socket.on('data', (data) => {
				text += data;
				if (!text.endsWith('\\r\\n\\r\\n')) return;
				const last = text.startsWith('GET /last');
				text = '';
				if (last) Atomics.wait(workerData, 0, 0);
				socket.write('HTTP/1.1 200 OK\\r\\n' + (last ? 'Connection: close\\r\\n' : '') + 'Content-Length: 2\\r\\n\\r\\nhi');
			});
			socket.on('end', () => {
				Atomics.store(workerData, 1, 1);
				Atomics.notify(workerData, 1);
				socket.end();
			});
		});
		server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
		{ eval: true, workerData: flag },
	);
	try {
		const port = await new Promise<number>((resolve) => peer.once('message', resolve));
		await using transport = createTransport({ io: 'auto' });
		const request = (target: string) => ({
			method: 'GET',
			scheme: 'http' as const,
			host: '127.0.0.1',
			port,
			authority: `127.0.0.1:${port}`,
			target,
			headers: [],
		});
		for (let warm = 0; warm < calm; warm++) await run(transport, request('/'));
		const last = run(transport, request('/last'));
		// The request goes out at the end of this turn.
		await undefined;
		Atomics.store(flag, 0, 1);
		Atomics.notify(flag, 0);
		expect(Atomics.wait(flag, 1, 0, 60_000)).not.toBe('timed-out');
		expect((await last).body.toString()).toBe('hi');
	} finally {
		await peer.terminate();
	}
});

test.skipIf(process.platform !== 'linux')(
	'as many threads as transports ask for, and each keeps its connections',
	async () => {
		const threads = () =>
			readdirSync('/proc/self/task')
				.map((id) => readFileSync(`/proc/self/task/${id}/comm`, 'latin1').trim())
				.filter((name) => name.startsWith('wiretwin-io-'));
		await using peer = await startPeer('h2', (_request, response) => response.end('hello'));
		const transports = Array.from({ length: 6 }, (_, index) =>
			createTransport({ ioThreads: 3, io: index % 2 === 0 ? 'auto' : 'thread' }),
		);
		const ask = (transport: NativeTransport) => run(transport, peer.request('/'));
		await Promise.all(transports.map(ask));
		const answers = await Promise.all(
			transports.flatMap((transport) => Array.from({ length: many }, () => ask(transport))),
		);
		expect(new Set(answers.map(({ body }) => `${body}`))).toEqual(new Set(['hello']));
		// The first one has no number.
		expect(threads().sort()).toEqual(['wiretwin-io-2', 'wiretwin-io-3']);
		// Each at its first request, while nobody knows that the peer speaks HTTP/2; from then on there is one.
		const before = peer.sockets;
		await Promise.all(transports.map(ask));
		expect(peer.sockets).toBe(before);
		await Promise.all(transports.map((transport) => transport.close()));
	},
);

test('an unknown host is refused, and a number of threads that nobody has', () => {
	expect(() => createTransport({ io: 'elsewhere' as 'auto' })).toThrow(/io must be/);
	for (const ioThreads of [0, 65, 1.5, '2' as unknown as number, Number.NaN]) {
		expect(() => createTransport({ ioThreads })).toThrow(/ioThreads must be/);
	}
	expect(() => createTransport({ io: 'loop', ioThreads: 2 })).toThrow(/ioThreads must be 1 with io "loop"/);
});
