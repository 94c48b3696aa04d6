import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import captured from '../../profiles/captures/proxy-connect.json' with { type: 'json' };
import { type ExchangeRequest, isProxyError, ProxyError, WebSocket } from '../src/index.ts';
import { canMount, hasProgram, passwordHash, startDante, startSquid, startTinyproxy } from './support/proxies.ts';
import { field, type Site, startSite } from './support/site.ts';
import { startSocketPeer } from './support/socket-peer.ts';
import { ending } from './support/sockets.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

/** The mirror by address: a proxy cannot know its names. */
const target = (path: string) => `${site.mirror.url}${path}`;

/** An http peer that says what a forward proxy asked it for. */
async function plainPeer() {
	const server = createHttpServer((request, response) => {
		response.end(JSON.stringify({ url: request.url, headers: request.headers }));
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

describe.runIf(hasProgram('/usr/sbin/squid'))('through squid', () => {
	it('https by CONNECT and http by forwarding', async () => {
		await using proxy = await startSquid();
		await using peer = await plainPeer();
		const session = site.session({ proxy: `http://127.0.0.1:${proxy.port}` });
		const secure = await session.fetch(target('/echo'));
		expect(secure.status).toBe(200);
		expect(secure.httpVersion).toBe('2');
		expect(secure.timings.proxy).toBeGreaterThan(0);
		await secure.text();
		const plain = await session.fetch(`${peer.url}/x?y`);
		expect(await plain.json()).toMatchObject({ url: '/x?y', headers: { via: expect.stringContaining('squid') } });
	});
});

const squidHelper = '/usr/lib/squid/basic_ncsa_auth';

describe.runIf(hasProgram('/usr/sbin/squid') && hasProgram(squidHelper))('through squid with credentials', () => {
	it('P03 by CONNECT and by forwarding, P01 a clear error with wrong ones and without', async () => {
		const password = 'p@ss:/% wörd';
		await using proxy = await startSquid({
			user: 'ada',
			hash: passwordHash('-apr1', password),
			helper: squidHelper,
		});
		await using peer = await plainPeer();
		const url = `http://127.0.0.1:${proxy.port}`;
		const session = site.session({ proxy: { url, username: 'ada', password } });
		const response = await session.fetch(target('/echo'));
		expect(response.status).toBe(200);
		expect(await response.text()).not.toMatch(/proxy-authorization/i);
		const forwarded = await (await session.fetch(peer.url)).json();
		expect(forwarded.headers).not.toHaveProperty('proxy-authorization');
		const before = site.mirror.connections.length;
		for (const credentials of [{ username: 'ada', password: 'wrong' }, {}]) {
			const failure = await site
				.session({ proxy: { url, ...credentials } })
				.fetch(target('/echo'))
				.catch((error: unknown) => error);
			expect(failure).toMatchObject({ constructor: ProxyError, code: 'ERR_PROXY_AUTH_REQUIRED', proxyStatus: 407 });
		}
		expect(site.mirror.connections).toHaveLength(before);
	});
});

describe.runIf(hasProgram('/usr/bin/tinyproxy'))('through tinyproxy', () => {
	it('P03 a WebSocket without TLS by CONNECT, beside a request that is forwarded', async () => {
		await using proxy = await startTinyproxy({ user: 'ada', password: 'p-word_1' });
		await using peer = await startSocketPeer();
		await using plain = await plainPeer();
		const session = site.session({
			proxy: { url: `http://127.0.0.1:${proxy.port}`, username: 'ada', password: 'p-word_1' },
		});
		const forwarded = await (await session.fetch(`${plain.url}/x`)).json();
		expect(forwarded.headers.via).toContain('tinyproxy');
		const socket = new WebSocket(peer.url, { session });
		await once(socket, 'open');
		expect(peer.heads[0]).toMatch(/^GET \/\S* HTTP\/1\.1\r\nHost: 127\.0\.0\.1/);
		expect(peer.heads[0]).not.toMatch(/^(via|proxy-authorization):/im);
		const end = ending(socket);
		await session.close();
		await end;
	});
	it('P03 with credentials, and P01 a clear error without', async () => {
		await using proxy = await startTinyproxy({ user: 'ada', password: 'p-word_1' });
		const session = site.session({
			proxy: { url: `http://127.0.0.1:${proxy.port}`, username: 'ada', password: 'p-word_1' },
		});
		expect((await session.fetch(target('/echo'))).status).toBe(200);
		const before = site.mirror.connections.length;
		const refused = await site
			.session({ proxy: `http://ada:hunter2@127.0.0.1:${proxy.port}` })
			.fetch(target('/echo'))
			.catch((error: unknown) => error);
		expect(isProxyError(refused)).toBe(true);
		expect(refused).toMatchObject({
			phase: 'proxy',
			code: expect.stringMatching(/^ERR_PROXY_(AUTH_REQUIRED|REFUSED)$/),
		});
		expect(String(refused)).not.toContain('hunter2');
		expect(site.mirror.connections).toHaveLength(before);
	});
});

describe.runIf(hasProgram('/usr/sbin/danted'))('through dante', () => {
	it.each(['socks4', 'socks4a', 'socks5', 'socks5h'])('%s', async (kind) => {
		await using proxy = await startDante();
		const session = site.session({ proxy: `${kind}://127.0.0.1:${proxy.port}` });
		const response = await session.fetch(target('/echo'));
		expect(response.status).toBe(200);
		expect(await response.json()).toMatchObject({ protocol: 'h2' });
		const sibling = await session.fetch(target('/echo'));
		expect(sibling.connection.reused).toBe(true);
		await sibling.text();
	});
});

describe.runIf(hasProgram('/usr/sbin/danted') && canMount())('through dante with an account', () => {
	it.each(['socks5', 'socks5h'])(
		'P03 %s: right credentials pass, wrong ones and none are a clear error',
		async (kind) => {
			await using proxy = await startDante({ user: 'ada', password: 'p:@/%w' });
			const url = `${kind}://127.0.0.1:${proxy.port}`;
			const session = site.session({ proxy: { url, username: 'ada', password: 'p:@/%w' } });
			expect((await session.fetch(target('/echo'))).status).toBe(200);
			const before = site.mirror.connections.length;
			for (const credentials of [{ username: 'ada', password: 'hunter2' }, {}]) {
				const failure = await site
					.session({ proxy: { url, ...credentials } })
					.fetch(target('/echo'))
					.catch((error: unknown) => error);
				expect(failure).toMatchObject({ constructor: ProxyError, phase: 'proxy' });
				expect(String(failure)).not.toContain('hunter2');
			}
			expect(site.mirror.connections).toHaveLength(before);
		},
	);
});

/** A proxy that answers whatever it is told to. */
async function scripted(answer: (socket: Socket, head: string) => void) {
	const heads: string[] = [];
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		let head = '';
		socket.on('error', () => undefined);
		socket.on('data', (data) => {
			head += data.toString('latin1');
			if (!head.includes('\r\n\r\n')) return;
			heads.push(head);
			answer(socket, head);
			head = '';
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		heads,
		port: (server.address() as AddressInfo).port,
		[Symbol.asyncDispose]: async () => {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

describe('a proxy that misbehaves', () => {
	it.each([403, 407, 502])('P01 status %i is an error with that status, never a direct connection', async (status) => {
		await using own = await startSite();
		await using proxy = await scripted((socket) =>
			socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 4\r\n\r\nbody`),
		);
		const failure = await own
			.session({ proxy: `http://127.0.0.1:${proxy.port}` })
			.fetch(own.at('/echo'))
			.catch((error: unknown) => error);
		expect(failure).toMatchObject({ constructor: ProxyError, phase: 'proxy', proxyStatus: status });
		expect(own.mirror.connections).toHaveLength(0);
	});
	it('P01 closing without an answer is a proxy error', async () => {
		await using own = await startSite();
		await using proxy = await scripted((socket) => socket.destroy());
		const session = own.session({ proxy: `http://127.0.0.1:${proxy.port}` });
		await expect(session.fetch(own.at('/echo'))).rejects.toMatchObject({ phase: 'proxy' });
		expect(own.mirror.connections).toHaveLength(0);
	});
	it.each([
		['chromium_156', captured.chrome_156],
		['firefox_153', captured.firefox_153],
	] as const)('the CONNECT of %s equals the capture byte for byte', async (browser, heads) => {
		await using proxy = await scripted((socket) => socket.end('HTTP/1.1 403 No\r\n\r\n'));
		const proxied = { browser, os: 'linux', proxy: `http://127.0.0.1:${proxy.port}` } as const;
		const session = site.session(proxied);
		await session.fetch('https://www.mirror.test:40000/x').catch(() => undefined);
		for (const scheme of ['wss', 'ws']) await ending(new WebSocket(`${scheme}://www.mirror.test:40000/x`, { session }));
		expect(proxy.heads).toEqual([heads.https, heads.wss, heads.ws]);
	});
	it('CONNECT carries the extra headers and nothing of the request but who asks', async () => {
		await using proxy = await scripted((socket) => socket.end('HTTP/1.1 403 No\r\n\r\n'));
		const session = site.session({
			proxy: { url: `http://127.0.0.1:${proxy.port}`, username: 'u', password: 'p:@/%', headers: { 'X-Zone': 'eu' } },
		});
		await session.fetch(site.at('/secret'), { headers: { 'x-private': '1' } }).catch(() => undefined);
		const head = proxy.heads[0] ?? '';
		expect(head).toMatch(/^CONNECT www\.mirror\.test:\d+ HTTP\/1\.1\r\n/);
		expect(head).toContain('X-Zone: eu\r\n');
		expect(head).toContain(`Proxy-Authorization: Basic ${Buffer.from('u:p:@/%').toString('base64')}\r\n`);
		expect(head).toMatch(/Proxy-Authorization: \S+ \S+\r\n\r\n$/);
		expect(head).not.toMatch(/x-private|secret|cookie/i);
	});
	it('an unreachable proxy is its own error', async () => {
		await using own = await startSite();
		const failure = await own
			.session({ proxy: 'http://127.0.0.1:1' })
			.fetch(own.at('/echo'))
			.catch((error: unknown) => error);
		expect(failure).toMatchObject({ constructor: ProxyError, code: 'ERR_PROXY_CONNECTION' });
		expect(own.mirror.connections).toHaveLength(0);
	});
});

describe('which proxy', () => {
	it('P04 two transports alternate without mixing', async () => {
		await using first = await scripted((socket) => socket.end('HTTP/1.1 403 first\r\n\r\n'));
		await using second = await scripted((socket) => socket.end('HTTP/1.1 403 second\r\n\r\n'));
		const session = site.session();
		for (const proxy of [first, second, first]) {
			const transport = site.transport({ proxy: `http://127.0.0.1:${proxy.port}` });
			await session.fetch(site.at('/'), { transport }).catch(() => undefined);
		}
		expect([first.heads.length, second.heads.length]).toEqual([2, 1]);
	});
	it('noProxy goes direct, by choice', async () => {
		await using own = await startSite();
		const session = own.session({ proxy: { url: 'http://127.0.0.1:1', noProxy: ['www.mirror.test'] } });
		expect((await session.fetch(own.at('/echo'))).status).toBe(200);
		expect(field(own.mirror.requests[0], 'sec-fetch-site')).toBe('none');
	});
	it('an exchange may name its own, and one that is to be avoided for its host', async () => {
		await using own = await startSite();
		await using proxy = await scripted((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes'));
		const url = `http://127.0.0.1:${proxy.port}`;
		const transport = own.transport();
		const read = (request: ExchangeRequest) =>
			new Promise<string>((resolve, reject) => {
				const exchange = transport.exchange(request, {
					onHead: () => exchange.readAll().then((bytes) => resolve(Buffer.from(bytes).toString()), reject),
					onError: reject,
				});
			});
		for (let count = 0; count < 2; count++) {
			expect(await read({ url: 'http://site.example/a', proxy: url })).toBe('yes');
		}
		expect(proxy.heads[1]).toMatch(/^GET http:\/\/site\.example\/a HTTP\/1\.1\r\nHost: site\.example\r\n/);
		expect(transport.stats().connections).toBe(1);
		expect(await read({ url: own.at('/bytes/1') })).toHaveLength(1);
		expect(await read({ url: own.at('/bytes/1'), proxy: { url, noProxy: ['mirror.test'] } })).toHaveLength(1);
		expect(proxy.heads).toHaveLength(2);
		expect(() => transport.exchange({ url, proxy: 'gopher://x/' }, { onHead: () => {}, onError: () => {} })).toThrow(
			expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
		);
	});
});
