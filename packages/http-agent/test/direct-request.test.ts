// Requests that go without Node's ClientRequest, next to the same ones that go through it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import http, { ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { closedPort } from '@wiretwin/adapter-conformance';
import { describe, expect, test } from 'vitest';
import { wiretwinAgent, wiretwinAgents, wiretwinRequest } from '../src/index.ts';
import { responseOf, type Stage, startNodeServer, startStage, textOf } from './support.ts';

type Way = (
	url: string,
	options: https.RequestOptions,
	callback?: (response: IncomingMessage) => void,
) => ClientRequest;

const direct: Way = (url, options, callback) =>
	wiretwinRequest(new URL(url), options as never, callback as never) as unknown as ClientRequest;
const byNode: Way = (url, options, callback) =>
	(url.startsWith('https:') ? https : http).request(url, options, callback);
const ways: ReadonlyArray<readonly [name: string, way: Way]> = [
	['direct', direct],
	['by ClientRequest', byNode],
];

/** Events of a request, its socket and its response, in order. */
function watch(request: ClientRequest): string[] {
	const events: string[] = [];
	const note = (emitter: NodeJS.EventEmitter, prefix: string, names: readonly string[]) => {
		for (const name of names) emitter.on(name, () => events.push(prefix + name));
	};
	note(request, '', ['socket', 'finish', 'response', 'abort', 'error', 'close']);
	request.on('socket', (socket) => note(socket, 'socket ', ['lookup', 'connect', 'ready', 'secureConnect']));
	request.on('response', (response) => note(response, 'response ', ['aborted', 'end', 'error']));
	return events;
}

/** `once` would reject for a request that failed. */
const closeOf = (request: ClientRequest) => new Promise((resolve) => request.once('close', resolve));

const headersOf = ({ mirror }: Stage) =>
	mirror.requests.map(({ method, path, headers }) => ({ method, path, headers }));

describe('wiretwinRequest', () => {
	test('is no ClientRequest for an agent of ours, and Node for everything else', async () => {
		await using stage = await startStage();
		const { agent } = stage;
		const url = `${stage.mirror.url}/echo`;
		const isNode = (options: https.RequestOptions) => {
			const request = direct(url, options).on('error', () => undefined);
			request.destroy();
			return request instanceof ClientRequest;
		};
		expect([
			isNode({ agent }),
			isNode({}),
			isNode({ agent: new https.Agent() }),
			isNode({ agent, headers: { upgrade: 'websocket' } }),
			isNode({ agent, headers: ['x-a', 'b'] as never }),
			isNode({ agent, maxHeaderSize: 1000 }),
			isNode({ agent, crl: 'x' }),
			isNode({ agent, createConnection: () => new net.Socket() }),
		]).toEqual([false, true, true, true, true, true, true, true]);
	});

	test('reads its parameters as Node does, and says no where Node does', async () => {
		await using stage = await startStage();
		const { agent, mirror, session } = stage;
		const agents = wiretwinAgents(session);
		for (const [, way] of ways) {
			const codeOf = (options: https.RequestOptions) => {
				try {
					way(mirror.url, { agent, ...options })
						.on('error', () => undefined)
						.destroy();
				} catch (error) {
					return (error as NodeJS.ErrnoException).code;
				}
			};
			expect([
				codeOf({ path: '/a b' }),
				codeOf({ path: '/a\r\nx-b:c' }),
				codeOf({ method: 'G T' }),
				codeOf({ method: 5 as never }),
				codeOf({ protocol: 'http:' }),
				codeOf({ agent: agents.http }),
				codeOf({ agent: agents.https }),
			]).toEqual([
				...['ERR_UNESCAPED_CHARACTERS', 'ERR_UNESCAPED_CHARACTERS', 'ERR_INVALID_HTTP_TOKEN', 'ERR_INVALID_ARG_TYPE'],
				...['ERR_INVALID_PROTOCOL', 'ERR_INVALID_PROTOCOL', undefined],
			]);
			// An option goes before the same part of the URL.
			const elsewhere = { agent, hostname: 'localhost', port: mirror.port, path: '/echo' };
			expect((await responseOf(way('https://other.example:1/', elsewhere))).statusCode).toBe(200);
		}
	});

	test('sends the same bytes as ClientRequest: GET, forms, JSON, chunks, fields of every kind', async () => {
		const seen: unknown[] = [];
		for (const [, way] of ways) {
			await using stage = await startStage(undefined, { mirror: { protocols: ['http/1.1'], port: 0 } });
			const { agent } = stage;
			const at = (path: string) => `${stage.mirror.url}${path}`;
			const form = { 'content-type': 'application/x-www-form-urlencoded' };
			await textOf(await responseOf(way(at('/echo?a=1'), { agent, headers: { 'X-Many': ['1', '2'], 'x-n': 3 } })));
			await textOf(await responseOf(way(at('/echo'), { agent, method: 'POST', headers: form }), 'a=1'));
			await textOf(await responseOf(way(at('/echo'), { agent, method: 'post' })));
			await textOf(await responseOf(way(at('/echo'), { agent, method: 'DELETE' })));
			await textOf(await responseOf(way(at('/echo'), { agent, headers: { cookie: 'a=b', host: 'www.mirror.test' } })));
			await textOf(await responseOf(way(at('/echo').replace('//', '//user:p%40ss@'), { agent })));
			const chunked = way(at('/echo'), { agent, method: 'PUT' });
			const answered = once(chunked, 'response');
			chunked.write('first ');
			await stage.mirror.waitForRequest(({ method }) => method === 'PUT', { stage: 'head' });
			chunked.end('second');
			await textOf((await answered)[0]);
			const hidePort = (text: string) => text.replaceAll(String(stage.mirror.port), 'PORT');
			seen.push(JSON.parse(hidePort(JSON.stringify(headersOf(stage)))));
			expect(stage.mirror.requests.at(-1)?.body.toString()).toBe('first second');
		}
		expect(seen[0]).toEqual(seen[1]);
	});

	test('tells the same events in the same order', async () => {
		await using stage = await startStage();
		const runs: string[][] = [];
		for (const [, way] of ways) {
			const agent = wiretwinAgent(stage.session);
			const url = `${stage.mirror.urlFor('www.mirror.test')}/bytes/10`;
			for (const path of ['', '?again']) {
				const request = way(url + path, { agent });
				const events = watch(request);
				const closed = once(request, 'close');
				await textOf(await responseOf(request));
				await closed;
				runs.push(events);
			}
		}
		const steps = ['socket lookup', 'socket connect', 'socket ready', 'socket secureConnect'];
		expect(runs[0]).toEqual(['socket', ...steps, 'finish', 'response', 'response end', 'close']);
		for (const run of runs) expect(run).toEqual(runs[0]);
	});

	test('what nobody listens for comes with the head at the latest', async () => {
		await using stage = await startStage();
		const request = direct(`${stage.mirror.url}/bytes/10`, { agent: stage.agent });
		let finished = false;
		request.end(() => {
			finished = true;
		});
		const [response] = (await once(request, 'response')) as [IncomingMessage];
		expect([finished, request.socket?.connecting, request.socket?.remotePort]).toEqual([
			true,
			false,
			stage.mirror.port,
		]);
		await textOf(response);
	});

	test('the response is an IncomingMessage: status, fields, trailers, protocol', async () => {
		await using stage = await startStage();
		const response = await responseOf(direct(`${stage.mirror.url}/trailers`, { agent: stage.agent }));
		expect(response).toBeInstanceOf(http.IncomingMessage);
		expect([response.statusCode, response.statusMessage, response.httpVersion]).toEqual([200, 'OK', '2.0']);
		await textOf(response);
		expect(response.trailers).toEqual({ 'x-checksum': 'abc123', 'server-timing': 'total;dur=1' });
		expect([response.complete, response.aborted]).toEqual([true, false]);
		const head = await responseOf(direct(`${stage.mirror.url}/bytes/10`, { agent: stage.agent, method: 'HEAD' }));
		expect([head.headers['content-length'], await textOf(head)]).toEqual(['10', '']);
		const none = await responseOf(direct(`${stage.mirror.url}/status/204`, { agent: stage.agent }));
		expect(await textOf(none)).toBe('');
	});

	test('1xx reach "information", 100 reaches "continue", the body waits for it', async () => {
		await using stage = await startStage(async (request) => {
			if (request.header('expect') !== '100-continue') return undefined;
			request.inform(100);
			return { body: (await request.readBody()).toString() };
		});
		const early = direct(`${stage.mirror.url}/1xx`, { agent: stage.agent });
		const hints: unknown[] = [];
		early.on('information', ({ statusCode, headers }) => hints.push([statusCode, headers.link]));
		await textOf(await responseOf(early));
		expect(hints).toEqual([[103, '</style.css>; rel=preload; as=style']]);
		const headers = { expect: '100-continue', 'content-length': 4 };
		const request = direct(`${stage.mirror.url}/`, { agent: stage.agent, method: 'PUT', headers });
		const answered = once(request, 'response');
		await once(request, 'continue');
		request.end('body');
		expect(await textOf((await answered)[0])).toBe('body');
	});

	test('fields may be changed until the request goes out', async () => {
		await using stage = await startStage();
		const request = direct(`${stage.mirror.url}/echo`, { agent: stage.agent, headers: { 'X-Old': '1' } });
		request.once('socket', () => {
			request.removeHeader('x-old');
			request.setHeader('X-New', '2');
		});
		await textOf(await responseOf(request));
		const names = stage.mirror.requests[0]?.headers.map(([name]) => name);
		expect([names?.includes('x-old'), names?.includes('x-new')]).toEqual([false, true]);
		expect([request.getHeader('x-new'), request.getHeaderNames(), request.headersSent]).toEqual(['2', ['x-new'], true]);
		expect(() => request.setHeader('x-late', '3')).toThrow(/after they are sent/);
		expect(() => direct(stage.mirror.url, { agent: stage.agent, headers: { 'x-bad': 'a\nb' } })).toThrow(
			expect.objectContaining({ code: 'ERR_INVALID_CHAR' }),
		);
	});

	test.each(ways)('AsyncLocalStorage holds in the callbacks, %s', async (_name, way) => {
		await using stage = await startStage();
		await textOf(await responseOf(way(`${stage.mirror.url}/bytes/1`, { agent: stage.agent })));
		const storage = new AsyncLocalStorage<string>();
		const stores = await storage.run('mine', () => {
			const seen: string[] = [];
			const note = (emitter: NodeJS.EventEmitter, names: readonly string[]) => {
				for (const name of names) emitter.on(name, () => seen.push(`${name} ${storage.getStore()}`));
			};
			const request = way(`${stage.mirror.url}/bytes/300000`, { agent: stage.agent, method: 'GET' });
			note(request, ['socket', 'finish']);
			return new Promise<string[]>((resolve) => {
				request.on('response', (response) => {
					seen.push(`response ${storage.getStore()}`);
					note(response, ['data', 'end']);
					response.on('close', () => resolve(seen));
				});
				request.end();
			});
		});
		expect([...new Set(stores)]).toEqual(['socket mine', 'finish mine', 'response mine', 'data mine', 'end mine']);
	});
});

describe('bodies', () => {
	test('a write succeeds once there is a connection, and fails after the error of its request', async () => {
		await using stage = await startStage();
		const request = direct(`${stage.mirror.url}/upload`, { agent: stage.agent, method: 'PUT' });
		const answered = once(request, 'response');
		const written: unknown[] = [];
		await new Promise<void>((resolve) => request.write('a'.repeat(100_000), () => resolve()));
		expect(request.socket?.connecting).toBe(false);
		request.end('b', () => written.push('end'));
		expect(JSON.parse(await textOf((await answered)[0])).bytes).toBe(100_001);
		expect(written).toEqual(['end']);
		const dead = direct(`http://127.0.0.1:${await closedPort()}/`, { agent: stage.agent, method: 'PUT' });
		const order: string[] = [];
		dead.on('error', (error: NodeJS.ErrnoException) => order.push(`error ${(error as NodeJS.ErrnoException).code}`));
		dead.on('finish', () => order.push('finish'));
		await new Promise<void>((resolve) =>
			dead.write('x', (error) => {
				order.push(`write ${(error as NodeJS.ErrnoException | null | undefined)?.code}`);
				resolve();
			}),
		);
		expect(order).toEqual(['error ECONNREFUSED', 'write ECONNREFUSED']);
	});

	test('flushHeaders sends the head before there is a body', async () => {
		for (const [, way] of ways) {
			await using server = await startNodeServer((_, response) => response.flushHeaders());
			await using stage = await startStage();
			const request = way(server.url, { agent: stage.agent, method: 'POST' }).on('error', () => undefined);
			request.flushHeaders();
			const [response] = (await once(request, 'response')) as [IncomingMessage];
			expect(response.statusCode).toBe(200);
			response.on('error', () => undefined);
			request.destroy();
		}
	});

	test('a write after the end is an error of the request, which closes with its answer', async () => {
		await using stage = await startStage();
		for (const [, way] of ways) {
			const request = way(`${stage.mirror.url}/echo`, { agent: stage.agent, method: 'POST' });
			const errors: unknown[] = [];
			request.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code));
			request.on('response', (response) => response.resume());
			request.end('x').write('y');
			await closeOf(request);
			expect(errors).toEqual(['ERR_STREAM_WRITE_AFTER_END']);
		}
	});

	test('silence after the answer is no silence of the request', async () => {
		await using stage = await startStage();
		for (const [, way] of ways) {
			const request = way(`${stage.mirror.url}/echo`, { agent: stage.agent, timeout: 60_000 });
			const { socket } = await responseOf(request).then(async (response) => {
				const { socket } = request;
				await textOf(response);
				return { socket };
			});
			if (!request.closed) await closeOf(request);
			expect((socket as unknown as { timeout: number }).timeout).toBe(0);
		}
	});

	test('a body longer or shorter than its length is refused, not sent', async () => {
		await using stage = await startStage();
		for (const body of ['four', 'ab']) {
			const headers = { 'content-length': 3 };
			const request = direct(`${stage.mirror.url}/echo`, { agent: stage.agent, method: 'POST', headers });
			const [error] = await once(request.end(body), 'error');
			expect(error.code).toBe('ERR_HTTP_CONTENT_LENGTH_MISMATCH');
		}
		const late = direct(`${stage.mirror.url}/echo`, {
			agent: stage.agent,
			method: 'POST',
			headers: { 'content-length': 10 },
		});
		const failed = once(late, 'error');
		await new Promise<void>((resolve) => late.write('half', () => resolve()));
		late.end();
		expect((await failed)[0].code).toBe('ERR_HTTP_CONTENT_LENGTH_MISMATCH');
		expect(stage.mirror.requests.filter(({ complete }) => complete)).toEqual([]);
	});

	test('a reader who pauses holds the body back and loses nothing', async () => {
		await using stage = await startStage();
		const response = await responseOf(direct(`${stage.mirror.url}/bytes/3000000`, { agent: stage.agent }));
		let bytes = 0;
		response.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
			response.pause();
			setImmediate(() => response.resume());
		});
		await once(response, 'end');
		expect(bytes).toBe(3_000_000);
	});
});

describe('failures and aborts', () => {
	test('errors are those of ClientRequest', async () => {
		await using stage = await startStage();
		await using hangUp = await startNodeServer((request) => request.socket.destroy());
		const urls = [`http://127.0.0.1:${await closedPort()}/`, 'http://does-not-exist.invalid/', hangUp.url];
		for (const url of urls) {
			const errors: unknown[] = [];
			for (const [, way] of ways) {
				const request = way(url, { agent: stage.agent });
				const lookups: unknown[] = [];
				request.on('socket', (socket) =>
					socket.on('lookup', (error: NodeJS.ErrnoException | null) => lookups.push(error?.code)),
				);
				const closed = closeOf(request);
				const [error] = (await once(request.end(), 'error')) as [NodeJS.ErrnoException];
				await closed;
				const { message, code, syscall, errno } = error;
				errors.push({ message, code, syscall, errno, lookups, destroyed: request.destroyed });
			}
			expect(errors[0]).toEqual(errors[1]);
		}
	});

	test('given up in each phase: the same events and errors as by ClientRequest, and the exchange is stopped', async () => {
		await using stage = await startStage();
		const { agent, mirror, session } = stage;
		const ends: Array<readonly [phase: string, path: string, giveUp: (request: ClientRequest) => Promise<void>]> = [
			['before the socket', '/hang', async (request) => void request.destroy()],
			['aborted at once', '/hang', async (request) => void request.abort()],
			[
				'aborted later',
				'/hang',
				async (request) => {
					await mirror.waitForRequest(({ path }) => path === request.path);
					request.abort();
				},
			],
			[
				'while connecting',
				'/hang',
				async (request) => {
					await once(request, 'socket');
					request.destroy(new Error('mine'));
				},
			],
			[
				'waiting for the head',
				'/hang',
				async (request) => {
					await mirror.waitForRequest(({ path }) => path === request.path);
					request.destroy(new Error('mine'));
				},
			],
			[
				'in the body',
				'/hang/body',
				async (request) => {
					const [response] = await once(request, 'response');
					await once(response, 'data');
					request.destroy(new Error('mine'));
				},
			],
			[
				'by the response',
				'/hang/body',
				async (request) => {
					const [response] = await once(request, 'response');
					await once(response, 'data');
					response.destroy();
				},
			],
		];
		for (const [phase, path, giveUp] of ends) {
			const runs: unknown[] = [];
			for (const [name, way] of ways) {
				const request = way(`${mirror.url}${path}?${encodeURIComponent(phase + name)}`, { agent });
				const errors: unknown[] = [];
				request.on('error', (error: NodeJS.ErrnoException) => errors.push([error.message, error.code]));
				const events = watch(request);
				const closed = closeOf(request);
				request.end();
				await giveUp(request);
				await closed;
				runs.push({ errors, events: events.filter((event) => /^(abort|error|close|response aborted)$/.test(event)) });
			}
			expect(runs[0], phase).toEqual(runs[1]);
		}
		for (let round = 0; session.transport.stats().exchanges > 0; round++) {
			expect(round).toBeLessThan(100);
			await (await session.fetch(`${mirror.url}/bytes/1`)).text();
		}
	});

	test('a body that stops short aborts the response with ECONNRESET, the request stays quiet', async () => {
		await using stage = await startStage();
		const server = net.createServer((socket) =>
			socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')),
		);
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
		const request = direct(url, { agent: stage.agent });
		const events = watch(request);
		const response = await responseOf(request);
		const text: string[] = [];
		response.on('data', (chunk) => text.push(String(chunk)));
		const [error] = await once(response, 'error');
		expect([error.code, error.message, text, response.complete]).toEqual(['ECONNRESET', 'aborted', ['half'], false]);
		expect(events.filter((event) => event === 'error')).toEqual([]);
		server.close();
		const broken = () => ({ headers: [['content-encoding', 'gzip']] as Array<[string, string]>, body: 'no gzip' });
		await using other = await startStage(broken);
		const bad = await responseOf(direct(other.mirror.url, { agent: other.agent }));
		expect((await once(bad.resume(), 'error'))[0].code).toMatch(/^ERR_DECODE/);
	});

	test('a signal and limits of silence end a request as they do for ClientRequest', async () => {
		await using stage = await startStage();
		const { agent, mirror } = stage;
		const early = direct(`${mirror.url}/echo`, { agent, signal: AbortSignal.abort() });
		expect((await once(early, 'error'))[0].code).toBe('ABORT_ERR');
		const controller = new AbortController();
		const hanging = direct(`${mirror.url}/hang`, { agent, signal: controller.signal }).end();
		await mirror.waitForRequest(({ path }) => path === '/hang');
		controller.abort();
		expect((await once(hanging, 'error'))[0].code).toBe('ABORT_ERR');
		const silent = direct(`${mirror.url}/hang`, { agent, timeout: 40 }).on('error', () => undefined);
		await once(silent.end(), 'timeout');
		silent.destroy();
		const response = await responseOf(direct(`${mirror.url}/hang/body`, { agent }));
		response.on('error', () => undefined).resume();
		await once(response.setTimeout(40), 'timeout');
		response.destroy();
	});
});

describe('timings', () => {
	const parts = ['start', 'socket', 'lookup', 'connect', 'secureConnect', 'upload', 'response', 'end'] as const;
	type Timings = Record<(typeof parts)[number] | 'error' | 'abort', number | undefined> & {
		phases: Record<string, number | undefined>;
	};
	const timingsOf = (request: ClientRequest) => (request as unknown as { timings: Timings }).timings;

	test.each([
		['watched', true],
		['not watched', false],
	])('are complete and in order on new and used connections, %s', async (_name, isWatched) => {
		await using stage = await startStage();
		for (const isReused of [false, true]) {
			const request = direct(`${stage.mirror.urlFor('www.mirror.test')}/bytes/10`, { agent: stage.agent });
			if (isWatched) watch(request);
			const response = await responseOf(request);
			await textOf(response);
			const timings = timingsOf(request);
			const times = parts.map((part) => timings[part]);
			expect(times.every((time) => typeof time === 'number')).toBe(true);
			expect(times).toEqual(times.toSorted((left, right) => Number(left) - Number(right)));
			const { dns, tcp, tls, total } = timings.phases;
			if (isReused && !isWatched) expect([dns, tcp, tls]).toEqual([0, 0, 0]);
			expect(total).toBe(Number(timings.end) - Number(timings.start));
			expect([request.reusedSocket, (response as unknown as { timings: Timings }).timings]).toEqual([
				isReused,
				timings,
			]);
		}
	});

	test('say when a request failed or was given up', async () => {
		await using stage = await startStage();
		const dead = direct(`http://127.0.0.1:${await closedPort()}/`, { agent: stage.agent });
		await once(dead.end(), 'error');
		expect(timingsOf(dead).phases.total).toBe(Number(timingsOf(dead).error) - Number(timingsOf(dead).start));
		const request = direct(`${stage.mirror.url}/hang/body`, { agent: stage.agent });
		const response = await responseOf(request);
		const aborted = once(response, 'aborted');
		response.on('error', () => undefined);
		request.on('error', () => undefined).destroy(new Error('mine'));
		await aborted;
		const { abort, error, end } = timingsOf(request);
		expect([typeof abort, typeof error, end]).toEqual(['number', 'number', undefined]);
	});
});
