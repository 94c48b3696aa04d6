import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createSession, WebSocket, type WebSocketData } from '../src/index.ts';
import { startSocketPeer } from './support/socket-peer.ts';
import { ending } from './support/sockets.ts';

/** As Chromium 156 and Firefox ESR 153.8 answered, asked live. */
describe('the interface of WebSocket', () => {
	it('has the constants, names and lengths of browsers', () => {
		expect([
			WebSocket.name,
			WebSocket.length,
			WebSocket.prototype.send.length,
			WebSocket.prototype.close.length,
		]).toEqual(['WebSocket', 1, 1, 0]);
		expect(Object.keys(WebSocket)).toEqual(['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED']);
		for (const place of [WebSocket, WebSocket.prototype]) {
			const one = { value: 1, writable: false, enumerable: true, configurable: false };
			expect(Object.getOwnPropertyDescriptor(place, 'OPEN')).toEqual(one);
		}
		const names: string[] = [];
		for (const name in WebSocket.prototype) names.push(name);
		const members = 'url readyState bufferedAmount onopen onerror onclose extensions protocol onmessage binaryType';
		expect(names).toEqual(expect.arrayContaining([...members.split(' '), 'CLOSED', 'close', 'send']));
		expect(Object.prototype.toString.call(WebSocket.prototype)).toBe('[object WebSocket]');
		expect(() => new (WebSocket as unknown as new () => WebSocket)()).toThrow(TypeError);
	});

	it('has no property of its own, and keeps an object as handler', async () => {
		await using peer = await startSocketPeer();
		const socket = new WebSocket(peer.url);
		const closed = ending(socket);
		expect(Object.getOwnPropertyNames(socket)).toEqual([]);
		expect(Object.prototype.toString.call(socket)).toBe('[object WebSocket]');
		socket.onopen = {} as never;
		expect(typeof socket.onopen).toBe('object');
		socket.onopen = 5 as never;
		expect(socket.onopen).toBeNull();
		await once(socket, 'open');
		socket.close('1000' as never);
		await closed;
	});

	it('sends the text of whatever is no bytes', async () => {
		await using peer = await startSocketPeer();
		const socket = new WebSocket(peer.url, { perMessageDeflate: false });
		await once(socket, 'open');
		for (const value of [null, undefined, 5, {}]) socket.send(value as unknown as WebSocketData);
		expect(() => (socket.send as () => void)()).toThrow(TypeError);
		socket.close();
		await peer.closeCode;
		const texts = peer.frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => payload.toString());
		expect(texts).toEqual(['null', 'undefined', '5', '[object Object]']);
	});

	it('takes protocols that differ in case only, as both browsers do', async () => {
		const answer = ['Sec-WebSocket-Protocol: Chat'];
		await using peer = await startSocketPeer({ answer });
		const socket = new WebSocket(peer.url, ['chat', 'Chat']);
		await once(socket, 'open');
		expect(socket.protocol).toBe('Chat');
		socket.close();
	});

	it('gives the credentials of its URL to a server that asks for them, and to no other', async () => {
		for (const challenge of ['Basic realm="x"', 'Digest realm="x"', undefined]) {
			const heads: string[] = [];
			await using peer = await startSocketPeer({
				raw: (accept) => {
					const isFirst = heads.push(accept) === 1;
					if (isFirst && challenge) {
						return `HTTP/1.1 401 No\r\nWWW-Authenticate: ${challenge}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
					}
					return `HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
				},
			});
			await using session = createSession();
			const url = `ws://us%C3%A9r:p%40ss@127.0.0.1:${peer.port}/`;
			const socket = new WebSocket(url, { session });
			expect(socket.url).toBe(url);
			if (challenge?.startsWith('Digest')) {
				const end = await ending(socket);
				expect(end).toMatchObject({ error: { code: 'ERR_WS_HANDSHAKE' } });
				expect(String((end.error as Error).message)).not.toMatch(/p@ss|p%40ss/);
				expect(peer.heads).toHaveLength(1);
				continue;
			}
			const closed = ending(socket);
			await once(socket, 'open');
			expect(peer.heads[0]).not.toMatch(/authorization/i);
			expect(peer.heads).toHaveLength(challenge ? 2 : 1);
			if (challenge) expect(peer.heads[1]).toMatch(/\r\nauthorization: Basic dXPDqXI6cEBzcw==\r\n/i);
			socket.close();
			await closed;
		}
	});
});
