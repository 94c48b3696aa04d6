import { describe, expect, test } from 'vitest';
import { EventReader } from '../src/event-reader.ts';
import { Exchange } from '../src/exchange.ts';
import type { ExchangePort } from '../src/exchange-port.ts';
import { event } from '../src/native-binding.ts';
import { NativeError } from '../src/native-error.ts';

/** Port of an exchange that orders nothing: all of its answer is there. */
const idlePort = { count() {}, forget() {}, streamed() {}, discard() {}, abort() {} } as unknown as ExchangePort;

/** An answer that comes whole with its head, as binding/src/event.rs writes it, up to its end. */
function answered(body: Buffer, before: (exchange: Exchange) => void = () => {}) {
	const told: string[] = [];
	const exchange = new Exchange(
		1,
		idlePort,
		{},
		{ onHead: () => told.push('head'), onDone: () => told.push('done'), onError: ({ code }) => told.push(code) },
		false,
	);
	const head = Buffer.alloc(5 + 4 + 4 + 4 + body.length);
	head[0] = event.head;
	head.writeUInt16LE(200, 5);
	head[8] = 2; // all of it
	head.writeUInt32LE(body.length, 13);
	body.copy(head, 17);
	const end = Buffer.from([event.end, 1, 0, 0, 0, 0, 0, 0, 0]);
	const bytes = Buffer.concat([head, end]);
	const reader = new EventReader(bytes);
	reader.begin(bytes.length, undefined);
	before(exchange);
	reader.next();
	reader.deliver(exchange);
	const deliverEnd = () => {
		reader.next();
		reader.deliver(exchange);
		bytes.fill(0); // the next batch is written there
	};
	return { exchange, told, deliverEnd };
}

/** The same, with what is asked for before the head comes. */
function askedFirst<T>(
	body: Buffer,
	ask: (exchange: Exchange) => T,
): { asked: T; deliverEnd: () => void; told: string[] } {
	let asked: { is: T } | undefined;
	const { told, deliverEnd } = answered(body, (exchange) => {
		asked = { is: ask(exchange) };
	});
	return { asked: (asked as unknown as { is: T }).is, deliverEnd, told };
}

const shapes: Array<[name: string, bytes: Buffer, isText: boolean]> = [
	['ASCII', Buffer.from('{"ok":true}\0\x7f'), true],
	['UTF-8', Buffer.from('naïve 日本'), false],
	['one byte above ASCII', Buffer.from([0x61, 0x80]), false],
	['every byte there is', Buffer.from(Array.from({ length: 256 }, (_, index) => index)), false],
	['a mark of byte order', Buffer.from('\ufeffa'), false],
	['more than is short', Buffer.alloc(5000, 'a'), false],
];

describe.each(shapes)('a whole body: %s', (_, bytes, isText) => {
	test('is text at once if it is ASCII, and is left else', async () => {
		const { exchange, told, deliverEnd } = answered(bytes);
		deliverEnd();
		expect(told).toEqual(['head']);
		expect(exchange.takeBufferedAscii()).toBe(isText ? bytes.toString('latin1') : undefined);
		expect(told).toEqual(isText ? ['head', 'done'] : ['head']);
		expect(exchange.takeBufferedAscii()).toBeUndefined();
		const rest = exchange.takeBufferedBody();
		expect(rest && Buffer.from(rest)).toEqual(isText ? undefined : bytes);
		expect(told).toEqual(['head', 'done']);
	});

	test('is bytes in memory of its own', async () => {
		for (const take of ['takeBufferedBody', 'readAll', 'read'] as const) {
			const { exchange, told, deliverEnd } = answered(bytes);
			deliverEnd();
			const body = (await exchange[take]()) as Uint8Array;
			expect(Object.getPrototypeOf(body)).toBe(Uint8Array.prototype);
			expect(Buffer.from(body)).toEqual(bytes);
			expect(body.buffer.byteLength).toBe(bytes.length);
			expect(told).toEqual(['head', 'done']);
			expect(exchange.takeBufferedAscii()).toBeUndefined();
		}
	});

	test.each(['read', 'readAll'] as const)('goes to a %s that was ordered before the head', async (how) => {
		const { asked, deliverEnd, told } = askedFirst(bytes, (exchange) => exchange[how]());
		deliverEnd();
		expect(Buffer.from((await asked) ?? [])).toEqual(bytes);
		expect(told).toEqual(['head', 'done']);
	});

	test('is read before a failure behind it is told', async () => {
		const { exchange, told } = answered(bytes);
		exchange.receiveFailure(new NativeError({ code: 'ERR_CONNECTION', phase: 'body' }));
		expect(told).toEqual(['head']);
		expect(exchange.takeBufferedAscii()).toBeUndefined();
		await expect(exchange.read().then((body) => Buffer.from(body ?? []))).resolves.toEqual(bytes);
	});

	test('is gone once it was given up', () => {
		for (const giveUp of ['discard', 'abort'] as const) {
			const { exchange, told, deliverEnd } = answered(bytes);
			deliverEnd();
			exchange[giveUp]();
			expect(told).toEqual(['head', giveUp === 'abort' ? 'ERR_ABORTED' : 'done']);
			expect(exchange.takeBufferedAscii()).toBeUndefined();
			expect(exchange.takeBufferedBody()).toBeUndefined();
		}
	});
});
