import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { startNodeServer, startStage } from './support.ts';

describe.each(['chrome', 'firefox'] as const)('the package ws over the agent of %s', (browser) => {
	test('sends the handshake of the browser over HTTP/1.1, and messages both ways', async () => {
		await using stage = await startStage(undefined, { session: { browser } });
		const socket = new WebSocket(`${stage.mirror.url.replace('https', 'wss')}/ws`, ['chat'], {
			agent: stage.agent,
			origin: 'https://page.example',
		});
		await once(socket, 'open');
		socket.send('text');
		expect(String((await once(socket, 'message'))[0])).toBe('text');
		const big = Buffer.alloc(3_000_000, 5);
		socket.send(big);
		expect(big.equals((await once(socket, 'message'))[0] as Buffer)).toBe(true);
		expect(socket.protocol).toBe('chat');
		socket.close(1000);
		expect((await once(socket, 'close'))[0]).toBe(1000);
		const [seen] = stage.mirror.requests;
		const fields = Object.fromEntries((seen?.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]));
		expect(seen?.protocol).toBe('http/1.1');
		expect(fields).toMatchObject({
			upgrade: 'websocket',
			connection: expect.stringContaining('Upgrade'),
			origin: 'https://page.example',
			'sec-websocket-version': '13',
			'sec-websocket-protocol': 'chat',
			'sec-websocket-extensions': expect.stringContaining('permessage-deflate'),
			'user-agent': expect.stringMatching(/^Mozilla/),
			'cache-control': 'no-cache',
			pragma: 'no-cache',
		});
		const list = (seen?.headers ?? []).map(([name]) => name.toLowerCase());
		expect(new Set(list).size).toBe(list.length);
	});
});

describe('the package ws', () => {
	test('has its user ask who the server is before the handshake goes out', async () => {
		await using stage = await startStage();
		const refusal = new Error('not the one I know');
		// Its types have it say a boolean, which is not what Node makes of it.
		const checkServerIdentity = (() => refusal) as unknown as () => boolean;
		const url = `${stage.mirror.url.replace('https', 'wss')}/ws`;
		const socket = new WebSocket(url, { agent: stage.agent, checkServerIdentity });
		expect((await once(socket, 'error'))[0]).toBe(refusal);
		expect(stage.mirror.requests).toEqual([]);
	});

	test('compresses if it offered to, and is not answered with compression if it did not', async () => {
		await using stage = await startStage();
		await using plain = await startNodeServer((_request, response) => response.end());
		const sockets = new WebSocketServer({ server: plain.server, perMessageDeflate: true });
		sockets.on('connection', (peer) => peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary })));
		const seen: string[] = [];
		for (const perMessageDeflate of [true, false]) {
			const url = plain.url.replace('http', 'ws');
			const socket = new WebSocket(url, { agent: stage.agent, perMessageDeflate });
			await once(socket, 'open');
			socket.send('a'.repeat(5000));
			expect(String((await once(socket, 'message'))[0]).length).toBe(5000);
			seen.push(socket.extensions);
			socket.close();
			await once(socket, 'close');
		}
		expect(seen).toEqual([expect.stringContaining('permessage-deflate'), '']);
	});

	test('sees a refusal and a dead host as errors', async () => {
		await using stage = await startStage();
		const refused = new WebSocket(`${stage.mirror.url.replace('https', 'wss')}/status/403`, { agent: stage.agent });
		expect((await once(refused, 'error'))[0].message).toMatch(/403/);
		const dead = new WebSocket('ws://does-not-exist.invalid/', { agent: stage.agent });
		expect((await once(dead, 'error'))[0].code).toMatch(/ENOTFOUND|EAI_AGAIN/);
	});

	test('terminate() ends the connection at once', async () => {
		await using stage = await startStage();
		const socket = new WebSocket(`${stage.mirror.url.replace('https', 'wss')}/ws`, { agent: stage.agent });
		await once(socket, 'open');
		socket.terminate();
		expect((await once(socket, 'close'))[0]).toBe(1006);
	});
});
