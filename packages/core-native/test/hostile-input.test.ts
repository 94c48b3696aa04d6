import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNativeTransport, isNativeError, NativeError } from '../src/index.ts';
import type { NativeRequest, NativeTransport, NativeTransportOptions } from '../src/types.ts';
import { chromeProfile, type Peer, startPeer } from './support/peers.ts';
import { createTransport, failureOf, run, start } from './support/run.ts';

let peer: Peer;
let transport: NativeTransport;

beforeAll(async () => {
	peer = await startPeer('http1', (request, response) => request.pipe(response));
	transport = createTransport();
});

afterAll(async () => {
	await transport.close();
	await peer.close();
});

const handler = { onHead() {}, onError() {} };

function refuse(request: unknown): void {
	expect(() => transport.exchange(request as NativeRequest, handler)).toThrow(
		expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG' }) as Error,
	);
}

describe('N01 requests that are refused before a byte is sent', () => {
	const bad: Record<string, Partial<Record<keyof NativeRequest, unknown>>> = {
		'CR LF in a value': { headers: ['a', 'b\r\nx: y'] },
		'NUL in a value': { headers: ['a', 'b\0'] },
		'a value beyond latin1': { headers: ['a', '\u20ac'] },
		'a number as value': { headers: ['a', 1] },
		'a blank in a name': { headers: ['a b', 'c'] },
		'an empty name': { headers: ['', 'c'] },
		'a colon in front of a name': { headers: [':path', '/'] },
		'a symbol as name': { headers: [Symbol('a'), 'c'] },
		'a name without value': { headers: ['a'] },
		'fields that are no array': { headers: { length: 0 } },
		'too many fields': { headers: Array.from({ length: 4096 }, () => 'a') },
		'a method with a blank': { method: 'GET /' },
		'an empty method': { method: '' },
		'CR LF in the target': { target: '/ HTTP/1.1\r\nx: y' },
		'a blank in the target': { target: '/a b' },
		'an authority with user info': { authority: 'user@host' },
		'a host with a path': { host: 'host/path' },
		'a host with a port': { host: 'host:80' },
		'a host that is too long': { host: 'a'.repeat(256) },
		'another scheme': { scheme: 'ftp' },
		'port 0': { port: 0 },
		'a port as text': { port: '80' },
		'a text body': { body: 'text' },
		'a body that is an ArrayBuffer': { body: new ArrayBuffer(1) },
		'a body of 16-bit numbers': { body: new Uint16Array(1) },
		'a negative limit': { timeouts: { total: -1 } },
		'a limit that is no number': { timeouts: { head: Number.NaN } },
		'a priority out of range': { priority: { weight: 0, exclusive: false, rank: 0 } },
		'a fractional length': { contentLength: 1.5 },
		'an unknown protocol': { protocols: 'h3' },
		'a number as switch': { decompress: 1 },
	};
	for (const [name, change] of Object.entries(bad)) {
		test(name, () => refuse({ ...peer.request('/'), ...change }));
	}

	test('things that are no request', () => {
		for (const value of [undefined, null, 1, 'x', Symbol('x'), () => {}, []]) refuse(value);
	});

	test('a handler without methods', () => {
		for (const value of [undefined, null, {}, { onHead() {} }]) {
			expect(() => transport.exchange(peer.request('/'), value as never)).toThrow(TypeError);
		}
	});
});

describe.each(['http1', 'h2'] as const)('F12 a length of the caller, %s', (kind) => {
	test.each(['+5', '05', '5, 5', ' 5', '5.0', '0x5', '4', '6', '', '\u00b5'])(
		'%j is refused unsent',
		async (length) => {
			let requests = 0;
			await using own = await startPeer(kind, (_request, response) => {
				requests++;
				response.end();
			});
			const trusting = createTransport();
			const headers = ['Content-Length', length];
			const body = new TextEncoder().encode('hello');
			for (const more of [{ body }, { body: 'stream' as const, contentLength: 5 }]) {
				const failed = run(trusting, own.request('/', { method: 'POST', headers, ...more }));
				expect(await failureOf(failed)).toMatchObject({ code: 'ERR_INVALID_ARG' });
			}
			expect(requests).toBe(0);
			await trusting.close();
		},
	);
});

describe('N01 hostile objects', () => {
	test('a getter that throws reaches the caller and leaves the transport usable', async () => {
		const request = Object.defineProperty(peer.request('/'), 'port', {
			get() {
				throw new RangeError('mine');
			},
		});
		expect(() => transport.exchange(request, handler)).toThrow(RangeError);
		expect((await run(transport, peer.request('/'))).head.status).toBe(200);
	});

	test('fields that change between two reads are read once', async () => {
		let reads = 0;
		const headers = new Proxy(['x-a', 'good'], {
			get(target, key, receiver) {
				if (key === '1') {
					reads++;
					return reads === 1 ? 'good' : 'bad\r\nx-b: c';
				}
				return Reflect.get(target, key, receiver) as unknown;
			},
		});
		expect((await run(transport, peer.request('/', { headers }))).head.status).toBe(200);
		expect(reads).toBe(1);
	});

	test('a transport closed by a getter of the request starts nothing', async () => {
		const own = createTransport();
		const request = Object.defineProperty(peer.request('/'), 'port', {
			get() {
				void own.close();
				return peer.port;
			},
		});
		expect(() => own.exchange(request, handler)).toThrow(
			expect.objectContaining({ code: 'ERR_SESSION_CLOSED' }) as Error,
		);
		await own.close();
	});

	test('a detached body is refused, in the request and in write', async () => {
		const detached = new Uint8Array(8);
		structuredClone(detached.buffer, { transfer: [detached.buffer] });
		refuse(peer.request('/', { method: 'POST', body: detached }));
		const { exchange } = start(transport, peer.request('/', { method: 'POST', headers: [], body: 'stream' }));
		expect(await failureOf(exchange.write(detached))).toMatchObject({ code: 'ERR_INVALID_ARG' });
		exchange.abort();
	});

	test('shared, resizable and foreign bytes and lying getters arrive as they were', async () => {
		const shared = new Uint8Array(new SharedArrayBuffer(20_000)).fill(1);
		const resizable = new Uint8Array(new ArrayBuffer(20_000, { maxByteLength: 40_000 })).fill(2);
		const foreign = runInNewContext('new Uint8Array(20000).fill(3)') as Uint8Array;
		const lying = Object.defineProperties(new Uint8Array(20_000).fill(4), {
			length: { get: () => 4_000_000_000 },
			byteLength: { get: () => 4_000_000_000 },
			buffer: { get: () => new ArrayBuffer(1) },
		});
		for (const [index, body] of [shared, resizable, foreign, lying].entries()) {
			const pending = run(transport, peer.request('/', { method: 'POST', headers: ['Content-Length', '20000'], body }));
			if (body === resizable) (resizable.buffer as ArrayBuffer).resize(0);
			expect((await pending).body.equals(Buffer.alloc(20_000, index + 1))).toBe(true);
		}
	});

	test('an exception in a handler surfaces and costs no other exchange its events', async () => {
		const uncaught = new Promise((resolve) => {
			const listeners = process.listeners('uncaughtException');
			process.removeAllListeners('uncaughtException');
			process.once('uncaughtException', (error) => {
				for (const listener of listeners) process.on('uncaughtException', listener);
				resolve(error);
			});
		});
		transport.exchange(peer.request('/'), {
			onHead() {
				throw new Error('from a handler');
			},
			onError() {},
		});
		const other = run(transport, peer.request('/'));
		expect(await uncaught).toMatchObject({ message: 'from a handler' });
		expect((await other).head.status).toBe(200);
	});

	test('reads that are ordered before the head get the body', async () => {
		const body = Buffer.from('early');
		const request = peer.request('/', { method: 'POST', headers: ['Content-Length', '5'], body });
		const one = start(transport, request).exchange;
		expect(Buffer.from((await one.read()) ?? []).toString()).toBe('early');
		expect(await one.read()).toBeNull();
		expect(Buffer.from(await start(transport, request).exchange.readAll()).toString()).toBe('early');
		expect(await start(transport, peer.request('/')).exchange.read()).toBeNull();
	});

	test('calls in the wrong order are refused and harmless', async () => {
		const { exchange, ended } = start(transport, peer.request('/'));
		expect(await failureOf(exchange.write(new Uint8Array(1)))).toBeInstanceOf(TypeError);
		expect(() => exchange.end()).toThrow(TypeError);
		const first = exchange.readAll();
		expect(await failureOf(exchange.read())).toBeInstanceOf(TypeError);
		expect(() => exchange.discard(-1)).toThrow(TypeError);
		await first;
		await ended;
		exchange.abort();
		exchange.discard();
	});
});

describe('N01 transport options', () => {
	const bad: Record<string, Partial<Record<keyof NativeTransportOptions | 'surprise', unknown>>> = {
		'no text as profile': { profile: {} },
		'an unknown option': { surprise: true },
		'an unknown proxy': { proxy: { kind: 'ftp', host: 'a', port: 1 } },
		'a proxy field with CR LF': { proxy: { kind: 'http', host: 'a', port: 1, headers: [['a', 'b\r\nc: d']] } },
		'an address that is a name': { resolve: { host: ['name'] } },
		'a local address that is a name': { localAddress: 'localhost' },
		'a number as authority': { ca: [1] },
		'an unknown store': { trustStore: 'mine' },
		'a negative time': { idleTimeoutMs: -1 },
	};
	for (const [name, change] of Object.entries(bad)) {
		test(name, () => {
			expect(() => createNativeTransport({ profile: chromeProfile, ...change } as never)).toThrow(
				expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG' }) as Error,
			);
		});
	}

	test('N05 a profile that the engine refuses fails by name', () => {
		for (const profile of ['', '{}', 'null', chromeProfile.replace('"tls":', '"tsl":')]) {
			let thrown: unknown;
			try {
				createNativeTransport({ profile });
			} catch (error) {
				thrown = error;
			}
			expect(thrown).toBeInstanceOf(NativeError);
			expect(isNativeError(thrown)).toBe(true);
			expect((thrown as NativeError).code).toMatch(/^ERR_PROFILE/);
		}
	});

	const http1Changes: Record<string, object> = {
		connection: { connection: 'close, Transfer-Encoding' },
		forwardProxyConnection: { forwardProxyConnection: 'Transfer-Encoding' },
		connectFields: {
			connectFields: [
				['Host', null],
				['Content-Length', '999'],
			],
		},
		drop: { drop: ['host'] },
		leading: { leading: ['host', 'transfer-encoding'] },
	};
	test('N05 each transport has its own profile, however many there were, and a refused one spoils none', async () => {
		await using names = await startPeer('http1', ({ headers }, response) => response.end(Object.keys(headers).join()));
		const document = JSON.parse(chromeProfile);
		// More than the native half keeps (`profilesKept`); each leaves out a field of its own.
		const profiles = Array.from({ length: 70 }, (_, index) =>
			JSON.stringify({ ...document, http1: { ...document.http1, drop: [`x-${index}`] } }),
		);
		for (const profile of profiles) await createNativeTransport({ profile }).close();
		for (const index of [0, 1, 62, 63, 64, 69]) {
			expect(() => createNativeTransport({ profile: '{}' })).toThrow();
			await using one = createTransport({ profile: profiles[index] as string });
			const headers = ['x-0', 'x-1', 'x-62', 'x-63', 'x-64', 'x-69'].flatMap((name) => [name, '1']);
			const seen = (await run(one, names.request('/', { headers }))).body.toString().split(',');
			expect(headers.filter((name) => name.startsWith('x-') && !seen.includes(name))).toEqual([`x-${index}`]);
		}
	});

	test.each(Object.entries(http1Changes))('N07 %s of a profile frames no message', (key, change) => {
		const document = JSON.parse(chromeProfile) as { http1: object };
		const profile = JSON.stringify({ ...document, http1: { ...document.http1, ...change } });
		expect(() => createNativeTransport({ profile })).toThrow(
			expect.objectContaining({
				code: 'ERR_PROFILE_INVALID',
				message: expect.stringContaining(`http1.${key}`),
			}) as Error,
		);
	});

	test('N06 no secret of the options is in an error', () => {
		const secret = 'canary-4711';
		const options = { profile: '{}', proxy: { kind: 'http', host: 'a', port: 1, username: secret, password: secret } };
		try {
			createNativeTransport(options as NativeTransportOptions);
			expect.unreachable();
		} catch (error) {
			expect(String(error)).not.toContain(secret);
			expect(JSON.stringify(error)).not.toContain(secret);
		}
	});
});

test('N01 calls after close are refused', async () => {
	const own = createTransport();
	await own.close();
	await own.close();
	expect(own.closed).toBe(true);
	for (const call of [
		() => own.exchange(peer.request('/'), handler),
		() => own.exportTickets(),
		() => own.importTickets(new Uint8Array(1)),
	]) {
		expect(call).toThrow(expect.objectContaining({ code: 'ERR_SESSION_CLOSED' }) as Error);
	}
	expect(own.stats()).toEqual({ connections: 0, exchanges: 0 });
});

test('N06 an error of an exchange is branded and holds no part of the request', async () => {
	const request = peer.request('/secret-target', { headers: ['Authorization', 'secret-field'], port: 1 });
	const error = await failureOf(run(transport, request));
	expect(error).toBeInstanceOf(NativeError);
	expect(error.code).toBe('ERR_CONNECTION_REFUSED');
	expect(error.nodeCode).toBe('ECONNREFUSED');
	expect(error.phase).toBe('connect');
	expect(error.replayable).toBe(true);
	expect(`${error}${error.stack}${JSON.stringify(error)}`).not.toContain('secret-');
});
