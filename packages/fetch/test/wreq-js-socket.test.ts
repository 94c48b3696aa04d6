/** WebSocket programs written for wreq-js 3.1 by its documentation. */
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSession, RequestError, WebSocket, websocket } from '../src/wreq-js/index.ts';
import { closedPort } from './support/closed-port.ts';
import { type NeighbourServer, startNeighbourServer } from './support/neighbour-server.ts';
import { ending } from './support/sockets.ts';

let server: NeighbourServer;
beforeAll(async () => {
	server = await startNeighbourServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const url = () => server.at('/socket').replace('http', 'ws');
const nextMessage = async (socket: WebSocket) => ((await once(socket, 'message')) as [MessageEvent])[0].data;

it('is open when the promise settles, and misses nothing that came with the handshake', async () => {
	const socket = await websocket(url(), { browser: 'chrome_142', headers: { Authorization: 'Bearer t' } });
	expect(socket.readyState).toBe(WebSocket.OPEN);
	const opened = once(socket, 'open');
	const hello = nextMessage(socket);
	await opened;
	const fields = JSON.parse(await hello);
	expect(fields).toMatchObject({ authorization: 'Bearer t', 'user-agent': expect.stringContaining('Chrome/142') });
	socket.send('grüße');
	expect(await nextMessage(socket)).toBe('grüße');
	for (const [type, check] of [
		['nodebuffer', Buffer.isBuffer],
		['arraybuffer', (data: unknown) => data instanceof ArrayBuffer],
		['blob', (data: unknown) => data instanceof Blob],
	] as const) {
		socket.binaryType = type;
		socket.send(Buffer.from([1, 2]));
		expect(check(await nextMessage(socket)), type).toBe(true);
	}
	const end = ending(socket);
	socket.close(1000, 'done');
	expect(await end).toMatchObject({ code: 1000, reason: 'done', wasClean: true });
	expect(() => socket.send('late')).toThrow(RequestError);
});

it('connects by itself with protocols, and tells by its handlers', async () => {
	const socket = new WebSocket(url(), ['chat', 'superchat'], { binaryType: 'arraybuffer' });
	expect([socket.readyState, socket.binaryType]).toEqual([WebSocket.CONNECTING, 'arraybuffer']);
	await new Promise<void>((resolve) => {
		socket.onopen = () => resolve();
	});
	expect(socket.protocol).toBe('superchat');
	const end = ending(socket);
	socket[Symbol.dispose]();
	expect((await end).wasClean).toBe(true);
});

it('has the cookies of its session, whose identity it cannot change', async () => {
	await using session = await createSession();
	session.setCookie('sid', '7', server.at('/'));
	const socket = await session.websocket(url());
	expect(JSON.parse(await nextMessage(socket)).cookie).toBe('sid=7');
	socket.close();
	await expect(session.websocket(url(), { browser: 'firefox' } as object)).rejects.toThrow(
		/"browser" is the session's/,
	);
});

it('takes the older form with callbacks', async () => {
	const heard = Promise.withResolvers<string>();
	const closed = Promise.withResolvers<number>();
	const socket = await websocket({
		url: url(),
		onMessage: (data) => heard.resolve(String(data)),
		onClose: ({ code }) => closed.resolve(code),
	});
	expect(await heard.promise).toContain('sec-websocket-key');
	socket.close(3001);
	expect(await closed.promise).toBe(3001);
});

it.each<[string, () => Promise<unknown> | unknown]>([
	['a server that is not there', async () => websocket(`ws://127.0.0.1:${await closedPort()}/`)],
	['a protocol in the headers', () => websocket(url(), { headers: { 'Sec-WebSocket-Protocol': 'a' } })],
	['a protocol twice', () => websocket(url(), { protocols: ['a', 'a'] })],
	['a scheme that is none', () => websocket('ftp://a/')],
	['a limit of nothing', () => websocket(url(), { maxMessageSize: 0 })],
	['a type of data that there is not', () => websocket(url(), { binaryType: 'x' as 'blob' })],
	['a text sent too early', () => new WebSocket(url()).send('early')],
])('%s is a RequestError', async (_, run) => {
	const error = await (async () => run())().catch((failure) => failure);
	expect(error).toBeInstanceOf(RequestError);
});
