import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { encodeServerFrame, type Handler, type MirrorOptions, sharedAuthority } from '@wiretwin/mirror';
import { describe, expect, it } from 'vitest';
import { createSession, type Profile, type Session, WebSocket } from '../src/index.ts';
import { closingAfter } from './support/close-times.ts';
import { type Http2SocketScript, startHttp2SocketPeer } from './support/http2-socket-peer.ts';
import { api, startSite, www } from './support/site.ts';
import { ending, message } from './support/sockets.ts';

const browsers = ['chrome_156', 'firefox_153'] as const;
const allowing: MirrorOptions = { http2: { settings: [[8, 1]] } };

async function startPeer(browser: string | Profile, script?: Http2SocketScript) {
	const peer = await startHttp2SocketPeer(script);
	const resolve = { [www]: `127.0.0.1:${peer.port}`, [api]: `127.0.0.1:${peer.port}` };
	const session = createSession({ browser, ca: sharedAuthority().caPem, resolve });
	const load = async () => (await session.fetch(`https://${www}/`)).text();
	return {
		...peer,
		session,
		load,
		async [Symbol.asyncDispose]() {
			await session.close();
			await peer[Symbol.asyncDispose]();
		},
	};
}

/** Responds, and ends the stream if there is a body. */
const answer = (head: OutgoingHttpHeaders, body?: string) => (stream: ServerHttp2Stream) => {
	stream.respond(head);
	if (body !== undefined) stream.end(body);
};

const open = (session: Session, host = www) => new WebSocket(`wss://${host}/ws`, ['chat'], { session });

describe.each(browsers)('%s and a server that allows extended CONNECT', (browser) => {
	it('a socket is a stream of the open connection, whose other requests go on', async () => {
		await using peer = await startPeer(browser, {
			onConnect: (stream) => {
				stream.respond({ ':status': 200, 'sec-websocket-protocol': 'chat' });
				stream.once('data', () =>
					stream.end(encodeServerFrame({ fin: true, rsv: 0, opcode: 1, payload: Buffer.from('hi') })),
				);
			},
		});
		await peer.load();
		const socket = open(peer.session);
		await once(socket, 'open');
		expect(socket.protocol).toBe('chat');
		const ended = ending(socket);
		const heard = message(socket);
		socket.send('hello');
		expect(await peer.load()).toBe('ok');
		expect(await heard).toBe('hi');
		expect(await ended).toMatchObject({ code: 1006, wasClean: false });
		expect(peer.protocols).toEqual(['h2']);
		expect(peer.handshakes).toMatchObject([
			{ ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'https', ':path': '/ws' },
		]);
		const names = Object.keys(peer.handshakes[0] ?? {});
		for (const name of ['sec-websocket-key', 'upgrade', 'connection', 'host']) expect(names).not.toContain(name);
	});

	it('compressed messages of all sizes come back, and the end is clean', async () => {
		await using peer = await startPeer(browser);
		await peer.load();
		const socket = new WebSocket(`wss://${www}/ws`, { session: peer.session });
		socket.binaryType = 'arraybuffer';
		await once(socket, 'open');
		expect(socket.extensions).toMatch(/^permessage-deflate/);
		const messages = [0, 1, 125, 126, 16_375, 65_535, 65_536, 1_000_000, 20_000_000].map((size) => randomBytes(size));
		for (const each of messages) socket.send(each);
		// Far more than the windows of both ends hold.
		expect(socket.bufferedAmount).toBeGreaterThan(20_000_000);
		for (const each of messages) {
			expect(Buffer.from((await message(socket)) as ArrayBuffer).equals(each)).toBe(true);
		}
		expect(socket.bufferedAmount).toBe(0);
		const ended = ending(socket);
		socket.close(3001, 'bye');
		expect(await ended).toEqual({ code: 3001, reason: 'bye', wasClean: true, error: undefined });
		expect(await peer.load()).toBe('ok');
		expect(peer.protocols).toEqual(['h2']);
	});

	it('another host of certificate and address goes over the same connection', async () => {
		await using peer = await startPeer(browser, { onConnect: (stream) => stream.respond({ ':status': 200 }) });
		await peer.load();
		const socket = new WebSocket(`wss://${api}/ws`, { session: peer.session, origin: `https://${www}` });
		await once(socket, 'open');
		expect(peer.protocols).toEqual(['h2']);
		expect(peer.handshakes[0]?.[':authority']).toBe(api);
	});

	it('C05 closing the session ends its sockets', async () => {
		await using peer = await startPeer(browser);
		await peer.load();
		const socket = new WebSocket(`wss://${www}/ws`, { session: peer.session });
		await once(socket, 'open');
		const ended = ending(socket);
		await peer.session.close();
		expect(await ended).toMatchObject({ code: 1006, wasClean: false });
	});
});

describe('without an open connection', () => {
	it.each([
		['chrome_156', ['http/1.1', 'http/1.1']],
		['firefox_153', ['h2']],
		['safari_26', ['http/1.1', 'http/1.1']],
	])('%s opens %j for two sockets', async (browser, protocols) => {
		await using peer = await startPeer(browser);
		for (let count = 0; count < 2; count++) {
			const socket = new WebSocket(`wss://${www}/ws`, { session: peer.session });
			await once(socket, 'open');
		}
		expect(peer.protocols).toEqual(protocols);
	});

	it('firefox_153 keeps the connection that does not allow sockets for other requests', async () => {
		await using peer = await startPeer('firefox_153', { allows: false });
		const socket = new WebSocket(`wss://${www}/ws`, { session: peer.session });
		await once(socket, 'open');
		await peer.load();
		expect(peer.protocols).toEqual(['h2', 'http/1.1']);
	});

	it('sockets at once share what they can', async () => {
		await using peer = await startPeer('firefox_153');
		const sockets = Array.from({ length: 8 }, () => new WebSocket(`wss://${www}/ws`, { session: peer.session }));
		await Promise.all(sockets.map((socket) => once(socket, 'open')));
		expect(peer.protocols).toEqual(['h2']);
		expect(peer.handshakes).toHaveLength(8);
	});

	it('sockets at once over HTTP/1.1 leave the connections of other requests alone', async () => {
		await using site = await startSite(undefined, { protocols: ['http/1.1'] });
		const session = site.session({ browser: 'firefox_153' });
		const url = site.at('/ws').replace('https', 'wss');
		const sockets = Array.from({ length: 8 }, () => new WebSocket(url, { session }));
		await Promise.all(sockets.map((socket) => once(socket, 'open')));
		expect((await session.fetch(site.at('/echo'))).status).toBe(200);
	});

	it.each(browsers)('%s with "http1" uses no stream', async (browser) => {
		await using peer = await startPeer(browser);
		await using session = createSession({
			browser,
			ca: sharedAuthority().caPem,
			resolve: { [www]: `127.0.0.1:${peer.port}` },
			http1: true,
		});
		await once(new WebSocket(`wss://${www}/ws`, { session }), 'open');
		expect(peer.protocols).toEqual(['http/1.1']);
	});
});

describe.each(browsers)('W02 %s and a server that goes wrong in a stream', (browser) => {
	const refusals: ReadonlyArray<readonly [string, (stream: ServerHttp2Stream) => void]> = [
		['403', answer({ ':status': 403 }, 'no')],
		['201', answer({ ':status': 201 })],
		['a redirect', answer({ ':status': 302, location: '/other' }, '')],
		['421', answer({ ':status': 421 }, '')],
		['an extension that nobody offered', answer({ ':status': 200, 'sec-websocket-extensions': 'x' })],
	];
	it.each(refusals)('the handshake is refused: %s', async (_what, onConnect) => {
		await using peer = await startPeer(browser, { onConnect });
		await peer.load();
		const end = await ending(new WebSocket(`wss://${www}/ws`, { session: peer.session }));
		expect(end).toMatchObject({ code: 1006, wasClean: false, error: { code: 'ERR_WS_HANDSHAKE' } });
		expect(await peer.load()).toBe('ok');
		expect([peer.protocols, peer.handshakes.length]).toEqual([['h2'], 1]);
	});

	it('the stream is reset', async () => {
		const handler: Handler = ({ header, control }) =>
			header(':protocol') === null
				? undefined
				: {
						tunnel: async ({ input }) => {
							for await (const _ of input) return control.resetStream(8);
						},
					};
		await using site = await startSite(handler, allowing);
		const session = site.session({ browser });
		await (await session.fetch(site.at('/echo'))).text();
		const socket = new WebSocket(site.at('/ws').replace('https', 'wss'), { session });
		await once(socket, 'open');
		const ended = ending(socket);
		socket.send('x');
		expect(await ended).toMatchObject({ code: 1006, wasClean: false, error: { code: 'ERR_H2_STREAM_RESET' } });
		expect((await session.fetch(site.at('/echo'))).status).toBe(200);
		expect(site.mirror.connections).toHaveLength(1);
	});

	it.each([
		['a frame above the limit', Buffer.from([0x82, 127, 0, 0, 0, 255, 0, 0, 0, 0]), 'ERR_WS_TOO_LARGE'],
		['a frame with a reserved bit', Buffer.from([0xf1, 1, 65]), 'ERR_WS_PROTOCOL'],
	])('%s resets the stream', async (_what, bytes, code) => {
		const reset = Promise.withResolvers<number | undefined>();
		await using peer = await startPeer(browser, {
			onConnect: (stream) => {
				stream.respond({ ':status': 200 });
				stream.once('close', () => reset.resolve(stream.rstCode));
				stream.write(bytes);
			},
		});
		await peer.load();
		const end = await ending(new WebSocket(`wss://${www}/ws`, { session: peer.session }));
		expect(end).toMatchObject({ code: 1006, wasClean: false, error: { code } });
		expect(await reset.promise).toBe(8);
		expect(await peer.load()).toBe('ok');
	});

	it('a server that never ends the stream is left', async () => {
		const reset = Promise.withResolvers<number | undefined>();
		await using peer = await startPeer(closingAfter(browser, 40), {
			onConnect: (stream) => {
				stream.respond({ ':status': 200 });
				stream.once('close', () => reset.resolve(stream.rstCode));
				stream.resume();
			},
		});
		await peer.load();
		const socket = new WebSocket(`wss://${www}/ws`, { session: peer.session });
		await once(socket, 'open');
		const ended = ending(socket);
		socket.close();
		expect(await ended).toMatchObject({ code: 1006, wasClean: false });
		expect(await reset.promise).toBe(8);
	});
});

it.each([
	['chrome_156', 1],
	['firefox_153', 0],
])('%s: END_STREAM of the close frame is %i', async (browser, endStream) => {
	await using site = await startSite(undefined, allowing);
	const session = site.session({ browser });
	await (await session.fetch(site.at('/echo'))).text();
	const socket = new WebSocket(site.at('/ws').replace('https', 'wss'), { session });
	await once(socket, 'open');
	const ended = ending(socket);
	socket.close();
	expect(await ended).toMatchObject({ code: 1005, wasClean: true });
	const frames = site.mirror.connections[0]?.frames.filter(({ type }) => type === 'DATA' || type === 'RST_STREAM');
	expect(frames?.map(({ type, flags }) => [type, flags])).toEqual([['DATA', endStream]]);
});
