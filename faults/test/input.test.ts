import { startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FetchInit, isWiretwinError } from 'wiretwin';
import { underInvariants, useWorld } from './support/world.ts';

useWorld();

let mirror: Awaited<ReturnType<typeof startMirror>>;
beforeAll(async () => {
	mirror = await startMirror();
});
afterAll(() => mirror.close());

/** The call is refused with one of our codes and the mirror hears nothing of it. */
async function expectRefused(path: string, init: unknown): Promise<void> {
	const before = mirror.connections.length;
	await underInvariants({}, async ({ session, errors }) => {
		const error = await session.fetch(`${mirror.url}${path}`, init as FetchInit).catch((reason: unknown) => reason);
		errors.push(error);
		expect(error).toSatisfy(isWiretwinError);
		expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_INVALID_/), phase: 'input' });
	});
	expect(mirror.connections).toHaveLength(before);
}

const breaks = ['a\r\nx: y', 'a\nx: y', 'a\rb', 'a\0b', '\x7f'];

describe('F11 nothing that breaks out of its place is sent', () => {
	test.each(breaks)('F11 as a header value, in an object, pairs and Headers: %j', async (value) => {
		await expectRefused('/', { headers: { 'x-value': value } });
		await expectRefused('/', { headers: [['x-value', value]] });
	});
	test.each(['a b', 'a:', 'a\r\nb', 'a\0', 'ä', '', ':path', '(x)'])('F11 as a header name: %j', async (name) => {
		await expectRefused('/', { headers: { [name]: '1' } });
		await expectRefused('/', { headers: [[name, '1']] });
	});
	test.each(['GET /x HTTP/1.1\r\nA: b', 'G T', '', 'GET\0', 'TRACE', 'CONNECT', 'TRACK'])(
		'F11 as a method: %j',
		(method) => expectRefused('/', { method }),
	);
	test.each(breaks)('F11 as a cookie of the caller: %j', async (value) => {
		await expectRefused('/', { headers: { cookie: `a=${value}` } });
		await underInvariants({}, async ({ session }) => {
			expect(() => session.setCookie('a', value, mirror.url)).toThrow(
				expect.objectContaining({ code: 'ERR_INVALID_ARG' }),
			);
			expect(session.getCookies(mirror.url)).toEqual({});
		});
	});
	test('F11 as a multipart name or file name it is escaped, as browsers do', async () => {
		const form = new FormData();
		form.append('a"\r\nb', 'value');
		form.append('file', new File(['x'], 'n"\r\nX-Evil: 1.txt'));
		await underInvariants({}, async ({ session }) => {
			const response = await session.fetch(`${mirror.url}/echo`, { method: 'POST', body: form });
			const { body } = (await response.json()) as { body: string };
			expect(body).toContain('name="a%22%0D%0Ab"');
			expect(body).toContain('filename="n%22%0D%0AX-Evil: 1.txt"');
		});
	});
	test('F11 R07 in a path it is escaped or dropped by the one URL parser', async () => {
		await underInvariants({}, async ({ session }) => {
			const response = await session.fetch(`${mirror.url}/a\r\nb\0c d\\e?q=\r\n"#\n`);
			expect(response.url).toBe(new URL(`${mirror.url}/a\r\nb\0c d\\e?q=\r\n"`).href);
			expect(mirror.requests.at(-1)?.path).toBe('/ab%00c%20d/e?q=%22');
			await response.bytes();
		});
	});
});

describe('F12 framing belongs to the client', () => {
	test.each([
		[{ headers: { 'Content-Length': '5', 'content-length': '6' }, method: 'POST', body: 'hello' }],
		[{ headers: { Host: 'a', host: 'b' } }],
		[
			{
				headers: [
					['Host', 'a'],
					['HOST', 'b'],
				],
			},
		],
		[{ headers: { 'Transfer-Encoding': 'chunked' }, method: 'POST', body: 'hello' }],
		[{ headers: { 'transfer-encoding': 'identity' } }],
	])('F12 refused: %j', (init) => expectRefused('/', init));

	test.each(['http/1.1', 'h2'] as const)(
		'F12 a wrong Content-Length is refused or corrected, one on the wire: %s',
		async (protocol) => {
			await using own = await startMirror({ protocols: [protocol] });
			for (const length of ['3', '6', '5, 5', '+5', '05', 'abc']) {
				for (const headers of [{ 'content-length': length }, [['Content-Length', length]] as [string, string][]]) {
					await underInvariants({}, async ({ session }) => {
						await session
							.fetch(`${own.url}/echo`, { method: 'POST', body: 'hello', headers, timeout: 5000 })
							.then((response) => response.bytes())
							.catch((error: unknown) =>
								expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(INVALID|BODY_LENGTH|UPLOAD)/) }),
							);
					});
				}
			}
			for (const request of own.requests) {
				const lengths = request.headers.filter(([name]) => name.toLowerCase() === 'content-length');
				expect(lengths.map(([, value]) => value)).toEqual(request.method === 'POST' ? ['5'] : []);
			}
		},
	);
});

describe('N01 hostile objects as arguments', () => {
	const thrower = new Proxy(
		{},
		{
			get: () => {
				throw new Error('trap');
			},
			ownKeys: () => {
				throw new Error('trap');
			},
		},
	);
	const detached = new ArrayBuffer(8);
	const detachedView = new Uint8Array(detached);
	structuredClone(detached, { transfer: [detached] });
	const deep: Record<string, unknown> = {};
	let level = deep;
	for (let index = 0; index < 50_000; index++) {
		level.headers = {};
		level = level.headers as Record<string, unknown>;
	}
	const cases: [string, unknown][] = [
		['a Proxy that throws', thrower],
		[
			'a getter that throws',
			Object.defineProperty({}, 'headers', {
				enumerable: true,
				get: () => {
					throw new Error('trap');
				},
			}),
		],
		['headers that throw', { headers: thrower }],
		[
			'an iterator that throws',
			{
				headers: {
					[Symbol.iterator]: () => {
						throw new Error('trap');
					},
				},
			},
		],
		['Symbol values', { headers: { a: Symbol('x') } }],
		['a Symbol method', { method: Symbol('GET') }],
		['a deep tree', deep],
		['a signal that is none', { signal: { aborted: false } }],
		['a timeout of NaN', { timeout: Number.NaN }],
		['a timeout tree', { timeout: { total: { total: 1 } } }],
		['a body that is no body', { method: 'POST', body: Symbol('x') }],
		['a function as body', { method: 'POST', body: () => 'x' }],
		['null', null],
		['a number', 7],
	];
	test.each(cases)('N01 %s rejects, and the session goes on', async (_name, init) => {
		await underInvariants({}, async ({ session }) => {
			const error = await session.fetch(`${mirror.url}/echo`, init as FetchInit).then(
				(response) => response.bytes(),
				(reason: unknown) => reason,
			);
			expect(error).toBeInstanceOf(init === null || init === deep ? Object : Error);
		});
	});
	test('N01 detached, shared and resizable buffers as a body', async () => {
		const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(65);
		const resizable = new ArrayBuffer(4, { maxByteLength: 8 });
		new Uint8Array(resizable).fill(66);
		await underInvariants({}, async ({ session }) => {
			const bodies = [detached, detachedView, shared, resizable];
			const lengths: unknown[] = [];
			for (const body of bodies) {
				const sent = session.fetch(`${mirror.url}/upload`, { method: 'POST', body });
				if (body === resizable) resizable.resize(0); // after the call the bytes are the client's
				lengths.push(
					await sent.then(
						async (response) => ((await response.json()) as { bytes: number }).bytes,
						(error) => error.code,
					),
				);
			}
			expect(lengths).toEqual(['ERR_INVALID_ARG', 'ERR_INVALID_ARG', 4, 4]);
		});
	});
	test('N01 R06 __proto__ in headers, JSON and cookies changes no prototype', async () => {
		await underInvariants({}, async ({ session }) => {
			const headers = JSON.parse('{"__proto__": "1", "constructor": "2"}') as Record<string, string>;
			const reply = await session.fetch(`${mirror.url}/headers?__proto__=1&constructor=2`, { headers });
			expect(reply.headers.get('__proto__')).toBe('1');
			expect(await (await session.fetch(`${mirror.url}/cookies/set?__proto__=1&constructor=2`)).bytes()).toBeDefined();
			const cookies = session.getCookies(mirror.url);
			expect(Object.getPrototypeOf(cookies)).toBe(Object.prototype);
			expect(Object.getOwnPropertyDescriptor(cookies, '__proto__')?.value).toBe('1');
			expect(Object.keys(Object.prototype)).toEqual([]);
			expect(({} as Record<string, unknown>).polluted).toBeUndefined();
			await reply.bytes();
		});
	});
});
