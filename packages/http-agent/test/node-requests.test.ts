import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestRecord } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { createTransport } from 'wiretwin';
import { wiretwinAgent, wiretwinAgents } from '../src/index.ts';
import { get, responseOf, startNodeServer, startStage, textOf } from './support.ts';

const names = (record: RequestRecord | undefined) => record?.headers.map(([name]) => name) ?? [];
const field = (record: RequestRecord | undefined, name: string) =>
	record?.headers.find(([key]) => key.toLowerCase() === name)?.[1];

describe('one agent for both protocols', () => {
	test('https without a port goes to 443, http to 80, and Host never names a made-up port', async () => {
		await using stage = await startStage();
		const session = stage.agent;
		const targets: Array<[string, number]> = [];
		for (const module of [http, https]) {
			const request = module.request({ host: '127.0.0.1', path: '/', agent: session });
			const [error] = await once(request.end(), 'error');
			targets.push([request.getHeader('host') as string, (error as { port?: number }).port ?? 0]);
		}
		expect(targets).toEqual([
			['127.0.0.1', 80],
			['127.0.0.1', 443],
		]);
	});

	test('options without a URL, with a port, work for both', async () => {
		await using tls = await startStage();
		await using plain = await startStage(undefined, { mirror: { tls: false } });
		for (const stage of [tls, plain]) {
			const { protocol, hostname, port } = new URL(stage.mirror.url);
			const module = protocol === 'https:' ? https : http;
			const response = await responseOf(module.request({ hostname, port, path: '/echo?a=1', agent: stage.agent }));
			expect(JSON.parse(await textOf(response))).toMatchObject({ path: '/echo?a=1', authority: `127.0.0.1:${port}` });
		}
	});

	test('the pair of agents serves its own protocol each, and Node refuses the wrong one', async () => {
		await using stage = await startStage();
		const agents = wiretwinAgents(stage.session);
		const response = await responseOf(https.request(`${stage.mirror.url}/echo`, { agent: agents.https }));
		expect(JSON.parse(await textOf(response)).protocol).toBe('h2');
		expect(() => https.request(stage.mirror.url, { agent: agents.http })).toThrow(/Protocol "https:" not supported/);
	});

	test('a transport will do instead of a session', async () => {
		await using stage = await startStage();
		await using transport = createTransport({ ca: stage.mirror.caPem });
		const agent = wiretwinAgent(transport);
		expect((await get({ ...stage, agent }, '/echo')).response.statusCode).toBe(200);
		expect(() => wiretwinAgent(transport, { cookies: true })).toThrow(/needs a session/);
	});

	test('unknown options and wrong targets are refused by name', async () => {
		await using stage = await startStage();
		expect(() => wiretwinAgent(stage.session, { proxy: 'x' } as object)).toThrow(/"proxy"/);
		expect(() => wiretwinAgent({} as never)).toThrow(/needs a session/);
		for (const options of [null, 'chrome']) {
			expect(() => wiretwinAgent(stage.session, options as never)).toThrow(
				expect.objectContaining({ code: 'ERR_INVALID_OPTION', name: 'TypeError' }),
			);
		}
	});
});

describe('what goes out', () => {
	test('a bare GET is a navigation of the browser, field by field', async () => {
		await using stage = await startStage();
		await get(stage, '/nav/a');
		await (await stage.session.fetch(`${stage.mirror.url}/nav/b`)).text();
		const [byAgent, byFetch] = stage.mirror.requests;
		expect(byAgent?.headers.filter(([name]) => name !== ':path')).toEqual(
			byFetch?.headers.filter(([name]) => name !== ':path'),
		);
	});

	test('an API call is what a script of the page would send', async () => {
		await using stage = await startStage();
		const headers = { Accept: 'application/json', 'Content-Type': 'application/json', 'X-Token': 'a' };
		const url = `${stage.mirror.url}/echo`;
		await textOf(await responseOf(https.request(url, { agent: stage.agent, method: 'POST', headers }), '{"a":1}'));
		const init = { method: 'POST', headers, body: '{"a":1}', kind: 'fetch' } as const;
		await (await stage.session.fetch(url, init)).text();
		const [byAgent, byFetch] = stage.mirror.requests;
		expect(byAgent?.headers).toEqual(byFetch?.headers);
		expect(byAgent?.priority).toEqual(byFetch?.priority);
	});

	test('a posted form is a form navigation', async () => {
		await using stage = await startStage();
		const headers = { 'content-type': 'application/x-www-form-urlencoded' };
		const request = https.request(`${stage.mirror.url}/echo`, { agent: stage.agent, method: 'POST', headers });
		await textOf(await responseOf(request, 'a=1&b=2'));
		const [seen] = stage.mirror.requests;
		expect([field(seen, 'sec-fetch-mode'), field(seen, 'sec-fetch-dest')]).toEqual(['navigate', 'document']);
		expect(field(seen, 'content-length')).toBe('7');
		const init = { method: 'POST', body: new URLSearchParams({ a: '1', b: '2' }) };
		await (await stage.session.fetch(`${stage.mirror.url}/echo`, init)).text();
		expect(seen?.headers).toEqual(stage.mirror.requests[1]?.headers);
	});

	test('client hints that a page asks for are remembered by the session', async () => {
		await using stage = await startStage(() => ({ headers: [['accept-ch', 'Sec-CH-UA-Arch']] }));
		await get(stage, '/', { headers: { accept: 'application/json' } });
		await get(stage, '/');
		await get(stage, '/');
		await (await stage.session.fetch(`${stage.mirror.url}/`)).text();
		const sent = stage.mirror.requests.map((request) => field(request, 'sec-ch-ua-arch') !== undefined);
		expect(sent).toEqual([false, false, true, true]);
	});

	test('a page named by Referer decides the site and the origin', async () => {
		await using stage = await startStage();
		const sites: Record<string, string | undefined> = {};
		for (const page of ['https://www.mirror.test:9/x', 'https://other.example/', 'https://a.mirror.test/']) {
			const url = `${stage.mirror.urlFor('www.mirror.test')}/echo/${encodeURIComponent(page)}`;
			const headers = { accept: '*/*', referer: page };
			await textOf(await responseOf(https.request(url, { agent: stage.agent, headers })));
			const seen = stage.mirror.requests.at(-1);
			sites[page] = `${field(seen, 'sec-fetch-site')} ${field(seen, 'referer')}`;
		}
		expect(sites).toEqual({
			'https://www.mirror.test:9/x': 'same-site https://www.mirror.test:9/x',
			'https://other.example/': 'cross-site https://other.example/',
			'https://a.mirror.test/': 'same-site https://a.mirror.test/',
		});
	});

	test('a list of headers keeps exactly its order and case', async () => {
		await using stage = await startStage(undefined, { mirror: { protocols: ['http/1.1'] } });
		const headers = ['X-Second', '2', 'x-FIRST', '1', 'User-Agent', 'mine'];
		await textOf(
			await responseOf(https.request(`${stage.mirror.url}/echo`, { agent: stage.agent, headers: headers as never })),
		);
		const own = names(stage.mirror.requests[0]).filter((name) => !/^(host|connection)$/i.test(name));
		expect(own.slice(0, 3)).toEqual(['X-Second', 'x-FIRST', 'User-Agent']);
	});

	test('repeated fields are joined as in a browser; a Host of the caller wins; hop-by-hop fields stay here', async () => {
		await using stage = await startStage(undefined, { mirror: { protocols: ['http/1.1'] } });
		const headers = {
			'x-many': ['1', '2'],
			host: 'other.example',
			connection: 'close',
			'keep-alive': '5',
			'proxy-connection': 'keep-alive',
		};
		await textOf(await responseOf(https.request(`${stage.mirror.url}/echo`, { agent: stage.agent, headers })));
		const [seen] = stage.mirror.requests;
		expect(seen?.headers.filter(([name]) => name === 'x-many')).toEqual([['x-many', '1, 2']]);
		expect(seen?.authority).toBe('other.example');
		expect(seen?.rawHead).toMatch(/Connection: keep-alive\r\n/);
		expect(seen?.rawHead).not.toMatch(/\r\n(keep-alive|proxy-connection):/i);
	});

	test('write and end in one turn go out with a length; a stream over HTTP/2 without one, with trailers', async () => {
		await using stage = await startStage();
		const whole = https.request(`${stage.mirror.url}/echo`, { agent: stage.agent, method: 'POST' });
		whole.write('one ');
		await textOf(await responseOf(whole, 'two'));
		const streamed = https.request(`${stage.mirror.url}/echo`, { agent: stage.agent, method: 'POST' });
		const answered = once(streamed, 'response');
		streamed.write('first ');
		await stage.mirror.waitForRequest(({ method, complete }) => method === 'POST' && !complete, { stage: 'head' });
		streamed.addTrailers({ 'x-sum': 'abc' });
		streamed.end('second');
		await textOf((await answered)[0] as IncomingMessage);
		const [first, second] = stage.mirror.requests;
		expect([field(first, 'content-length'), first?.body.toString()]).toEqual(['7', 'one two']);
		expect([field(second, 'content-length'), second?.body.toString()]).toEqual([undefined, 'first second']);
		expect(second?.trailers).toEqual([['x-sum', 'abc']]);
	});

	test('a body longer than its length is refused, not sent', async () => {
		await using stage = await startStage();
		const headers = { 'content-length': 3 };
		const request = https.request(`${stage.mirror.url}/echo`, { agent: stage.agent, method: 'POST', headers });
		const [error] = await once(request.end('four'), 'error');
		expect(error.code).toBe('ERR_HTTP_CONTENT_LENGTH_MISMATCH');
		expect(stage.mirror.requests.length).toBe(0);
	});
});

describe('what comes back', () => {
	test('a client that asked for no coding gets none and no trace of it', async () => {
		await using stage = await startStage();
		const { response, text } = await get(stage, '/gzip');
		expect(JSON.parse(text)).toMatchObject({ coding: 'gzip', acceptEncoding: 'gzip, deflate, br, zstd' });
		expect([response.headers['content-encoding'], response.headers['content-length']]).toEqual([undefined, undefined]);
	});

	test('a client that asked for one coding gets it, and the wire has its wish', async () => {
		await using stage = await startStage();
		const { response } = await get(stage, '/gzip', { headers: { 'accept-encoding': 'gzip' } });
		expect(response.headers['content-encoding']).toBe('gzip');
		expect(field(stage.mirror.requests[0], 'accept-encoding')).toBe('gzip');
	});

	test('1xx reach "information", trailers reach the response, the reason is filled in', async () => {
		await using stage = await startStage();
		const request = https.request(`${stage.mirror.url}/1xx`, { agent: stage.agent });
		const early: unknown[] = [];
		request.on('information', ({ statusCode, headers }) => early.push([statusCode, headers.link]));
		await textOf(await responseOf(request));
		expect(early).toEqual([[103, '</style.css>; rel=preload; as=style']]);
		const { response } = await get(stage, '/trailers');
		expect(response.trailers).toEqual({ 'x-checksum': 'abc123', 'server-timing': 'total;dur=1' });
		expect([response.statusMessage, response.complete]).toEqual(['OK', true]);
	});

	test.for(['h2', 'http/1.1'] as const)('Expect: 100-continue is a real question over %s', async (protocol) => {
		await using stage = await startStage(
			async (request) => {
				if (request.header('expect') === '100-continue') request.inform(100);
				return { body: (await request.readBody()).toString() };
			},
			{ mirror: { protocols: [protocol] } },
		);
		const headers = { expect: '100-continue', 'content-length': 4 };
		const request = https.request(`${stage.mirror.url}/`, { agent: stage.agent, method: 'PUT', headers });
		const answered = once(request, 'response');
		await once(request, 'continue');
		expect(stage.mirror.requests[0]?.bodyLength).toBe(0);
		request.end('body');
		expect(await textOf((await answered)[0] as IncomingMessage)).toBe('body');
	});

	test('pause holds the body, resume goes on', async () => {
		await using stage = await startStage();
		const response = await responseOf(https.request(`${stage.mirror.url}/bytes/3000000`, { agent: stage.agent }));
		let bytes = 0;
		response.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
			response.pause();
			setImmediate(() => response.resume());
		});
		await once(response, 'end');
		expect(bytes).toBe(3_000_000);
	});

	test('cookies: stored before the answer, sent next time, left alone when the client sends its own', async () => {
		await using stage = await startStage();
		await get(stage, '/cookies/set?a=1');
		expect(JSON.parse((await get(stage, '/cookies')).text).cookies).toEqual({ a: '1' });
		const own = await get(stage, '/cookies', { headers: { cookie: 'b=2' } });
		expect(JSON.parse(own.text).cookies).toEqual({ b: '2' });
		const agent = wiretwinAgent(stage.session, { cookies: false });
		expect(JSON.parse((await get({ ...stage, agent }, '/cookies')).text).cookies).toEqual({});
	});

	test('AsyncLocalStorage holds in the callbacks', async () => {
		await using stage = await startStage();
		await get(stage, '/bytes/1'); // the connection is made outside
		const storage = new AsyncLocalStorage<string>();
		const seen = await storage.run('mine', async () => {
			const stores: unknown[] = [];
			const request = https.request(`${stage.mirror.url}/bytes/10`, { agent: stage.agent });
			request.on('socket', () => stores.push(storage.getStore()));
			await new Promise<void>((resolve) => {
				request.on('response', (response) => {
					stores.push(storage.getStore());
					response.on('data', () => stores.push(storage.getStore()));
					response.on('end', () => {
						stores.push(storage.getStore());
						resolve();
					});
				});
				request.end();
			});
			return stores;
		});
		expect(seen).toEqual(['mine', 'mine', 'mine', 'mine']);
	});
});

describe('sockets of the caller', () => {
	test('socketPath goes to Node', async () => {
		await using stage = await startStage();
		const folder = await mkdtemp(join(tmpdir(), 'wiretwin-'));
		const socketPath = join(folder, 'socket');
		const server = http.createServer((request, response) => response.end(`unix ${request.url}`)).listen(socketPath);
		await once(server, 'listening');
		const response = await responseOf(http.request({ socketPath, path: '/x', agent: stage.agent }));
		expect(await textOf(response)).toBe('unix /x');
		server.closeAllConnections();
		server.close();
		await rm(folder, { recursive: true });
	});

	test('createConnection is called, and its socket is used', async () => {
		await using stage = await startStage();
		await using plain = await startNodeServer((request, response) =>
			response.end(request.headers['user-agent'] ?? 'none'),
		);
		let calls = 0;
		const request = http.request(plain.url, {
			agent: stage.agent,
			createConnection: (options) => {
				calls++;
				return net.connect({ host: '127.0.0.1', port: Number(options.port) });
			},
		});
		expect([await textOf(await responseOf(request)), calls]).toEqual(['none', 1]);
	});
});
