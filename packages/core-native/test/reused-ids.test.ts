import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { NativeExchange, NativeTransport } from '../src/types.ts';
import { collectUntil } from './support/garbage.ts';
import { type Peer, startPeer } from './support/peers.ts';
import { createTransport, run, start, until } from './support/run.ts';

// The number of an exchange comes again after so many uses of its place in the table (src/exchange-table.ts).
const rounds = 4096;

let peer: Peer;
let transport: NativeTransport;
let held: ServerResponse[] = [];

beforeAll(async () => {
	peer = await startPeer('http1', (request, response) => {
		if (request.url === '/held') held.push(response as ServerResponse);
		else response.end(request.url);
	});
});

beforeEach(() => {
	held = [];
	transport = createTransport();
	return () => transport.close();
});

afterAll(() => peer.close());

test('a response read after its number was given to another request leaves that one alone', async () => {
	const early = start(transport, peer.request('/early'));
	await early.head;
	await until(() => early.exchange.complete);
	await useNumber(rounds - 1);
	const later = start(transport, peer.request('/held'));
	expect(numberOf(later.exchange)).toBe(numberOf(early.exchange));
	await until(() => held.length === 1);
	expect(Buffer.from(await early.exchange.readAll()).toString()).toBe('/early');
	held[0]?.end('later');
	await later.head;
	expect(Buffer.from(await later.exchange.readAll()).toString()).toBe('later');
});

test('what is written after the answer to a request whose number was given to another one is not sent there', async () => {
	const upload = { method: 'POST', headers: [], body: 'stream' } as const;
	const early = start(transport, peer.request('/early', upload));
	await early.head;
	await until(() => early.exchange.complete);
	await useNumber(rounds - 1);
	const later = start(transport, peer.request('/held', upload));
	expect(numberOf(later.exchange)).toBe(numberOf(early.exchange));
	await early.exchange.write(Buffer.from('of the first '));
	early.exchange.end();
	await later.exchange.write(Buffer.from('of the second'));
	later.exchange.end();
	await until(() => held.length === 1);
	held[0]?.req.pipe(held[0]);
	await later.head;
	expect(Buffer.from(await later.exchange.readAll()).toString()).toBe('of the second');
});

test('an exchange that is collected after its number became free does not free it again', async () => {
	const { number, witness } = await readHalfThenAll();
	await useNumber(rounds - 1);
	await collectGarbage(witness);
	const [first, second] = [start(transport, peer.request('/first')), start(transport, peer.request('/second'))];
	expect(numberOf(first.exchange)).toBe(number);
	expect(numberOf(second.exchange)).not.toBe(number);
	for (const [each, body] of [
		[first, '/first'],
		[second, '/second'],
	] as const) {
		await each.head;
		expect(Buffer.from(await each.exchange.readAll()).toString()).toBe(body);
	}
});

/** An exchange that the table held weakly for a while, because only the test could make it go on. */
async function readHalfThenAll(): Promise<{ number: number; witness: WeakRef<NativeExchange> }> {
	const { exchange, head } = start(transport, peer.request('/held'));
	await until(() => held.length === 1);
	held[0]?.write('half');
	await head;
	expect(Buffer.from((await exchange.read()) ?? []).toString()).toBe('half');
	held[0]?.end();
	expect(await exchange.read()).toBe(null);
	return { number: numberOf(exchange), witness: new WeakRef(exchange) };
}

async function useNumber(times: number): Promise<void> {
	for (let index = 0; index < times; index++) await run(transport, peer.request('/'));
}

function numberOf(exchange: NativeExchange): number {
	return (exchange as NativeExchange & { id: number }).id;
}

/** Collects until `witness` is gone, and lets finalizers run. */
async function collectGarbage(witness: WeakRef<NativeExchange>): Promise<void> {
	await collectUntil(() => witness.deref() === undefined);
	await new Promise(setImmediate);
	await new Promise(setImmediate);
}
