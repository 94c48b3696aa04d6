import { once } from 'node:events';
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { get, responseOf, startNodeServer, startStage, textOf } from './support.ts';

/** Events of the request's socket, in order. */
function watchSocket(request: ClientRequest): { events: string[]; lookups: unknown[][] } {
	const events: string[] = [];
	const lookups: unknown[][] = [];
	request.on('socket', (socket) => {
		events.push(`socket connecting=${socket.connecting} address=${JSON.stringify(socket.address())}`);
		socket.on('lookup', (...values) => lookups.push(values));
		for (const name of ['lookup', 'connect', 'ready', 'secureConnect']) socket.on(name, () => events.push(name));
	});
	return { events, lookups };
}

describe('the socket of a request', () => {
	test('connects step by step on a new connection, and at once on one that is used again', async () => {
		await using stage = await startStage();
		const url = `${stage.mirror.urlFor('www.mirror.test')}/bytes/1`;
		const runs: string[][] = [];
		const reused: boolean[] = [];
		for (let run = 0; run < 2; run++) {
			const request = https.request(url, { agent: stage.agent });
			const { events, lookups } = watchSocket(request);
			await textOf(await responseOf(request));
			runs.push(events);
			reused.push(request.reusedSocket);
			expect(lookups).toEqual([[null, '127.0.0.1', 4, 'www.mirror.test']]);
		}
		const steps = ['socket connecting=true address={}', 'lookup', 'connect', 'ready', 'secureConnect'];
		expect(runs).toEqual([steps, steps]);
		expect(reused).toEqual([false, true]);
	});

	test('has no lookup for an address', async () => {
		await using stage = await startStage();
		const request = https.request(`${stage.mirror.url}/bytes/1`, { agent: stage.agent });
		const { events } = watchSocket(request);
		await textOf(await responseOf(request));
		expect(events.slice(1)).toEqual(['connect', 'ready', 'secureConnect']);
	});

	test('shows addresses and what TLS agreed on', async () => {
		await using stage = await startStage();
		const response = await responseOf(https.request(`${stage.mirror.url}/bytes/1`, { agent: stage.agent }));
		const socket = response.socket as TLSSocket; // Node takes it away at the end of the body
		expect(socket).toMatchObject({
			encrypted: true,
			authorized: true,
			authorizationError: null,
			alpnProtocol: 'h2',
			servername: '127.0.0.1',
			remoteAddress: '127.0.0.1',
			remotePort: stage.mirror.port,
			remoteFamily: 'IPv4',
			localAddress: '127.0.0.1',
			connecting: false,
			pending: false,
			readyState: 'open',
			destroyed: false,
		});
		expect([socket.getProtocol(), socket.getCipher().name]).toEqual(['TLSv1.3', expect.stringMatching(/^TLS_/)]);
		expect(socket.isSessionReused()).toBe(false);
		expect(socket.address()).toEqual({ address: '127.0.0.1', family: 'IPv4', port: socket.localPort });
		expect(socket.bytesRead).toBeGreaterThan(0);
		expect(socket.bytesWritten).toBeGreaterThan(0);
	});

	test('says "not authorized" for a certificate that only `insecure` let pass', async () => {
		await using stage = await startStage(undefined, {
			mirror: { certificate: 'expired' },
			session: { insecure: true },
		});
		const response = await responseOf(https.request(`${stage.mirror.url}/bytes/1`, { agent: stage.agent }));
		expect((response.socket as TLSSocket).authorized).toBe(false);
	});

	test('is no TLS socket for http', async () => {
		await using stage = await startStage(undefined, { mirror: { tls: false } });
		const response = await responseOf(http.request(`${stage.mirror.url}/bytes/1`, { agent: stage.agent }));
		expect('encrypted' in response.socket).toBe(false);
	});

	test('takes the settings of a socket without complaint', async () => {
		await using stage = await startStage();
		const request = https.request(`${stage.mirror.url}/bytes/1`, { agent: stage.agent });
		request.setNoDelay(true);
		request.setSocketKeepAlive(true, 1000);
		request.on('socket', (socket) => socket.ref().unref().ref());
		await textOf(await responseOf(request));
	});

	test('closes with its request: every request emits "close" once, the agent holds nothing', async () => {
		await using stage = await startStage();
		let closes = 0;
		for (let index = 0; index < 20; index++) {
			const request = https.request(`${stage.mirror.url}/bytes/10`, { agent: stage.agent });
			const closed = once(request, 'close').then(() => closes++);
			await textOf(await responseOf(request));
			await closed;
		}
		expect([closes, stage.mirror.connections.length]).toEqual([20, 1]);
		const { agent } = stage;
		expect([agent.sockets, agent.freeSockets, agent.requests].map((each) => Object.keys(each).length)).toEqual([
			0, 0, 0,
		]);
		agent.destroy();
		expect((await get(stage, '/bytes/1')).text.length).toBe(1);
	});
});

describe('failures', () => {
	async function failure(url: string, stage: Awaited<ReturnType<typeof startStage>>): Promise<NodeJS.ErrnoException> {
		const request = (url.startsWith('https:') ? https : http).request(url, { agent: stage.agent });
		const [error] = await once(request.end(), 'error');
		return error as NodeJS.ErrnoException;
	}

	test('ECONNREFUSED and ENOTFOUND look like those of Node', async () => {
		await using stage = await startStage();
		const server = net.createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		server.close();
		await once(server, 'close');
		expect(await failure(`http://127.0.0.1:${port}/`, stage)).toMatchObject({
			message: `connect ECONNREFUSED 127.0.0.1:${port}`,
			code: 'ECONNREFUSED',
			syscall: 'connect',
			address: '127.0.0.1',
			port,
			errno: -111,
		});
		expect(await failure('http://does-not-exist.invalid/', stage)).toMatchObject({
			code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
			syscall: 'getaddrinfo',
			hostname: 'does-not-exist.invalid',
			cause: { code: expect.stringMatching(/^ERR_/), phase: 'resolve' },
		});
	});

	test('a connection that ends without an answer is "socket hang up"', async () => {
		await using stage = await startStage();
		const server = net.createServer((socket) => socket.once('data', () => socket.end())).listen(0, '127.0.0.1');
		await once(server, 'listening');
		const error = await failure(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, stage);
		expect([error.code, error.message]).toEqual(['ECONNRESET', 'socket hang up']);
		server.close();
	});

	test('a body that stops short aborts the response with ECONNRESET, the request stays quiet', async () => {
		await using stage = await startStage();
		const server = net.createServer((socket) =>
			socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')),
		);
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
		const response = await responseOf(http.request(url, { agent: stage.agent }));
		const events: string[] = [];
		response.on('aborted', () => events.push('aborted'));
		response.on('data', (chunk) => events.push(String(chunk)));
		response.on('end', () => events.push('end'));
		const [error] = await once(response, 'error');
		expect([error.code, events, response.complete]).toEqual(['ECONNRESET', ['half', 'aborted'], false]);
		server.close();
	});

	test.each([
		['idle', { timeout: { idle: 30 } }, 'ETIMEDOUT', 'ERR_TIMEOUT_IDLE'],
		['maxResponseBytes', { maxResponseBytes: 2 }, 'ERR_BODY_TOO_LARGE', 'ERR_BODY_TOO_LARGE'],
	] as const)(
		'%s reached inside a body is told by its own error, not as a lost connection',
		async (_, session, code, own) => {
			await using server = await startNodeServer((_request, response) => {
				response.writeHead(200, { 'content-length': 10 });
				response.write('half');
			});
			await using stage = await startStage(undefined, { session });
			const response = await responseOf(http.request(server.url, { agent: stage.agent }));
			const events: string[] = [];
			for (const name of ['aborted', 'end']) response.on(name, () => events.push(name));
			response.on('error', (error: NodeJS.ErrnoException) => {
				events.push(`error ${error.code} ${(error.cause as NodeJS.ErrnoException).code}`);
			});
			response.resume();
			await new Promise((resolve) => response.on('close', resolve));
			expect(events).toEqual([`error ${code} ${own}`]);
			expect(response.complete).toBe(false);
		},
	);

	test('a broken coding is an error of the response with its own code', async () => {
		await using stage = await startStage(() => ({ headers: [['content-encoding', 'gzip']], body: 'no gzip at all' }));
		const response = await responseOf(https.request(stage.mirror.url, { agent: stage.agent }));
		const [error] = await once(response.resume(), 'error');
		expect(error.code).toMatch(/^ERR_DECODE/);
	});

	test('an upload to a dead host fails; no write succeeds before there is a connection', async () => {
		await using stage = await startStage();
		const server = net.createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		server.close();
		await once(server, 'close');
		const request = http.request(`http://127.0.0.1:${port}/`, { agent: stage.agent, method: 'PUT' });
		const written: unknown[] = [];
		request.on('finish', () => written.push('finish'));
		request.write('some bytes', (error) => written.push(error ? 'failed' : 'written'));
		const [error] = await once(request, 'error');
		expect([(error as NodeJS.ErrnoException).code, written.includes('written'), written.includes('finish')]).toEqual([
			'ECONNREFUSED',
			false,
			false,
		]);
	});

	test('a closed session says so', async () => {
		await using stage = await startStage();
		await stage.session.close();
		expect(await failure(`${stage.mirror.url}/`, stage)).toMatchObject({ code: 'ERR_SESSION_CLOSED' });
	});
});

describe('limits and aborts', () => {
	test('request.setTimeout and options.timeout fire in silence, and not while bytes come', async () => {
		await using stage = await startStage();
		const silent = https.request(`${stage.mirror.url}/hang`, { agent: stage.agent, timeout: 40 });
		const hungUp = new Promise((resolve) => silent.on('error', resolve));
		await once(silent.end(), 'timeout');
		silent.destroy();
		expect(await hungUp).toMatchObject({ code: 'ECONNRESET', message: 'socket hang up' });
		const later = https.request(`${stage.mirror.url}/hang`, { agent: stage.agent });
		later.setTimeout(40);
		later.on('error', () => undefined);
		await once(later.end(), 'timeout');
		later.destroy();
		// Longer as a whole than the limit, and each pause a twentieth of it: a busy machine does not make a silence of it.
		const busy = https.request(`${stage.mirror.url}/drip?bytes=30&interval=100`, {
			agent: stage.agent,
			timeout: 2_000,
		});
		let fired = false;
		busy.on('timeout', () => {
			fired = true;
		});
		const response = await responseOf(busy);
		expect([(await textOf(response)).length, fired]).toEqual([30, false]);
	});

	test('destroy(error) before the head gives that error, and the exchange is stopped', async () => {
		await using stage = await startStage();
		const request = https.request(`${stage.mirror.url}/hang`, { agent: stage.agent }).end();
		const failed = once(request, 'error');
		await stage.mirror.waitForRequest();
		request.destroy(new Error('mine'));
		expect((await failed)[0].message).toBe('mine');
		for (let round = 0; stage.session.transport.stats().exchanges > 0; round++) {
			expect(round).toBeLessThan(100);
			await (await stage.session.fetch(`${stage.mirror.url}/bytes/1`)).text();
		}
	});

	test('a signal aborts before, during and after', async () => {
		await using stage = await startStage();
		const options = (signal: AbortSignal) => ({ agent: stage.agent, signal });
		const early = https.request(`${stage.mirror.url}/echo`, options(AbortSignal.abort()));
		expect((await once(early, 'error'))[0].code).toBe('ABORT_ERR');
		const controller = new AbortController();
		const request = https.request(`${stage.mirror.url}/hang/body`, options(controller.signal));
		const response = await responseOf(request);
		response.resume();
		const failed = once(response, 'error');
		controller.abort();
		expect((await failed)[0].code).toMatch(/^(ECONNRESET|ABORT_ERR)$/);
		const late = new AbortController();
		await textOf(await responseOf(https.request(`${stage.mirror.url}/bytes/5`, options(late.signal))));
		late.abort();
		expect((await get(stage, '/bytes/5')).text.length).toBe(5);
	});

	test('response.destroy() frees the exchange and leaves siblings alone', async () => {
		await using stage = await startStage();
		const sibling = await responseOf(https.request(`${stage.mirror.url}/hang/body`, { agent: stage.agent }));
		const response = await responseOf(https.request(`${stage.mirror.url}/bytes/50000000`, { agent: stage.agent }));
		response.destroy();
		await once(response, 'close');
		expect((await get(stage, '/bytes/5')).text.length).toBe(5);
		expect(String((await once(sibling, 'data'))[0])).toBe('x');
		expect(stage.mirror.connections.length).toBe(1);
		sibling.on('error', () => undefined);
	});

	test('ten thousand responses that nobody reads cost no connection', { timeout: 60_000 }, async () => {
		await using stage = await startStage();
		for (let index = 0; index < 200; index++) {
			await Promise.all(
				Array.from({ length: 50 }, async () => {
					const request = https.request(`${stage.mirror.url}/bytes/100`, { agent: stage.agent });
					const closed = once(request, 'close');
					(await responseOf(request)).resume();
					await closed;
				}),
			);
		}
		// The first fifty began as many connections as a browser begins; one carries all.
		expect(stage.mirror.connections.filter(({ requests }) => requests.length > 0).length).toBe(1);
		expect(stage.session.transport.stats().exchanges).toBe(0);
	});
});
