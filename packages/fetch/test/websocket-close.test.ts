import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { sharedAuthority } from '@wiretwin/mirror';
import { getProfile } from '@wiretwin/profiles';
import { describe, expect, it } from 'vitest';
import { createSession, WebSocket } from '../src/index.ts';
import { closingAfter } from './support/close-times.ts';
import { startHttp2SocketPeer } from './support/http2-socket-peer.ts';
import { www } from './support/site.ts';
import { frame, startSocketPeer } from './support/socket-peer.ts';
import { ending } from './support/sockets.ts';

const megabyte = Buffer.alloc(1024 * 1024, 'x');
/** Longer than what these sockets wait for an answer. */
const longWait = 2_400;
/** Long enough for a server on a busy machine to read what the system holds of twenty megabytes. */
const answerMs = 2_000;
/** For peers that never answer. */
const soon = 40;

function sendAll(socket: WebSocket): void {
	for (let count = 0; count < 20; count++) socket.send(megabyte);
	socket.close(1000);
}

describe('W03 the time for an answer begins when the close frame is written', () => {
	it.concurrent('over HTTP/1.1: a server that reads late gets all and the socket closes clean', async () => {
		const accepted = Promise.withResolvers<Socket>();
		await using peer = await startSocketPeer({
			afterAnswer: (socket) => accepted.resolve(socket.pause()),
			onFrame: ({ opcode, payload }, socket) => void (opcode === 8 && socket.write(frame(0x88, payload))),
		});
		const socket = new WebSocket(peer.url, { browser: closingAfter('chrome_156', answerMs), perMessageDeflate: false });
		const ended = ending(socket);
		await once(socket, 'open');
		sendAll(socket);
		const server = await accepted.promise;
		await wait(longWait);
		expect(socket.bufferedAmount).toBeGreaterThan(0);
		server.resume();
		expect(await ended).toMatchObject({ code: 1000, wasClean: true });
		expect(peer.frames.filter(({ opcode }) => opcode === 2)).toHaveLength(20);
	});

	it.concurrent('in a stream of HTTP/2', async () => {
		const opened = Promise.withResolvers<ServerHttp2Stream>();
		await using peer = await startHttp2SocketPeer({
			onConnect: (stream) => {
				stream.respond({ ':status': 200 });
				opened.resolve(stream);
			},
		});
		const ca = sharedAuthority().caPem;
		const browser = closingAfter('chrome_156', answerMs);
		await using session = createSession({ browser, ca, resolve: { [www]: `127.0.0.1:${peer.port}` } });
		await (await session.fetch(`https://${www}/`)).text();
		const socket = new WebSocket(`wss://${www}/ws`, { session, perMessageDeflate: false });
		const ended = ending(socket);
		await once(socket, 'open');
		sendAll(socket);
		const stream = await opened.promise;
		await wait(longWait);
		expect(socket.bufferedAmount).toBeGreaterThan(0);
		let bytes = 0;
		stream.on('data', (data: Buffer) => {
			bytes += data.length;
		});
		stream.on('end', () => stream.end(frame(0x88, Buffer.from([3, 232]))));
		expect(await ended).toMatchObject({ code: 1000, wasClean: true });
		expect(bytes).toBe(20 * (megabyte.length + 14) + 8);
	});

	it('and ends a socket whose peer stays silent after it, or keeps the connection after its own close frame', async () => {
		for (const answers of [false, true]) {
			await using peer = await startSocketPeer({
				ignoresClose: true,
				onFrame: ({ payload }, socket) => void (answers && socket.write(frame(0x88, payload))),
			});
			const browser = closingAfter('chrome_156', answers ? 600_000 : soon, soon);
			const socket = new WebSocket(peer.url, { browser });
			await once(socket, 'open');
			socket.close(4000);
			const end = answers ? { code: 4000, wasClean: true } : { code: 1006, wasClean: false, error: undefined };
			expect(await ending(socket)).toMatchObject(end);
		}
	});
});

it('W03 Firefox waits for 20 s and 1 s, Chromium by the default for 60 s and 2 s (measured)', () => {
	expect(getProfile('firefox_153').document.headers.webSocketClose).toEqual({ answerMs: 20_000, endMs: 1_000 });
	expect(getProfile('chrome_156').document.headers.webSocketClose).toBeUndefined();
});
