import { once } from 'node:events';
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { WebSocket, type WebSocketOptions } from '../src/index.ts';
import { bigEndian, frame, type SocketScript, startSocketPeer } from './support/socket-peer.ts';
import { ending, message } from './support/sockets.ts';

const deflate = 'Sec-WebSocket-Extensions: permessage-deflate';

/** A compressed message as it stands in a frame. */
function compressed(data: Uint8Array | string): Buffer {
	return deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** 4 GiB of zeros, deflated by a stream so that the test does not hold them. */
async function bomb(): Promise<Buffer> {
	const stream = createDeflateRaw({ level: 9 });
	const pieces: Buffer[] = [];
	stream.on('data', (piece: Buffer) => pieces.push(piece));
	const zeros = Buffer.alloc(1024 * 1024);
	for (let count = 0; count < 256; count++) if (!stream.write(zeros)) await once(stream, 'drain');
	await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, () => resolve()));
	stream.close();
	return Buffer.concat(pieces).subarray(0, -4);
}

async function endingWith(bytes: Uint8Array | readonly Uint8Array[], script: SocketScript = {}, more = {}) {
	await using peer = await startSocketPeer({
		...script,
		afterAnswer: (socket) => {
			for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) socket.write(piece);
		},
	});
	const messages: unknown[] = [];
	const socket = new WebSocket(peer.url, { maxMessageBytes: 1_000_000, ...more } as WebSocketOptions);
	socket.onmessage = ({ data }) => messages.push(data);
	const end = ending(socket);
	const sent = await peer.closeCode;
	return { ...(await end), sent, messages };
}

describe('W01 what a server may not send', () => {
	it.each<[string, Buffer, number, string?]>([
		['a masked frame', frame(0x81, 'x', true), 1002],
		['reserved bits', frame(0xa1, 'x'), 1002],
		['RSV1 without an agreed extension', frame(0xc1, 'x'), 1002],
		['an unknown data opcode', frame(0x83, 'x'), 1002],
		['an unknown control opcode', frame(0x8b, 'x'), 1002],
		['a ping in fragments', frame(0x09, 'x'), 1002],
		['a ping of 126 bytes', frame(0x89, Buffer.alloc(126)), 1002],
		['a continuation of nothing', frame(0x80, 'x'), 1002],
		['a message inside another', Buffer.concat([frame(0x01, 'x'), frame(0x81, 'y')]), 1002],
		['half a close code', frame(0x88, Buffer.from([3])), 1002],
		['close code 1005', frame(0x88, Buffer.from([3, 0xed])), 1002],
		['close code 2999', frame(0x88, Buffer.from([11, 183])), 1002],
		['a reason that is not UTF-8', frame(0x88, Buffer.from([3, 0xe8, 0xff])), 1007, 'ERR_WS_DATA'],
		['text that is not UTF-8', frame(0x81, Buffer.from([0xc0, 0x80])), 1007, 'ERR_WS_DATA'],
		['a length of 2^63', Buffer.concat([Buffer.from([0x82, 127]), bigEndian(1n << 63n)]), 1002],
		[
			'a length of 2^63 - 1',
			Buffer.concat([Buffer.from([0x82, 127]), bigEndian((1n << 63n) - 1n)]),
			1009,
			'ERR_WS_TOO_LARGE',
		],
		['a length in more bytes than needed', Buffer.from([0x82, 126, 0, 1, 65]), 1002],
		['a message above the limit', frame(0x82, Buffer.alloc(1_000_001)), 1009, 'ERR_WS_TOO_LARGE'],
	])('%s ends in its close code', async (_name, bytes, code, error = 'ERR_WS_PROTOCOL') => {
		const end = await endingWith(bytes);
		expect(end).toMatchObject({ sent: code, code: 1006, wasClean: false, error: { code: error }, messages: [] });
	});

	it('fragments that add up above the limit', async () => {
		const pieces = [frame(0x02, Buffer.alloc(600_000)), frame(0x80, Buffer.alloc(600_000))];
		expect(await endingWith(pieces)).toMatchObject({ sent: 1009, error: { code: 'ERR_WS_TOO_LARGE' } });
	});

	it('a million fragments are one message and cost no more than its bytes', async () => {
		const pieces = Buffer.concat([
			frame(0x02, 'x'),
			Buffer.from('\x00\x01x'.repeat(499_999), 'latin1'),
			Buffer.from('\x00\x00'.repeat(500_000), 'latin1'),
			frame(0x80),
			frame(0x88),
		]);
		const { messages, wasClean } = await endingWith(pieces);
		expect(wasClean).toBe(true);
		expect((messages[0] as Blob).size).toBe(500_000);
	});

	it('frames cut anywhere are the same frames', async () => {
		const whole = Buffer.concat([
			frame(0x01, 'grü'),
			frame(0x89, 'p'),
			frame(0x80, 'ße'),
			frame(0x88, Buffer.from([15, 160])),
		]);
		const script: SocketScript = {
			afterAnswer: (socket) => {
				socket.setNoDelay(true);
				for (const byte of whole) socket.write(Buffer.from([byte]));
			},
		};
		await using peer = await startSocketPeer(script);
		const socket = new WebSocket(peer.url);
		const end = ending(socket);
		expect(await message(socket)).toBe('grüße');
		expect(await end).toMatchObject({ code: 4000, wasClean: true });
		expect(peer.frames.filter(({ opcode }) => opcode === 10).map(({ payload }) => String(payload))).toEqual(['p']);
		expect(peer.frames.every(({ masked }) => masked)).toBe(true);
	});
});

describe('W01 permessage-deflate', () => {
	it('a bomb costs no more than the limit', async () => {
		const before = process.memoryUsage().rss;
		const end = await endingWith(frame(0xc2, await bomb()), { answer: [deflate] });
		expect(end).toMatchObject({ sent: 1009, error: { code: 'ERR_WS_TOO_LARGE' }, messages: [] });
		expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
	});
	it('data that is none', async () => {
		const end = await endingWith(frame(0xc2, Buffer.from('ffffff', 'hex')), { answer: [deflate] });
		expect(end).toMatchObject({ sent: 1007, error: { code: 'ERR_WS_DATA' } });
	});
	it('text that is not UTF-8 once inflated', async () => {
		const end = await endingWith(frame(0xc1, compressed(Buffer.from([0xff]))), { answer: [deflate] });
		expect(end).toMatchObject({ sent: 1007, error: { code: 'ERR_WS_DATA' } });
	});
	it.each([
		['a continuation marked as compressed', Buffer.concat([frame(0x41, 'x'), frame(0xc0, 'x')])],
		['a compressed ping', frame(0xc9, 'x')],
	])('%s', async (_name, bytes) => {
		expect(await endingWith(bytes, { answer: [deflate] })).toMatchObject({ sent: 1002 });
	});
	it('a final block, and what follows it', async () => {
		const final = deflateRawSync('one');
		const { messages } = await endingWith(
			[frame(0xc1, Buffer.concat([final, Buffer.alloc(1)])), frame(0xc1, compressed('two')), frame(0x88)],
			{ answer: [deflate] },
		);
		expect(messages).toEqual(['one', 'two']);
	});
	it.each([
		'permessage-deflate; server_max_window_bits=0',
		'permessage-deflate; server_max_window_bits=7',
		'permessage-deflate; server_max_window_bits=16',
		'permessage-deflate; server_max_window_bits',
		'permessage-deflate; client_max_window_bits=99',
		'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
		'permessage-deflate; unheard_of',
		'permessage-deflate, permessage-deflate',
		'permessage-bzip2',
	])('refuses the answer %s', async (extension) => {
		await using peer = await startSocketPeer({ answer: [`Sec-WebSocket-Extensions: ${extension}`] });
		expect(await ending(new WebSocket(peer.url))).toMatchObject({ code: 1006, error: { code: 'ERR_WS_HANDSHAKE' } });
	});
	it('refuses what this browser did not offer', async () => {
		const extension = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12';
		await using peer = await startSocketPeer({ answer: [extension] });
		const firefox = new WebSocket(peer.url, { browser: 'firefox' });
		expect(await ending(firefox)).toMatchObject({ error: { code: 'ERR_WS_HANDSHAKE' } });
		const chrome = new WebSocket(peer.url, { browser: 'chrome' });
		await once(chrome, 'open');
		chrome.close();
	});
});

describe('W01 answers that are no WebSocket', () => {
	const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
	it.each<[string, (accept: string) => string]>([
		['200', () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
		['302', () => 'HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'],
		['401', () => 'HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'],
		['a wrong accept', () => `${lines.join('\r\n')}\r\nSec-WebSocket-Accept: AAAA\r\n\r\n`],
		['two accepts', (accept) => `${lines.join('\r\n')}${`\r\nSec-WebSocket-Accept: ${accept}`.repeat(2)}\r\n\r\n`],
		[
			'a protocol nobody asked for',
			(accept) => `${lines.join('\r\n')}\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: x\r\n\r\n`,
		],
		[
			'another upgrade',
			(accept) => `${lines.join('\r\n').replace('websocket', 'h2c')}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
		],
	])('%s', async (_name, raw) => {
		await using peer = await startSocketPeer({ raw });
		const end = await ending(new WebSocket(peer.url));
		expect(end).toMatchObject({
			code: 1006,
			wasClean: false,
			error: { name: 'ProtocolError', code: 'ERR_WS_HANDSHAKE' },
		});
	});
	it('no answer to the wanted protocols', async () => {
		await using peer = await startSocketPeer();
		expect(await ending(new WebSocket(peer.url, 'chat'))).toMatchObject({ error: { code: 'ERR_WS_HANDSHAKE' } });
	});
});

describe('W01 ends', () => {
	it('a storm of close frames closes once', async () => {
		const storm = Buffer.concat(
			Array.from({ length: 10_000 }, (_, index) => frame(0x88, Buffer.from([15, 160 + (index % 2)]))),
		);
		await using peer = await startSocketPeer({ afterAnswer: (socket) => socket.write(storm) });
		const socket = new WebSocket(peer.url);
		let closes = 0;
		socket.addEventListener('close', () => closes++);
		expect(await ending(socket)).toMatchObject({ code: 4000, wasClean: true });
		expect(peer.frames.filter(({ opcode }) => opcode === 8)).toHaveLength(1);
		expect(closes).toBe(1);
	});
	it('close() called again and again sends one frame', async () => {
		await using peer = await startSocketPeer({ onFrame: ({ payload }, socket) => socket.end(frame(0x88, payload)) });
		const socket = new WebSocket(peer.url);
		await once(socket, 'open');
		for (let count = 0; count < 1000; count++) socket.close(4001);
		expect(await ending(socket)).toMatchObject({ code: 4001, wasClean: true });
		expect(peer.frames).toHaveLength(1);
	});
	it('the connection ends without a close frame', async () => {
		await using peer = await startSocketPeer({ afterAnswer: (socket) => socket.end() });
		expect(await ending(new WebSocket(peer.url))).toMatchObject({ code: 1006, wasClean: false });
	});
	it('the connection is reset', async () => {
		await using peer = await startSocketPeer({ afterAnswer: (socket) => socket.resetAndDestroy() });
		expect(await ending(new WebSocket(peer.url))).toMatchObject({ code: 1006, wasClean: false });
	});
	it('a flood of pings is answered without piling up answers', async () => {
		const flood = Buffer.concat([...Array.from({ length: 50_000 }, () => frame(0x89, 'ping')), frame(0x88)]);
		await using peer = await startSocketPeer({ afterAnswer: (socket) => socket.write(flood) });
		expect(await ending(new WebSocket(peer.url))).toMatchObject({ code: 1005, wasClean: true });
		expect(peer.frames.length).toBeLessThan(50_000);
	});
});
