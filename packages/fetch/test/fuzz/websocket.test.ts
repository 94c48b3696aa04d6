/** WebSocket frames of a server, and what a handshake agrees on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SocketFailure } from '../../src/websocket/failure.ts';
import { FrameReader, type Incoming } from '../../src/websocket/frame-reader.ts';
import { encodeFrame } from '../../src/websocket/frame-writer.ts';
import { MessageDeflate, readDeflateTerms } from '../../src/websocket/message-deflate.ts';
import { holds, holdsLater, latin1, limit } from './holds.ts';

const maxMessage = 2_000;

/** A server's frame, by RFC 6455 5.2 and not by our writer. */
function frame(fin: boolean, kind: number, payload: Uint8Array, first = 0): Buffer {
	const { length } = payload;
	const size =
		length > 65_535
			? [127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255]
			: length > 125
				? [126, length >> 8, length & 255]
				: [length];
	return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | first | kind, ...size]), payload]);
}

/** What a reader makes of it, cut at the places; the last is the close code of a failure. */
function read(bytes: Uint8Array, cuts: readonly number[], compression: boolean): Array<Incoming | number> {
	const reader = new FrameReader(maxMessage, compression);
	const told: Array<Incoming | number> = [];
	const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
	let from = 0;
	try {
		for (const place of places) {
			for (const incoming of reader.receive(bytes.subarray(from, place))) told.push(incoming);
			from = place;
		}
	} catch (error) {
		if (!(error instanceof SocketFailure)) throw error;
		told.push(error.closeCode);
	}
	return told;
}

const cuts = fc.array(fc.nat(5_000), { maxLength: 8 });
const payload = fc.uint8Array({ maxLength: 300 });
const message = fc.record({
	pieces: fc.array(payload, { minLength: 1, maxLength: 4 }),
	pings: fc.array(fc.uint8Array({ maxLength: 125 }), { maxLength: 3 }),
});

describe('frames', () => {
	it('messages in fragments, with control frames between, are put together however they are cut', {
		timeout: limit ?? 120_000,
	}, () => {
		holds(
			fc.property(fc.array(message, { maxLength: 5 }), cuts, (messages, places) => {
				const frames: Buffer[] = [];
				const expected: Incoming[] = [];
				for (const { pieces, pings } of messages) {
					pieces.forEach((piece, index) => {
						frames.push(frame(index === pieces.length - 1, index === 0 ? 2 : 0, piece));
						const ping = pings[index];
						if (ping === undefined || index === pieces.length - 1) return;
						frames.push(frame(true, index % 2 === 0 ? 9 : 10, ping));
						expected.push({ type: index % 2 === 0 ? 'ping' : 'pong', payload: Buffer.from(ping) });
					});
					expected.push({ type: 'message', isText: false, isCompressed: false, payload: Buffer.concat(pieces) });
				}
				expect(read(Buffer.concat(frames), places, false)).toEqual(expected);
			}) as never,
			300,
		);
	});

	it('any bytes end in messages and one failure at most, and the cut decides nothing', {
		timeout: limit ?? 120_000,
	}, () => {
		const piece = fc.oneof(
			payload.map((bytes) => Buffer.from(bytes)),
			fc
				.tuple(fc.boolean(), fc.nat(15), payload, fc.constantFrom(0, 0, 0, 0x40, 0x20, 0x10))
				.map(([fin, kind, bytes, first]) => frame(fin, kind, bytes, first)),
			fc.tuple(fc.nat(65_535), latin1(20)).map(([code, reason]) => {
				return frame(true, 8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason, 'latin1')]));
			}),
			fc
				.constantFrom([0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255], [0x82, 126, 0, 5], [0x82, 0x80])
				.map((bytes) => Buffer.from(bytes)),
		);
		holds(
			fc.property(fc.array(piece, { maxLength: 8 }), cuts, fc.boolean(), (pieces, places, compression) => {
				const bytes = Buffer.concat(pieces);
				const whole = read(bytes, [], compression);
				expect(read(bytes, places, compression)).toEqual(whole);
				for (const [index, told] of whole.entries()) {
					if (typeof told === 'number')
						expect([index, [1002, 1007, 1009].includes(told)]).toEqual([whole.length - 1, true]);
					else if (told.type === 'message') expect(told.payload.length).toBeLessThanOrEqual(maxMessage);
					else if (told.type === 'close') expect(told.code).toBeGreaterThanOrEqual(1000);
				}
			}) as never,
			500,
		);
	});

	it('what we write is masked, and is what was meant', { timeout: limit ?? 120_000 }, () => {
		holds(
			fc.property(fc.constantFrom(1, 2, 8, 9), fc.uint8Array({ maxLength: 70_000, size: 'max' }), (kind, bytes) => {
				const out = encodeFrame(kind, bytes);
				const start = bytes.length > 65_535 ? 10 : bytes.length > 125 ? 4 : 2;
				expect((out[1] as number) & 0x80).toBe(0x80);
				const mask = out.subarray(start, start + 4);
				const plain = Buffer.from(out.subarray(start + 4).map((byte, index) => byte ^ (mask[index & 3] as number)));
				const header = Buffer.from(out.subarray(0, start));
				header[1] = (header[1] as number) & 0x7f;
				expect(Buffer.concat([header, plain]).equals(frame(true, kind, bytes))).toBe(true);
			}) as never,
			50,
		);
	});
});

describe('compression', () => {
	const terms = fc.record({
		serverWindowBits: fc.integer({ min: 9, max: 15 }),
		clientWindowBits: fc.integer({ min: 9, max: 15 }),
		serverKeepsContext: fc.boolean(),
		clientKeepsContext: fc.boolean(),
	});

	it('inflates what it is given or fails with a close code, within the limit', {
		timeout: limit ?? 120_000,
	}, async () => {
		await holdsLater(
			fc.asyncProperty(terms, fc.array(payload, { maxLength: 4 }), fc.boolean(), async (agreed, messages, valid) => {
				const same = {
					...agreed,
					serverWindowBits: agreed.clientWindowBits,
					serverKeepsContext: agreed.clientKeepsContext,
				};
				const own = new MessageDeflate(same, maxMessage);
				for (const bytes of messages) {
					try {
						const sent = valid ? await own.deflate(bytes) : Buffer.from(bytes);
						const back = await own.inflate(sent, false);
						expect(back.length).toBeLessThanOrEqual(maxMessage);
						if (valid) expect(back.equals(bytes)).toBe(true);
					} catch (error) {
						if (valid || !(error instanceof SocketFailure)) throw error;
						expect([1007, 1009]).toContain(error.closeCode);
						break;
					}
				}
				own.close();
			}) as never,
		);
	});

	it('terms are those that were offered, or a failure', { timeout: limit ?? 120_000 }, () => {
		const key = fc.constantFrom(
			'permessage-deflate',
			'client_max_window_bits',
			'server_max_window_bits=',
			'server_no_context_takeover',
			'=8',
			'=15',
			'"',
			';',
			' ',
			',',
			'10',
			'__proto__',
		);
		const answer = fc.oneof(
			fc.array(key, { maxLength: 8 }).map((parts) => parts.join('')),
			fc.array(key, { maxLength: 5 }).map((parts) => parts.join('; ')),
			latin1(),
		);
		holds(
			fc.property(
				answer,
				fc.option(fc.constantFrom('permessage-deflate', 'permessage-deflate; client_max_window_bits'), {
					nil: undefined,
				}),
				(text, offered) => {
					try {
						const agreed = readDeflateTerms(text, offered);
						if (agreed === undefined) return;
						expect(offered).toBeDefined();
						for (const bits of [agreed.serverWindowBits, agreed.clientWindowBits])
							expect([8, 9, 10, 11, 12, 13, 14, 15]).toContain(bits);
					} catch (error) {
						if (!(error instanceof SocketFailure)) throw error;
					}
				},
			) as never,
		);
	});
});
