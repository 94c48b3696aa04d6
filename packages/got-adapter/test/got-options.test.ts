// Options and hooks that are got's own work: they must not notice what is underneath.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ClientRequest } from 'node:http';
import { Agent } from 'node:https';
import { connect, type Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { bytesOf, closedPort, startSite } from '@wiretwin/adapter-conformance';
import { wiretwinRequest } from '@wiretwin/http-agent';
import { sharedAuthority } from '@wiretwin/mirror';
import type { Got } from 'got';
import { describe, expect, test } from 'vitest';
import { createGot, wiretwinAgent } from '../src/index.ts';
import { gotDriver, send, versions } from './got-driver.ts';

/** A port whose queue of connections is full: a stopped process listens there, so that connecting takes for ever. */
async function startFullPort(): Promise<AsyncDisposable & { port: number }> {
	const program = `const server = require('net').createServer();
		server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;
	const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
	const port = Number(String((await once(child.stdout, 'data'))[0]));
	child.kill('SIGSTOP');
	const open: Socket[] = [];
	// Linux queues one connection more than the backlog.
	for (let count = 0; count < 2; count++) {
		const socket = connect(port, '127.0.0.1').on('error', () => undefined);
		open.push(socket);
		await once(socket, 'connect');
	}
	return {
		port,
		async [Symbol.asyncDispose]() {
			for (const socket of open) socket.destroy();
			const gone = once(child, 'exit');
			child.kill('SIGKILL');
			await gone;
		},
	};
}

describe.each(versions)('%s over the adapter', (name, version) => {
	const start = (options?: Parameters<typeof startSite>[1]) => startSite(gotDriver(name, version), options);

	test('limits run before the first byte of a body, and a dead port is told', async () => {
		await using site = await start();
		const client = createGot(site.session, version).extend({ retry: { limit: 0 } });
		const limited = async (timeout: object) => {
			const body = new PassThrough();
			const failure: unknown = await client.post(site.at('/echo'), { body, timeout }).catch((error: unknown) => error);
			body.destroy();
			return failure;
		};
		expect(await limited({ send: 50 })).toMatchObject({ name: 'TimeoutError', event: 'send' });
		expect(await limited({ socket: 50 })).toMatchObject({ name: 'TimeoutError', event: 'socket' });
		const dead = client.post(`http://127.0.0.1:${await closedPort()}/`, { body: new PassThrough() });
		await expect(dead).rejects.toMatchObject({ code: 'ECONNREFUSED' });
		expect(site.mirror.requests).toHaveLength(0);
	});

	test('https options of one request are honoured, for that request alone', async () => {
		await using site = await start({ session: { ca: undefined }, mirror: { clientCertificate: 'optional' } });
		const client = createGot(site.session, version).extend({ retry: { limit: 0 } });
		const url = site.at('/bytes/1');
		await expect(client(url)).rejects.toBeInstanceOf(Error);
		const certificateAuthority = site.mirror.caPem;
		const { certificatePem: certificate, keyPem: key } = sharedAuthority().clientIdentity('grace');
		await client(url, { https: { certificateAuthority, certificate, key } });
		expect(site.mirror.connections.at(-1)?.negotiated?.clientCertificate).toBe('grace');
		await client(url, { https: { rejectUnauthorized: false } });
		await expect(client(url)).rejects.toBeInstanceOf(Error);
	});

	test('decompress: false gives bodies as they were sent, on each hop', async () => {
		await using site = await start({
			handler: ({ url }) => (url.pathname === '/to' ? { status: 302, headers: [['location', '/gzip']] } : undefined),
		});
		// As streams: got 15 counts no bytes of an undecoded body that it reads itself where it has a jar, on any agent.
		const read = async (client: Got, path: string) => {
			const response = await send(client, { url: site.at(path), follow: true });
			const bytes = await bytesOf(response);
			return [response.header('content-encoding'), bytes.subarray(0, 2).toString('hex')];
		};
		const client = createGot(site.session, version);
		const undecoded = client.extend({ decompress: false });
		for (const path of ['/gzip', '/to']) expect(await read(undecoded, path)).toEqual(['gzip', '1f8b']);
		const decoding = undecoded.extend({ decompress: true });
		for (const each of [client, decoding]) expect((await read(each, '/gzip'))[1]).toBe('7b22');
		const call = await client(site.at('/stream/100'), { decompress: false, responseType: 'buffer' });
		expect(call.body).toHaveLength(100);
		const asked = site.mirror.requests.map(({ headers }) => headers.find(([name]) => name === 'accept-encoding')?.[1]);
		expect(new Set(asked).size).toBe(1);
	});

	test('dnsLookup decides where requests go', async () => {
		await using site = await start();
		const asked: string[] = [];
		const dnsLookup = (
			host: string,
			_options: object,
			answer: (error: Error | null, address: string, family: 4) => void,
		) => {
			asked.push(host);
			answer(null, '127.0.0.1', 4);
		};
		const { port } = new URL(site.mirror.url);
		const client = createGot(site.session, version).extend({ dnsLookup: dnsLookup as never, retry: { limit: 0 } });
		const failure = await client(`https://elsewhere.test:${port}/`).catch((error: unknown) => error);
		// The name is not in the certificate: the connection was made, and made to be the right one.
		expect(failure).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
		expect(asked).toEqual(['elsewhere.test']);
	});

	test('hooks around failures: init, beforeRetry, beforeError', async () => {
		await using site = await start();
		const seen: string[] = [];
		const client = createGot(site.session, version).extend({
			retry: { limit: 1, calculateDelay: ({ attemptCount }) => (attemptCount < 2 ? 1 : 0) },
			hooks: {
				init: [() => void seen.push('init')],
				beforeRetry: [(_error, count) => void seen.push(`retry ${count}`)],
				beforeError: [
					(error) => {
						seen.push(`error ${error.response?.statusCode}`);
						return error;
					},
				],
			},
		} as Parameters<Got['extend']>[0]);
		await expect(client(site.at('/status/503'))).rejects.toMatchObject({ code: 'ERR_NON_2XX_3XX_RESPONSE' });
		expect(seen).toEqual(['init', 'retry 1', 'error 503']);
		expect(site.mirror.requests.length).toBe(2);
	});

	test('responseType gives JSON and bytes', async () => {
		await using site = await start();
		const client = createGot(site.session, version);
		const json = await client<{ method: string }>(site.at('/echo'), { responseType: 'json' });
		const bytes = await client(site.at('/bytes/5'), { responseType: 'buffer' });
		expect([json.body.method, bytes.body.length]).toEqual(['GET', 5]);
	});

	test('a cache answers in place of the network', async () => {
		let calls = 0;
		await using site = await start({
			handler: () => ({ headers: [['cache-control', 'max-age=100']], body: `answer ${++calls}` }),
		});
		const cache = new Map() as never;
		const client = createGot(site.session, version);
		const first = await client(site.at('/'), { cache });
		const second = await client(site.at('/'), { cache });
		expect([first.body, second.body, second.isFromCache]).toEqual(['answer 1', 'answer 1', true]);
	});

	test("the session's own tough-cookie jar serves as got's", async () => {
		await using site = await start();
		const client = version.extend({
			agent: wiretwinAgent(site.session) as never,
			cookieJar: site.session.cookieJar as never,
		});
		await client(site.at('/cookies/set?a=1', 'www.mirror.test'));
		const seen = await client(site.at('/cookies', 'www.mirror.test')).json<{ cookies: object }>();
		expect(seen.cookies).toEqual({ a: '1' });
		expect(site.session.getCookies(site.at('/', 'www.mirror.test'))).toEqual({ a: '1' });
	});

	test("the agent alone leaves cookies to got, or takes the session's", async () => {
		await using site = await start();
		const url = site.at('/cookies', 'www.mirror.test');
		site.session.setCookie('from', 'session', url);
		const seen = async (options?: object) => {
			const client = version.extend({ agent: wiretwinAgent(site.session, options) as never });
			return (await client(url).json<{ cookies: object }>()).cookies;
		};
		expect([await seen(), await seen({ cookies: false }), await seen({ cookies: true })]).toEqual([
			{},
			{},
			{ from: 'session' },
		]);
	});

	test.skipIf(name !== 'got 14')('cancel() stops the request', async () => {
		await using site = await start();
		const request = createGot(site.session, version)(site.at('/hang'));
		const outcome = expect(request).rejects.toMatchObject({ code: 'ERR_CANCELED' });
		await site.mirror.waitForRequest();
		(request as unknown as { cancel(): void }).cancel();
		await outcome;
	});

	test("requests go without Node's ClientRequest, but for a call with an agent of its own", async () => {
		await using site = await start();
		const client = createGot(site.session, version);
		const kinds: boolean[] = [];
		for (const options of [{}, { agent: { https: new Agent({ ca: site.mirror.caPem }) } }]) {
			const call = client(site.at('/echo'), options);
			call.on('request', (request) => kinds.push(request instanceof ClientRequest));
			await call.json();
		}
		expect(kinds).toEqual([false, true]);
		const agents = site.mirror.requests.map(({ headers }) => headers.find(([name]) => name === 'user-agent')?.[1]);
		expect(agents[0]).toContain('Mozilla/5.0');
		expect(agents[1]).toContain('got');
	});

	test('timings are complete on new and used connections, and say when a request failed', async () => {
		await using site = await start();
		const client = createGot(site.session, version);
		for (const isReused of [false, true]) {
			const { timings, request } = await client(site.at('/bytes/10', 'www.mirror.test'));
			if (!timings) throw new Error('no timings');
			const { start, socket, lookup, connect, secureConnect, upload, response, end, phases } = timings;
			const times = [start, socket, lookup, connect, secureConnect, upload, response, end];
			expect(times.map(Number)).toEqual(times.map(Number).toSorted((left, right) => left - right));
			expect(phases.total).toBe(Number(end) - start);
			expect(request.reusedSocket).toBe(isReused);
		}
		const outcome = client(site.at('/hang'), { timeout: { request: 60 }, retry: { limit: 0 } });
		const error = await outcome.then(undefined, (reason) => reason);
		expect([error.event, typeof error.timings.error]).toEqual(['request', 'number']);
	});

	test('progress of an upload comes piece by piece, for a stream and for a body that is here', async () => {
		await using site = await start();
		const client = createGot(site.session, version);
		const body = Buffer.alloc(400_000, 'a');
		const pieces = Array.from({ length: 4 }, (_, index) => body.subarray(index * 100_000, (index + 1) * 100_000));
		for (const upload of [() => Readable.from(pieces), () => body]) {
			const call = client.post(site.at('/upload'), { body: upload() });
			const progress: number[] = [];
			call.on('uploadProgress', ({ transferred }) => progress.push(transferred));
			expect((await call.json<{ bytes: number }>()).bytes).toBe(400_000);
			expect([progress[0], progress.at(-1)]).toEqual([0, 400_000]);
			expect(progress).toEqual(progress.toSorted((left, right) => left - right));
			if (name !== 'got 14') expect(new Set(progress).size).toBeGreaterThan(4);
		}
	});

	test('progress of a download comes before its end', async () => {
		await using site = await start();
		const client = createGot(site.session, version);
		const call = client(site.at('/bytes/3000000'));
		const percents: number[] = [];
		call.on('downloadProgress', ({ percent }) => percents.push(percent));
		await call;
		expect(percents.filter((percent) => percent > 0 && percent < 1).length).toBeGreaterThan(2);
		expect(percents.at(-1)).toBe(1);
	});

	test('timeout.send fires while the server does not read', async () => {
		let release = () => {};
		const released = new Promise<void>((resolve) => {
			release = resolve;
		});
		await using site = await start({ handler: () => released.then(() => ({ body: 'late' })) });
		const options = { body: Buffer.alloc(64 * 1024 * 1024), timeout: { send: 100 }, retry: { limit: 0 } };
		const outcome = createGot(site.session, version).post(site.at('/'), options);
		await expect(outcome).rejects.toMatchObject({ code: 'ETIMEDOUT', event: 'send' });
		release();
	});

	test.skipIf(process.platform !== 'linux')('timeout.connect fires while a port takes no connection', async () => {
		await using site = await start();
		await using full = await startFullPort();
		const outcome = createGot(site.session, version)(`http://127.0.0.1:${full.port}/`, {
			timeout: { connect: 60 },
			retry: { limit: 0 },
		});
		await expect(outcome).rejects.toMatchObject({ code: 'ETIMEDOUT', event: 'connect' });
	});
});
