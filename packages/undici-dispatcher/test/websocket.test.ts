import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { startScript } from '@wiretwin/adapter-conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versions } from './support/clients.ts';
import { field, names, type Site, startSite } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const toSocketUrl = (url: string) => url.replace(/^http/, 'ws');

describe.each(versions)('WebSocket of %s', (_, undici) => {
	it('opens with the handshake of the browser, over HTTP/1.1, and echoes', async () => {
		const socket = new undici.WebSocket(toSocketUrl(site.at('/ws')), {
			dispatcher: site.dispatcher,
			protocols: ['chat'],
		} as never);
		await once(socket as never, 'open');
		expect(socket.protocol).toBe('chat');
		for (const text of ['first', 'x'.repeat(100_000)]) {
			socket.send(text);
			const [event] = (await once(socket as never, 'message')) as [MessageEvent];
			expect(event.data).toBe(text);
		}
		socket.close(1000, 'done');
		const [closed] = (await once(socket as never, 'close')) as [CloseEvent];
		expect([closed.code, closed.wasClean]).toEqual([1000, true]);
		const seen = site.last('/ws');
		expect(seen.protocol).toBe('http/1.1');
		expect(names(seen)).toEqual([
			'Host',
			'Connection',
			'Pragma',
			'Cache-Control',
			'User-Agent',
			'Upgrade',
			'Origin',
			'Sec-WebSocket-Version',
			'Accept-Encoding',
			'Accept-Language',
			'Sec-WebSocket-Key',
			'Sec-WebSocket-Extensions',
			'Sec-WebSocket-Protocol',
		]);
		expect(field(seen, 'connection')).toBe('Upgrade');
	});

	it('fails where the server does not agree', async () => {
		const socket = new undici.WebSocket(toSocketUrl(site.at('/status/200')), { dispatcher: site.dispatcher } as never);
		// undici 6 reports only the error.
		await Promise.race([
			once(socket as never, 'close'),
			new Promise((resolve) => socket.addEventListener('error', resolve)),
		]);
		expect(socket.readyState).not.toBe(undici.WebSocket.OPEN);
	});

	it('upgrade: the raw stream, of any protocol; CONNECT is refused', async () => {
		const { dispatcher } = site;
		const headers = { 'sec-websocket-key': Buffer.alloc(16).toString('base64'), 'sec-websocket-version': '13' };
		const { socket } = (await undici.upgrade(site.at('/ws'), { dispatcher, protocol: 'websocket', headers })) as {
			socket: Duplex;
		};
		socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])); // text frame "hi", masked with zeros
		expect(((await once(socket, 'data')) as [Buffer])[0]).toEqual(Buffer.from([0x81, 0x02, 0x68, 0x69]));
		socket.destroy();
		await once(socket, 'close');
		const heads: string[] = [];
		await using server = await startScript((peer, head) => {
			heads.push(head);
			peer.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nwelcome');
		});
		const other = (await undici.upgrade(server.url, { dispatcher, protocol: 'echo' })) as { socket: Duplex };
		expect(String(((await once(other.socket, 'data')) as [Buffer])[0])).toBe('welcome');
		expect(heads[0]).toMatch(/\r\nUpgrade: echo(\r\n|$)/);
		other.socket.destroy();
		await expect(undici.connect(site.at('/'), { dispatcher })).rejects.toMatchObject({ code: 'UND_ERR_NOT_SUPPORTED' });
	});
});

it('destroying the dispatcher ends open sockets', async () => {
	await using own = await startSite();
	const [, , [, undici]] = versions as unknown as [unknown, unknown, [string, typeof import('undici')]];
	const socket = new undici.WebSocket(toSocketUrl(own.at('/ws')), { dispatcher: own.dispatcher } as never);
	await once(socket as never, 'open');
	const closed = once(socket as never, 'close');
	await own.dispatcher.destroy();
	expect(((await closed) as [CloseEvent])[0].wasClean).toBe(false);
});
