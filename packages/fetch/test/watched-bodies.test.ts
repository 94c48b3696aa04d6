// What a finalization registry watches survives until V8 has collected all memory (docs/internals/performance.md).
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSession } from '../src/index.ts';

const length = 100_000;
const unfinished: ServerResponse[] = [];
/** Sends a head, and of the body only the beginning until told to. */
const server = createServer((_, response) => {
	response.writeHead(200, { 'content-length': length });
	response.write('a');
	unfinished.push(response);
});
const finish = () => {
	for (const response of unfinished.splice(0)) response.end('b'.repeat(length - 1));
};

let url: string;
let registered: number;

beforeEach(async () => {
	await once(server.listen(0, '127.0.0.1'), 'listening');
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	registered = 0;
	const { register } = FinalizationRegistry.prototype;
	vi.spyOn(FinalizationRegistry.prototype, 'register').mockImplementation(function (this: never, ...all) {
		registered++;
		return register.apply(this, all as never);
	});
});

afterEach(() => {
	vi.restoreAllMocks();
	server.close();
	server.closeAllConnections();
});

test('a body that is read whole in the turn in which its head came is never watched', async () => {
	await using session = await createSession({ browser: 'chrome' });
	const reading = (await session.fetch(url)).arrayBuffer();
	finish();
	expect((await reading).byteLength).toBe(length);
	await new Promise((resolve) => setImmediate(resolve));
	expect(registered).toBe(0);
});

test('a body that nobody has asked for by then is watched', async () => {
	await using session = await createSession({ browser: 'chrome' });
	const response = await session.fetch(url);
	await new Promise((resolve) => setImmediate(resolve));
	// The response, and below it the exchange.
	expect(registered).toBe(2);
	const reading = response.arrayBuffer();
	finish();
	expect((await reading).byteLength).toBe(length);
});
