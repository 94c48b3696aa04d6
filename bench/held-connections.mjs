#!/usr/bin/env node
// Holds many connections at once, each in the middle of a body, and ends them: every body is whole, and nothing is left.
// Six to an address, as a browser has them over HTTP/1.1, so to many addresses of the loopback network (Linux).
//   node --conditions=wiretwin-source --expose-gc bench/held-connections.mjs [connections, default 10000]
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createSession } from 'wiretwin';

const PER_ADDRESS = 6;
/** Dials at once: a server's queue is finite. */
const DIALS = 200;

if (process.send) serve();
else await hold(Number(process.argv[2] ?? 10_000));

/** Answers each request with half a body, and the other halves when it is told to. */
function serve() {
	const held = new Set();
	const server = createServer((socket) => {
		socket.on('error', () => {});
		socket.on('close', () => held.delete(socket));
		socket.once('data', () => {
			held.add(socket);
			socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst');
		});
	});
	server.listen(0, '0.0.0.0', 4096, () => process.send({ port: server.address().port }));
	process.on('message', () => {
		for (const socket of held) socket.write('other');
	});
	process.once('disconnect', () => process.exit(0));
}

async function hold(count) {
	const server = fork(fileURLToPath(import.meta.url), { execArgv: ['--conditions=wiretwin-source'] });
	const [{ port }] = await once(server, 'message');
	const session = createSession();
	const before = measure();
	const started = performance.now();
	const responses = [];
	let next = 0;
	const dial = async () => {
		while (next < count) {
			const place = Math.floor(next++ / PER_ADDRESS) + 1;
			responses.push(await session.fetch(`http://127.0.${place >> 8}.${place & 255}:${port}/`));
		}
	};
	await Promise.all(Array.from({ length: DIALS }, dial));
	const seconds = (performance.now() - started) / 1000;
	const held = measure();
	const { connections, exchanges } = session.transport.stats();
	assert.deepEqual([connections, exchanges], [count, count]);
	server.send('finish');
	const bodies = await Promise.all(responses.map((response) => response.text()));
	assert.deepEqual(new Set(bodies), new Set(['firstother']));
	await session.close();
	for (let turn = 0; turn < 500 && measure().files > before.files + 16; turn++) await new Promise(setImmediate);
	const after = measure();
	console.log(
		`${count} connections held, opened in ${seconds.toFixed(1)} s: ${((held.kB - before.kB) / count).toFixed(1)} kB each, ` +
			`descriptors ${before.files} -> ${held.files} -> ${after.files}, memory at the end ${(after.kB / 1024).toFixed(0)} MB`,
	);
	server.disconnect();
}

/** Memory of this process, kB, and its open files, after a collection. */
function measure() {
	globalThis.gc?.();
	return { kB: process.memoryUsage.rss() / 1024, files: readdirSync('/proc/self/fd').length };
}
