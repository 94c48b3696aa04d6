import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import net, { type Socket } from 'node:net';
import { startScript } from '@wiretwin/adapter-conformance';
import axios from 'axios';
import { describe, expect, test } from 'vitest';
import { responseOf, startNodeServer, startStage, textOf } from './support.ts';

describe('Upgrade', () => {
	test.each([undefined, '{"Detach":false}'])('to any protocol over HTTP/1.1, with the body %s', async (body) => {
		await using stage = await startStage();
		const seen: string[] = [];
		await using server = await startScript((socket, head) => {
			seen.push(head);
			socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello ');
			socket.on('data', (chunk: Buffer) => socket.write(String(chunk).replace(body ?? '', '')));
		});
		const headers = { connection: 'Upgrade', upgrade: 'tcp' };
		const request = http.request(server.url, { agent: stage.agent, headers, method: body ? 'POST' : 'GET' }).end(body);
		const [, socket, head] = (await once(request, 'upgrade')) as [IncomingMessage, Socket, Buffer];
		let text = head.toString();
		socket.write('goodbye');
		for await (const chunk of socket) {
			text += chunk;
			if (text.endsWith('goodbye')) break;
		}
		expect(text).toBe('hello goodbye');
		expect(seen[0]).toMatch(/\r\nConnection: Upgrade\r\n/);
		expect(seen[0]).toMatch(/\r\nUpgrade: tcp(\r\n|$)/);
		expect(seen[0]).toMatch(/\r\nUser-Agent: Mozilla/);
	});

	test('a server that answers with 200 instead gives a response', async () => {
		await using stage = await startStage();
		await using plain = await startNodeServer((_request, response) => response.end('no'));
		const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
		const response: IncomingMessage = await responseOf(http.request(plain.url, { agent: stage.agent, headers }));
		expect([response.statusCode, await textOf(response)]).toEqual([200, 'no']);
	});

	test('a 101 gives the raw connection, in both directions', async () => {
		await using stage = await startStage();
		await using plain = await startNodeServer((_request, response) => response.end());
		plain.server.on('upgrade', (_request, socket: Socket) => {
			socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello ');
			socket.pipe(socket);
		});
		const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
		const request = http.request(plain.url, { agent: stage.agent, headers }).end();
		const [response, socket, head] = (await once(request, 'upgrade')) as [IncomingMessage, Socket, Buffer];
		expect(response.statusCode).toBe(101);
		let text = head.toString();
		socket.write('and ');
		socket.write('goodbye');
		for await (const chunk of socket) {
			text += chunk;
			if (text.endsWith('goodbye')) break;
		}
		expect(text).toBe('hello and goodbye');
	});
});

/** A forward proxy that answers every request itself, tunnels CONNECT to one port, and remembers both. */
async function startProxy(port: number): Promise<AsyncDisposable & { url: URL; seen: string[] }> {
	const seen: string[] = [];
	const open = new Set<Socket>();
	const plain = await startNodeServer(({ url, headers }, response) => {
		seen.push(`${url} ${headers.host} ${headers['proxy-authorization']} ${headers['user-agent']?.slice(0, 7)}`);
		response.end('from the proxy');
	});
	plain.server.on('connect', ({ url, headers }, socket: Socket) => {
		seen.push(`CONNECT ${url} ${headers['proxy-authorization']}`);
		const upstream = net.connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
		for (const each of [socket, upstream]) open.add(each.on('error', () => undefined));
		socket.pipe(upstream).pipe(socket);
	});
	return {
		url: new URL(plain.url),
		seen,
		async [Symbol.asyncDispose]() {
			for (const socket of open) socket.destroy();
			await plain[Symbol.asyncDispose]();
		},
	};
}

describe('a proxy that the client was configured with', () => {
	test('gets plain requests as a browser sends them to it, with the credentials', async () => {
		await using stage = await startStage();
		await using proxy = await startProxy(stage.mirror.port);
		for (const auth of [undefined, { username: 'me', password: 'a:b' }]) {
			const response = await axios.get('http://site.example/page', {
				httpAgent: stage.agent,
				proxy: { host: proxy.url.hostname, port: Number(proxy.url.port), ...(auth ? { auth } : {}) },
			});
			expect(response.data).toBe('from the proxy');
		}
		expect(proxy.seen).toEqual([
			'http://site.example/page site.example undefined Mozilla',
			`http://site.example/page site.example Basic ${btoa('me:a:b')} Mozilla`,
		]);
	});

	test('carries https in a tunnel: the site sees the browser, the proxy no request', async () => {
		await using stage = await startStage();
		await using proxy = await startProxy(stage.mirror.port);
		const path = `${stage.mirror.urlFor('www.mirror.test')}/echo`;
		const { hostname, port } = proxy.url;
		const headers = { 'Proxy-Authorization': `Basic ${btoa('me:secret')}`, accept: 'application/json' };
		const response = await responseOf(http.request({ hostname, port, path, headers, agent: stage.agent }));
		expect(JSON.parse(await textOf(response))).toMatchObject({ protocol: 'h2', path: '/echo' });
		expect(proxy.seen).toEqual([`CONNECT www.mirror.test:${stage.mirror.port} Basic ${btoa('me:secret')}`]);
		expect(JSON.stringify(stage.mirror.requests[0]?.headers)).not.toMatch(/proxy|Basic/i);
	});

	test("a tunnel of the client's own, other credentials and other targets are refused with a word why", async () => {
		await using stage = await startStage();
		const failure = async (options: http.RequestOptions) => {
			const request = http.request(stage.mirror.url.replace('https', 'http'), { agent: stage.agent, ...options });
			return String((await once(request.end(), 'error'))[0].message);
		};
		expect(await failure({ method: 'CONNECT', path: 'site.example:443' })).toMatch(/option "proxy" of the session/);
		expect(await failure({ method: 'OPTIONS', path: '*' })).toMatch(/neither a path nor a web address/);
		const headers = { 'proxy-authorization': 'Digest x' };
		expect(await failure({ path: 'http://site.example/', headers })).toMatch(/Only Basic/);
	});
});
