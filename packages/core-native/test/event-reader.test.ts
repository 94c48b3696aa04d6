import { expect, test } from 'vitest';
import { EventReader } from '../src/event-reader.ts';
import type { Exchange } from '../src/exchange.ts';
import { event } from '../src/native-binding.ts';

/** One event of each kind, as binding/src/event.rs writes it. */
const packed: Record<Exclude<keyof typeof event, 'closed'>, Buffer> = {
	head: Buffer.concat([u16(200), Buffer.from([2, 3]), text('a\0b'), text('body')]),
	data: text('data'),
	filled: Buffer.alloc(8),
	end: text(',,,,,,,5'),
	failed: text('ERR_ABORTED\0body\0\0\0\0\x000\0'),
	informational: Buffer.concat([u16(103), text('a\0b')]),
	phase: text('sent'),
	writable: Buffer.alloc(8),
};

function u16(value: number): Buffer {
	return Buffer.from([value & 255, value >> 8]);
}

function text(value: string): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32LE(value.length);
	return Buffer.concat([length, Buffer.from(value, 'latin1')]);
}

function eventOf(kind: number, id: number, rest: Buffer): Buffer {
	const head = Buffer.alloc(5);
	head[0] = kind;
	head.writeUInt32LE(id, 1);
	return Buffer.concat([head, rest]);
}

for (const [name, rest] of Object.entries(packed)) {
	test(`an event "${name}" that nobody waits for is skipped whole`, () => {
		const first = eventOf(event[name as keyof typeof event], 1, rest);
		const bytes = Buffer.concat([first, eventOf(event.end, 2, packed.end)]);
		const reader = new EventReader(bytes);
		const ended: string[] = [];
		reader.begin(bytes.length, undefined);
		expect(reader.next()).toBe(true);
		reader.deliver(undefined);
		expect(reader.next()).toBe(true);
		expect(reader.id).toBe(2);
		reader.deliver({ receiveEnd: (timings: string) => ended.push(timings) } as unknown as Exchange);
		expect(reader.next()).toBe(false);
		expect(ended).toEqual([',,,,,,,5']);
	});
}

test('a head that comes apart from its body says how long that is', () => {
	const length = Buffer.alloc(8);
	length.writeDoubleLE(70_000);
	const bytes = eventOf(event.head, 1, Buffer.concat([u16(200), Buffer.from([2, 4]), length, text('a\0b'), text('')]));
	const reader = new EventReader(bytes);
	reader.begin(bytes.length, undefined);
	reader.next();
	const told: unknown[] = [];
	reader.deliver({ receiveHead: (...all: unknown[]) => told.push(...all.slice(2)) } as unknown as Exchange);
	expect(told).toEqual(['apart', 70_000]);
	expect(reader.next()).toBe(false);
});

test('an event of a kind that this version does not know is an error', () => {
	const bytes = eventOf(99, 1, Buffer.alloc(0));
	const reader = new EventReader(bytes);
	reader.begin(bytes.length, undefined);
	reader.next();
	expect(() => reader.deliver(undefined)).toThrow(expect.objectContaining({ code: 'ERR_INTERNAL' }) as Error);
});
