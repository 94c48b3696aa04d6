import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NativeTransport } from '../src/types.ts';
import { type Peer, type PeerHandler, type PeerKind, startPeer } from './support/peers.ts';
import { createTransport, run, start } from './support/run.ts';

const large = Buffer.alloc(3_000_000, 'wiretwin ');

const routes: Record<string, PeerHandler> = {
	'/hello': (_, response) => response.end('hello'),
	'/large': (_, response) => response.end(large),
	'/empty': (_, response) => response.writeHead(204).end(),
	'/unchanged': (_, response) => response.writeHead(304, { etag: '"1"' }).end(),
	'/echo': (request, response) => request.pipe(response),
	'/fields': (request, response) => {
		response.setHeader('set-cookie', ['a=1', 'b=2']);
		response.setHeader('x-latin1', 'caf\u00e9');
		// A text here would make Node write the head as UTF-8, too.
		response.end(Buffer.from(JSON.stringify(request.headers)));
	},
	'/digest': async (request, response) => {
		const hash = createHash('sha256');
		for await (const chunk of request) hash.update(chunk as Buffer);
		response.end(hash.digest('hex'));
	},
	'/trailers': (_, response) => {
		response.writeHead(200, { trailer: 'x-sum' });
		response.write('body');
		response.addTrailers({ 'x-sum': '42' });
		response.end();
	},
	'/hints': (_, response) => {
		response.writeEarlyHints({ link: '</style.css>; rel=preload' });
		response.end('after hints');
	},
};

for (const kind of ['http1', 'https1', 'h2'] as PeerKind[]) {
	describe(`an exchange over ${kind}`, () => {
		let peer: Peer;
		let transport: NativeTransport;

		beforeAll(async () => {
			peer = await startPeer(kind, (request, response) => {
				const route = routes[new URL(request.url ?? '', 'http://peer').pathname];
				if (route) route(request, response);
				else response.writeHead(404).end();
			});
			transport = createTransport();
		});

		afterAll(async () => {
			await transport.close();
			await peer.close();
		});

		test('gets a small body with its head', async () => {
			const { head, body, timings } = await run(transport, peer.request('/hello'));
			expect(head.status).toBe(200);
			expect(head.httpVersion).toBe(kind === 'h2' ? '2' : '1.1');
			expect(body.toString()).toBe('hello');
			expect(head.remotePort).toBe(peer.port);
			expect(head.remoteAddress).toBe('127.0.0.1');
			expect(head.localAddress).toBe('127.0.0.1');
			expect(head.localPort).toBeGreaterThan(0);
			expect(head.decoded).toEqual([]);
			expect(timings.total).toBeGreaterThan(0);
			expect(timings.head).toBeLessThanOrEqual(timings.total ?? 0);
			if (kind === 'http1') expect(head.tls).toBeUndefined();
			else
				expect(head.tls).toMatchObject({ version: 'TLSv1.3', verified: true, alpn: kind === 'h2' ? 'h2' : 'http/1.1' });
		});

		test('keeps order, duplicates and latin1 of response fields', async () => {
			const { head, body } = await run(
				transport,
				peer.request('/fields', { headers: ['X-First', 'caf\u00e9', 'x-second', ''] }),
			);
			const fields = head.rawHeaders.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
			const cookies = fields.filter((_, index) => fields[index - 1] === 'set-cookie' && index % 2 === 1);
			expect(cookies).toEqual(['a=1', 'b=2']);
			expect(fields[fields.indexOf('x-latin1') + 1]).toBe('caf\u00e9');
			const seen = JSON.parse(body.toString()) as Record<string, string>;
			expect(seen['x-first']).toBe('caf\u00e9');
			expect(seen['x-second']).toBe('');
		});

		test('reads a large body in pieces and ends with null', async () => {
			const { exchange, head, ended } = start(transport, peer.request('/large'));
			await head;
			const hash = createHash('sha256');
			let pieces = 0;
			for (let piece = await exchange.read(); piece; piece = await exchange.read()) {
				expect(piece.length).toBeGreaterThan(0);
				expect(piece.length).toBeLessThanOrEqual(256 * 1024);
				hash.update(piece);
				pieces++;
			}
			await ended;
			expect(pieces).toBeGreaterThan(1);
			expect(hash.digest('hex')).toBe(createHash('sha256').update(large).digest('hex'));
			expect(await exchange.read()).toBeNull();
		});

		test('posts a small and a large body', async () => {
			for (const body of [Buffer.from('small'), large]) {
				const fields = ['Content-Length', String(body.length), 'Content-Type', 'text/plain'];
				const request = peer.request('/digest', { method: 'POST', headers: fields, body });
				const answer = await run(transport, request);
				expect(answer.body.toString()).toBe(createHash('sha256').update(body).digest('hex'));
			}
		});

		test('sends the bytes that the body had when the exchange was started', async () => {
			for (const size of [100, 100_000]) {
				const body = Buffer.alloc(size, 'a');
				const request = peer.request('/echo', { method: 'POST', headers: ['Content-Length', String(size)], body });
				const pending = run(transport, request);
				body.fill('b');
				expect((await pending).body.equals(Buffer.alloc(size, 'a'))).toBe(true);
			}
		});

		test('streams both ways at once', async () => {
			const { exchange, head, ended } = start(
				transport,
				peer.request('/echo', { method: 'POST', headers: [], body: 'stream' }),
			);
			const received = (async () => {
				await head;
				return Buffer.from(await exchange.readAll());
			})();
			const sent: Buffer[] = [];
			for (let index = 0; index < 100; index++) {
				const chunk = Buffer.alloc(10_000 + index, index);
				sent.push(chunk);
				await exchange.write(chunk);
			}
			exchange.end();
			expect((await received).equals(Buffer.concat(sent))).toBe(true);
			await ended;
		});

		test('waits with write while the peer does not read', async () => {
			const reading = Promise.withResolvers<void>();
			routes['/slow'] = async (request, response) => {
				await reading.promise;
				request.pipe(response);
			};
			const { exchange, head, ended } = start(
				transport,
				peer.request('/slow', { method: 'POST', headers: [], body: 'stream' }),
			);
			const chunk = Buffer.alloc(64 * 1024, 'x');
			let written = 0;
			let blocked = false;
			const writer = (async () => {
				for (let index = 0; index < 1000; index++) {
					await exchange.write(chunk);
					written++;
				}
				exchange.end();
			})();
			// The kernel's buffers take some megabytes; 64 MB they do not.
			while (!blocked) {
				const before = written;
				for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
				blocked = written === before;
			}
			expect(written).toBeLessThan(900);
			reading.resolve();
			await head;
			let length = 0;
			for (let piece = await exchange.read(); piece; piece = await exchange.read()) length += piece.length;
			await writer;
			await ended;
			expect(length).toBe(chunk.length * 1000);
		});

		test('delivers trailers', async () => {
			const { body, trailers, started } = await run(transport, peer.request('/trailers'));
			expect(body.toString()).toBe('body');
			expect(trailers.map((text) => text.toLowerCase())).toEqual(['x-sum', '42']);
			expect(started.exchange.trailers).toEqual(trailers);
		});

		test('reports 1xx before the head', async () => {
			const { body, started } = await run(transport, peer.request('/hints'));
			expect(body.toString()).toBe('after hints');
			expect(started.informational.map((hint) => hint.status)).toEqual([103]);
			expect(started.informational[0]?.rawHeaders.join(' ')).toContain('</style.css>');
		});

		test('ends by itself after HEAD, 204 and 304', async () => {
			for (const [method, target, status] of [
				['HEAD', '/hello', 200],
				['GET', '/empty', 204],
				['GET', '/unchanged', 304],
			] as const) {
				const started = start(transport, peer.request(target, { method }));
				expect((await started.head).status).toBe(status);
				await started.ended;
				expect(await started.exchange.read()).toBeNull();
				expect((await started.exchange.readAll()).length).toBe(0);
				expect(started.finals).toBe(1);
			}
		});

		test('gives the buffered body without a promise', async () => {
			const taken = Promise.withResolvers<Uint8Array | undefined>();
			const exchange = transport.exchange(peer.request('/hello'), {
				onHead: () => taken.resolve(exchange.takeBufferedBody()),
				onError: taken.reject,
			});
			const body = (await taken.promise) ?? (await exchange.readAll());
			expect(Buffer.from(body).toString()).toBe('hello');
			expect(exchange.takeBufferedBody()).toBeUndefined();
		});

		test('discards a body and uses the connection again', async () => {
			const sockets = peer.sockets;
			const started = start(transport, peer.request('/hello'));
			await started.head;
			started.exchange.discard();
			await started.ended;
			const { head } = await run(transport, peer.request('/hello'));
			expect(head.reused).toBe(true);
			expect(peer.sockets).toBe(sockets);
		});

		test('tells the phases of a new connection', async () => {
			const { head, started, timings } = await run(
				transport,
				peer.request('/hello', { phases: true, newConnection: true }),
			);
			const types = started.phases.map((event) => event.type);
			expect(types).toContain('connect');
			expect(types).toContain('acquired');
			expect(types).toContain('sent');
			expect(types.includes('secureConnect')).toBe(kind !== 'http1');
			const connect = started.phases.find((event) => event.type === 'connect');
			expect(connect).toMatchObject({ remoteAddress: '127.0.0.1', remotePort: peer.port });
			expect(head.reused).toBe(false);
			expect(timings.connect).toBeGreaterThan(0);
		});
	});
}
