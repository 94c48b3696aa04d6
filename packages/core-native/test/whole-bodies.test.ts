import { isMarkedAsUntransferable } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type PeerKind, startPeer } from './support/peers.ts';
import { createTransport, failureOf, start } from './support/run.ts';

const size = 3_000_000;
const long = Buffer.alloc(size, 'wiretwin ');

for (const kind of ['http1', 'https1', 'h2'] as PeerKind[]) {
	describe(`bodies read whole over ${kind}`, () => {
		test.each([
			['of known length', { 'content-length': size }, long],
			['of unknown length', {}, long],
			[
				'of known length and coded',
				{ 'content-encoding': 'gzip', 'content-length': gzipSync(long).length },
				gzipSync(long),
			],
			['of unknown length and coded', { 'content-encoding': 'gzip' }, gzipSync(long)],
		])('%s', async (_, headers, bytes) => {
			await using peer = await startPeer(kind, (_request, response) => {
				response.writeHead(200, headers).write(bytes.subarray(0, 1000));
				setImmediate(() => response.end(bytes.subarray(1000)));
			});
			await using transport = createTransport();
			const started = start(transport, peer.request('/'));
			await started.head;
			const whole = await started.exchange.readAll();
			expect(Buffer.compare(whole, long)).toBe(0);
			expect(whole.buffer.byteLength).toBe(whole.length);
			await started.ended;
			expect(transport.stats()).toEqual({ connections: 1, exchanges: 0 });
		});

		test.each([17_000, 33_000, 300_000, size])('of %i bytes are in memory that may be given away', async (length) => {
			const bytes = Buffer.alloc(length, 'one and two and three ');
			await using peer = await startPeer(kind, (_request, response) => {
				// The head alone: what comes with it is no business of `readAll`.
				response.writeHead(200, { 'content-length': length });
				response.flushHeaders?.();
				response.write(bytes.subarray(0, 1));
				setTimeout(() => response.end(bytes.subarray(1)), 5);
			});
			await using transport = createTransport();
			const started = start(transport, peer.request('/'));
			await started.head;
			const whole = await started.exchange.readAll();
			expect(Buffer.compare(whole, bytes)).toBe(0);
			expect(isMarkedAsUntransferable(whole.buffer)).toBe(false);
			expect(structuredClone(whole, { transfer: [whole.buffer as ArrayBuffer] })).toHaveLength(length);
			expect(whole).toHaveLength(0);
		});

		test('of a length that nobody would believe set no memory aside', async () => {
			await using peer = await startPeer(kind, (_, response) => {
				response.writeHead(200, { 'content-length': 10 * 1024 ** 3 }).write(long.subarray(0, 100_000));
			});
			await using transport = createTransport();
			const started = start(transport, peer.request('/'));
			await started.head;
			const before = process.memoryUsage().arrayBuffers;
			const whole = started.exchange.readAll();
			expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 ** 2);
			started.exchange.abort();
			expect(await failureOf(whole)).toMatchObject({ code: 'ERR_ABORTED' });
		});

		test('the rest of one that was read in part', async () => {
			await using peer = await startPeer(kind, (_, response) =>
				response.writeHead(200, { 'content-length': size }).end(long),
			);
			await using transport = createTransport();
			const started = start(transport, peer.request('/'));
			await started.head;
			const first = (await started.exchange.read()) ?? new Uint8Array();
			const rest = await started.exchange.readAll();
			expect(Buffer.compare(Buffer.concat([first, rest]), long)).toBe(0);
		});

		test('past the limit', async () => {
			await using peer = await startPeer(kind, (_, response) =>
				response.writeHead(200, { 'content-length': size }).end(long),
			);
			await using transport = createTransport();
			const started = start(transport, peer.request('/', { maxResponseBytes: size - 1 }));
			await started.head;
			expect(await failureOf(started.exchange.readAll())).toMatchObject({ code: 'ERR_BODY_TOO_LARGE', phase: 'body' });
		});

		test('given up on the way', async () => {
			await using peer = await startPeer(kind, (_, response) => {
				response.writeHead(200, { 'content-length': size }).write(long.subarray(0, 100_000));
			});
			await using transport = createTransport();
			const started = start(transport, peer.request('/'));
			await started.head;
			const whole = started.exchange.readAll();
			started.exchange.abort();
			expect(await failureOf(whole)).toMatchObject({ code: 'ERR_ABORTED' });
			expect(transport.stats().exchanges).toBe(0);
		});

		test('that end early', async () => {
			await using peer = await startPeer(kind, (_, response) => {
				response.writeHead(200, { 'content-length': size }).write(long.subarray(0, 100_000), () => response.destroy());
			});
			await using transport = createTransport();
			const started = start(transport, peer.request('/'));
			await started.head;
			expect((await failureOf(started.exchange.readAll())).phase).toBe('body');
		});
	});
}
