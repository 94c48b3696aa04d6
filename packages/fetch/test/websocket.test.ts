import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import chromiumCapture from '../../profiles/captures/chromium-156-linux.json' with { type: 'json' };
import firefoxCapture from '../../profiles/captures/firefox-153-linux.json' with { type: 'json' };
import { createSession, WebSocket, type WebSocketOptions } from '../src/index.ts';
import { field, startSite, www } from './support/site.ts';
import { startSocketPeer } from './support/socket-peer.ts';
import { ending, message } from './support/sockets.ts';
import { startSocksPeer } from './support/socks-peer.ts';

type Heads = { requests_http1: { [key: string]: { raw_head?: string } } };

const captures = [
	{ browser: 'chromium_156', capture: chromiumCapture as unknown as Heads },
	{ browser: 'firefox_153', capture: firefoxCapture as unknown as Heads },
] as const;

const withoutKey = (head: string | undefined) => head?.replace(/(Sec-WebSocket-Key: )[A-Za-z0-9+/]{22}==/, '$1<key>');

describe.each(captures)('the handshake of $browser', ({ browser, capture }) => {
	it.each([
		['websocket:/t/ws', undefined],
		['websocket:/t/ws-protocols', ['chat', 'superchat']],
	] as const)('equals the capture byte for byte: %s', async (key, protocols) => {
		await using peer = await startSocketPeer({
			tls: true,
			answer: protocols ? ['Sec-WebSocket-Protocol: superchat'] : [],
		});
		await using site = await startSite();
		const url = `wss://${www}/${key.slice('websocket:/'.length)}`;
		const session = createSession({
			browser,
			os: 'linux',
			ca: site.mirror.caPem,
			resolve: { [www]: [`127.0.0.1:${peer.port}`] },
		});
		for (const [name, value] of [
			['sid', '0123456789abcdef'],
			['theme', 'dark'],
			['_ga', 'GA1.1.1234567890.1700000000'],
			['x3', '1'],
		] as const) {
			session.setCookie(name, value, `https://${www}/`);
		}
		const socket = new WebSocket(url, protocols, { session });
		await once(socket, 'open');
		expect(withoutKey(peer.heads[0])).toBe(withoutKey(capture.requests_http1[key]?.raw_head));
		expect(peer.heads[0]).toMatch(/Sec-WebSocket-Key: [A-Za-z0-9+/]{22}==/);
		expect(socket.protocol).toBe(protocols ? 'superchat' : '');
		await session.close();
	});
});

describe('a session and its sockets', () => {
	it.each(['chrome', 'firefox'])('%s: cookies both ways, messages through the mirror, a clean end', async (browser) => {
		await using site = await startSite();
		const session = site.session({ browser });
		await (await session.fetch(site.at('/set-cookie?a=1'))).text();
		session.setCookie('token', 'secret', site.at('/'));
		const socket = new WebSocket(site.at('/ws').replace('https', 'wss'), ['chat'], { session });
		expect([socket.readyState, socket.protocol]).toEqual([WebSocket.CONNECTING, '']);
		await once(socket, 'open');
		expect([socket.readyState, socket.protocol, socket.extensions]).toEqual([WebSocket.OPEN, 'chat', '']);
		expect(field(site.mirror.requests.at(-1), 'cookie')).toContain('token=secret');
		socket.send('grüße');
		expect(await message(socket)).toBe('grüße');
		socket.binaryType = 'arraybuffer';
		socket.send(new Uint8Array([1, 2, 3]));
		expect(new Uint8Array((await message(socket)) as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 3]));
		const end = ending(socket);
		socket.close(3001, 'enough');
		expect(await end).toEqual({ code: 3001, reason: 'enough', wasClean: true, error: undefined });
		expect(socket.readyState).toBe(WebSocket.CLOSED);
	});
	it('stores cookies of the handshake', async () => {
		await using peer = await startSocketPeer({ answer: ['Set-Cookie: ticket=42'] });
		await using session = createSession();
		const socket = new WebSocket(peer.url, { session });
		await once(socket, 'open');
		expect(session.getCookies(peer.url.replace('ws', 'http'))).toEqual({ ticket: '42' });
	});
	it('defaultHeaders and headers are sent, and lookup is asked', async () => {
		await using peer = await startSocketPeer();
		const asked: string[] = [];
		await using session = createSession({
			defaultHeaders: { authorization: 'Bearer x' },
			lookup: (host, _options, done) => {
				asked.push(host);
				done(null, [{ address: '127.0.0.1', family: 4 }]);
			},
		});
		const url = `ws://live.example:${peer.port}/`;
		const socket = new WebSocket(url, { session, headers: { 'X-Client': '7' }, origin: 'https://page.example' });
		await once(socket, 'open');
		expect(asked).toEqual(['live.example']);
		expect(peer.heads[0]).toMatch(/\r\nauthorization: Bearer x\r\n/i);
		expect(peer.heads[0]).toMatch(/\r\nX-Client: 7\r\n/);
		expect(peer.heads[0]).toMatch(/\r\nOrigin: https:\/\/page\.example\r\n/);
	});
	it('C05 closing the session ends its sockets', async () => {
		await using peer = await startSocketPeer();
		const session = createSession();
		const socket = new WebSocket(peer.url, { session });
		await once(socket, 'open');
		const end = ending(socket);
		await session.close();
		expect(await end).toMatchObject({ code: 1006, wasClean: false, error: { code: 'ERR_SESSION_CLOSED' } });
		expect(await ending(new WebSocket(peer.url, { session }))).toMatchObject({ error: { code: 'ERR_SESSION_CLOSED' } });
	});
	it('goes through the proxy of the session', async () => {
		await using site = await startSite();
		await using proxy = await startSocksPeer(site.mirror.port);
		const session = site.session({ proxy: `socks5h://127.0.0.1:${proxy.port}` });
		const socket = new WebSocket(site.at('/ws'), { session });
		await once(socket, 'open');
		socket.send('behind');
		expect(await message(socket)).toBe('behind');
		expect(proxy.asked).toMatchObject([{ kind: 'name', host: www }]);
	});
	it('more sockets to one host than a browser opens HTTP/1.1 connections', async () => {
		await using peer = await startSocketPeer();
		await using session = createSession();
		const sockets = Array.from({ length: 12 }, () => new WebSocket(peer.url, { session }));
		await Promise.all(sockets.map((socket) => once(socket, 'open')));
		expect(peer.heads).toHaveLength(12);
	});
});

describe('against the server of the package ws', () => {
	it.each([
		['no compression', false, {}],
		['compression', true, {}],
		['compression without context takeover', { serverNoContextTakeover: true, clientNoContextTakeover: true }, {}],
		['small windows', { serverMaxWindowBits: 9, clientMaxWindowBits: 9 }, {}],
		['a client window that zlib cannot make', { clientMaxWindowBits: 8 }, {}],
		['compression not offered', true, { perMessageDeflate: false }],
	])('%s: messages of all sizes and kinds come back as they were', async (_name, perMessageDeflate, options) => {
		const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate });
		await once(server, 'listening');
		server.on('connection', (peer) => peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary })));
		const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
		socket.binaryType = 'arraybuffer';
		await once(socket, 'open');
		expect(socket.extensions !== '').toBe(perMessageDeflate !== false && !('perMessageDeflate' in options));
		const received: unknown[] = [];
		const all = Promise.withResolvers<void>();
		const sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000];
		socket.onmessage = ({ data }) => {
			received.push(typeof data === 'string' ? data : Buffer.from(data));
			if (received.length === 2 * sizes.length + 1) all.resolve();
		};
		for (const size of sizes) {
			socket.send('ab'.repeat(size / 2) + (size % 2 === 1 ? 'c' : ''));
			socket.send(Buffer.alloc(size, 7));
		}
		socket.send(new Blob(['of a blob']));
		expect(socket.bufferedAmount).toBeGreaterThan(0);
		await all.promise;
		const expected = sizes.flatMap((size) => [
			'ab'.repeat(size / 2) + (size % 2 === 1 ? 'c' : ''),
			Buffer.alloc(size, 7),
		]);
		expect(received).toEqual([...expected, Buffer.from('of a blob')]);
		expect(socket.bufferedAmount).toBe(0);
		const end = ending(socket);
		socket.close();
		expect(await end).toMatchObject({ code: 1005, wasClean: true });
		server.close();
	});
	it('answers pings, and shows the close code and reason of the server', async () => {
		const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
		await once(server, 'listening');
		const pong = Promise.withResolvers<string>();
		server.on('connection', (peer) => {
			peer.on('pong', (data) => {
				pong.resolve(String(data));
				peer.close(4000, 'over');
			});
			peer.ping('are you there');
		});
		const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
		expect(await ending(socket)).toMatchObject({ code: 4000, reason: 'over', wasClean: true });
		expect(await pong.promise).toBe('are you there');
		server.close();
	});
});

describe('the WebSocket of the standard', () => {
	it.each([
		['nonsense', undefined, 'SyntaxError'],
		['ftp://x.example/', undefined, 'SyntaxError'],
		['wss://x.example/#part', undefined, 'SyntaxError'],
		['wss://x.example/', 'not a token', 'SyntaxError'],
		['wss://x.example/', ['a', 'a'], 'SyntaxError'],
		['wss://x.example/', { headers: { 'Sec-WebSocket-Key': 'x' } }, 'InvalidArgumentError'],
		['wss://x.example/', { unknown: 1 } as WebSocketOptions, 'InvalidArgumentError'],
	])('refuses %s with %j', (url, second, name) => {
		expect(() => new WebSocket(url, second)).toThrow(expect.objectContaining({ name }));
	});
	it('https becomes wss; send before open and wrong close codes throw; close before open fails', async () => {
		await using site = await startSite();
		const socket = new WebSocket(site.at('/ws'), { session: site.session() });
		expect(socket.url).toBe(site.at('/ws').replace('https', 'wss'));
		expect(() => socket.send('x')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
		expect(() => socket.close(1001)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }));
		expect(() => socket.close(1000, 'x'.repeat(124))).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
		const end = ending(socket);
		socket.close();
		expect(socket.readyState).toBe(WebSocket.CLOSING);
		expect(await end).toMatchObject({ code: 1006, wasClean: false });
		socket.send('into the void');
		expect(socket.bufferedAmount).toBe(13);
	});
	it('handler properties are read back, replaced and removed', async () => {
		await using peer = await startSocketPeer({ afterAnswer: (socket) => socket.end(Buffer.from([0x88, 0])) });
		const socket = new WebSocket(peer.url);
		expect(socket.onclose).toBeNull();
		socket.onopen = () => expect.unreachable('replaced');
		const opened = Promise.withResolvers<void>();
		const handler = () => opened.resolve();
		socket.onopen = handler;
		expect(socket.onopen).toBe(handler);
		await opened.promise;
		expect(await ending(socket)).toMatchObject({ code: 1005, wasClean: true });
	});
	it('signal and timeout give the handshake up', async () => {
		await using peer = await startSocketPeer({ raw: () => '' });
		const abort = new AbortController();
		const socket = new WebSocket(peer.url, { signal: abort.signal });
		const end = ending(socket);
		abort.abort(new Error('changed my mind'));
		expect((await end).error).toMatchObject({ message: 'changed my mind' });
		const late = new WebSocket(peer.url, { timeout: 50 });
		expect((await ending(late)).error).toMatchObject({ code: 'ERR_TIMEOUT_TOTAL', limitMs: 50 });
	});
});
