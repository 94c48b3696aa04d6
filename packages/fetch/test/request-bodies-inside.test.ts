import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createSession } from '../src/index.ts';
import { field, paths, startSite } from './support/site.ts';

const slowStream = (turns: number) =>
	new ReadableStream<Uint8Array>({
		async pull(controller) {
			for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
			controller.enqueue(Buffer.from('abc'));
			controller.close();
		},
	});

describe.each(['h2', 'http/1.1'] as const)('a body inside a Request, over %s', (protocol) => {
	it('made from memory it has its length, whatever its size and kind', async () => {
		await using site = await startSite(undefined, { protocols: [protocol] });
		const session = site.session();
		const long = 'x'.repeat(3_000_000);
		for (const [body, length] of [
			['abc', 3],
			['', 0],
			[long, long.length],
			[Buffer.alloc(300_000), 300_000],
			[new Blob([long, long]), 2 * long.length],
			[new URLSearchParams({ a: 'b c' }), 5],
		] as const) {
			const request = new Request(site.at('/echo'), { method: 'POST', body });
			await (await session.fetch(request)).bytes();
			const seen = site.mirror.requests.at(-1);
			expect([field(seen, 'content-length'), field(seen, 'transfer-encoding')]).toEqual([String(length), undefined]);
			expect(request.bodyUsed).toBe(true);
		}
	});

	it("a form has the browser's boundary and its length", async () => {
		await using site = await startSite(undefined, { protocols: [protocol] });
		const form = new FormData();
		form.append('name', 'ä');
		form.append('file', new File(['x'.repeat(500_000)], 'a "b".txt', { type: 'text/plain' }));
		const request = new Request(site.at('/echo'), { method: 'POST', body: form, headers: { 'x-own': '1' } });
		await (await site.session({ browser: 'chrome' }).fetch(request)).bytes();
		const seen = site.mirror.requests.at(-1);
		expect(field(seen, 'content-type')).toMatch(
			/^multipart\/form-data; boundary=----WebKitFormBoundary[A-Za-z0-9]{16}$/,
		);
		expect(Number(field(seen, 'content-length'))).toBeGreaterThan(500_000);
		expect(field(seen, 'x-own')).toBe('1');
	});

	it("a stream of the caller's is streamed, however fast it is", async () => {
		await using site = await startSite(undefined, { protocols: [protocol] });
		const session = site.session();
		for (const turns of [0, 1, 2, 5]) {
			const body = slowStream(turns);
			const request = new Request(site.at('/echo'), { method: 'POST', body, duplex: 'half' } as RequestInit);
			expect(await (await session.fetch(request)).json()).toMatchObject({ body: 'abc' });
			expect(field(site.mirror.requests.at(-1), 'content-length')).toBeUndefined();
		}
	});

	it('bytes leave in the order of the calls, between requests without a body', async () => {
		await using site = await startSite(undefined, { protocols: [protocol] });
		const session = site.session({ maxConnectionsPerOrigin: 1 });
		await (await session.fetch(site.at('/bytes/1'))).bytes();
		const post = { method: 'POST', body: 'a' };
		await Promise.all(
			[post, {}, post, {}].map((init, index) => session.fetch(site.at(`/echo?${index}`), init).then((r) => r.text())),
		);
		expect(paths(site.mirror).slice(1)).toEqual(['POST /echo?0', 'GET /echo?1', 'POST /echo?2', 'GET /echo?3']);
	});
});

describe('a body that is never opened is let go of', () => {
	const failureOf = (call: Promise<unknown>) => call.then(String, (error: unknown) => error);
	/** Sources of each kind and how often they were let go of. */
	function sources(url: string) {
		const released: string[] = [];
		const stream = (name: string) => new ReadableStream({ cancel: () => void released.push(name) });
		const readable = new PassThrough().on('close', () => released.push('readable'));
		const request = new Request(url, { method: 'POST', body: stream('request'), duplex: 'half' } as RequestInit);
		return { released, calls: [stream('stream'), readable, request] };
	}
	async function expectReleased(url: string, call: (input: string | Request, body?: unknown) => Promise<unknown>) {
		const { released, calls } = sources(url);
		for (const body of calls) await failureOf(body instanceof Request ? call(body) : call(url, body));
		await new Promise((resolve) => setImmediate(resolve));
		expect(released.sort()).toEqual(['readable', 'request', 'stream']);
		expect((calls[2] as Request).bodyUsed).toBe(true);
	}
	const post = (body: unknown, more = {}) =>
		(body === undefined ? more : { method: 'POST', body, ...more }) as RequestInit;

	it('by a signal that has aborted already', async () => {
		await using session = createSession();
		const signal = AbortSignal.abort();
		await expectReleased('https://a.test/', (input, body) => session.fetch(input, post(body, { signal }) as object));
	});
	it('when the lookup fails or hangs', async () => {
		await using failing = createSession({ lookup: (_host, _options, done) => done(new Error('no'), []) });
		await expectReleased('https://a.test/', (input, body) => failing.fetch(input, post(body) as object));
		await using hanging = createSession({ lookup: () => undefined });
		await expectReleased('https://a.test/', (input, body) => {
			const signal = AbortSignal.timeout(5);
			return hanging.fetch(input, post(body, { signal }) as object);
		});
	});
	it('by a session that is closed', async () => {
		const session = createSession();
		await session.close();
		await expectReleased('https://a.test/', (input, body) => session.fetch(input, post(body) as object));
	});
	it('and the mistake in an argument is told before the abort', async () => {
		await using session = createSession();
		const signal = AbortSignal.abort();
		for (const init of [{ body: 5, method: 'POST' }, { kind: 'none' }, { headers: { a: 'b\nc' } }, { method: ' ' }]) {
			const call = session.fetch('https://a.test/', { ...init, signal } as object);
			await expect(call).rejects.toMatchObject({ name: 'InvalidArgumentError' });
		}
	});
});

describe('what no browser can be made to send is refused', () => {
	it.each([
		{ cache: 'only-if-cached' },
		{ cache: 'only-if-cached', mode: 'same-origin' },
		{ mode: 'no-cors', method: 'PUT' },
		{ mode: 'no-cors', method: 'PATCH', body: 'a' },
		{ window: {} },
	])('%j', async (init) => {
		await using session = createSession();
		const call = session.fetch('https://a.test/', init as object);
		await expect(call).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
	});
});

it("a response's headers cannot be changed, a copy can", async () => {
	await using site = await startSite();
	const { headers } = await site.session().fetch(site.at('/echo'));
	for (const change of [() => headers.set('a', 'b'), () => headers.append('a', 'b'), () => headers.delete('vary')]) {
		expect(change).toThrow(TypeError);
	}
	const copy = new Headers(headers);
	copy.set('a', 'b');
	expect([copy.get('a'), headers.get('a'), Object.keys(headers)]).toEqual(['b', null, []]);
});
