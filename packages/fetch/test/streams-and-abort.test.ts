import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { noReply } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTimeoutError } from '../src/index.ts';
import { collectUntil } from './support/garbage.ts';
import { type Site, startSite } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const megabyte = Buffer.alloc(1024 * 1024, 'm');

describe.each(['h2', 'http/1.1'] as const)('streams over %s', (protocol) => {
	it('go up and down piece by piece', async () => {
		await using own = await startSite(
			(request) => ({
				body: (async function* () {
					for await (const chunk of request.body) yield chunk;
				})(),
			}),
			{ protocols: [protocol] },
		);
		let release: () => void = () => undefined;
		const wait = new Promise<void>((resolve) => {
			release = resolve;
		});
		async function* source() {
			yield 'first ';
			await wait; // the second piece is made only once the first has come back
			yield 'second';
		}
		const response = await own.session().fetch(own.at('/'), { method: 'POST', body: source() });
		const reader = response.body?.getReader();
		const first = await reader?.read();
		expect(Buffer.from(first?.value ?? '').toString()).toBe('first ');
		release();
		const second = await reader?.read();
		expect(Buffer.from(second?.value ?? '').toString()).toBe('second');
		expect((await reader?.read())?.done).toBe(true);
	});

	it('B05 a slow reader holds the server back', async () => {
		let sent = 0;
		await using own = await startSite(
			() => ({
				body: (async function* () {
					for (; sent < 100; sent++) yield megabyte;
				})(),
			}),
			{ protocols: [protocol] },
		);
		const response = await own.session().fetch(own.at('/'));
		const reader = response.body?.getReader();
		await reader?.read();
		let before = -1;
		while (before !== sent) {
			before = sent;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		expect(sent).toBeLessThan(40);
		let read = 0;
		for (;;) {
			const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
			if (done) break;
			read += value?.byteLength ?? 0;
		}
		expect(read).toBeGreaterThan(99 * megabyte.byteLength);
	});

	it('an upload of 20 MB arrives whole', async () => {
		await using own = await startSite(undefined, { protocols: [protocol] });
		const body = Readable.from(Array.from({ length: 20 }, () => megabyte));
		const response = await own
			.session()
			.fetch(own.at('/echo'), { method: 'POST', body, timeout: 20_000 })
			.catch((error: unknown) => error);
		// The mirror's echo reads at most 16 MiB; beyond that its refusal must still be an answer.
		expect(response).toBeInstanceOf(Response);
		await using second = await startSite(
			async (request) => {
				let length = 0;
				for await (const chunk of request.body) length += chunk.byteLength;
				return { body: String(length) };
			},
			{ protocols: [protocol] },
		);
		const again = Readable.from(Array.from({ length: 20 }, () => megabyte));
		const answer = await second.session().fetch(second.at('/'), { method: 'POST', body: again });
		expect(await answer.text()).toBe(String(20 * megabyte.byteLength));
	});

	it('B06 a source that fails is an error with its cause, and the session goes on', async () => {
		await using own = await startSite(undefined, { protocols: [protocol] });
		const session = own.session();
		async function* source() {
			yield 'part';
			throw new Error('disk gone');
		}
		await expect(session.fetch(own.at('/echo'), { method: 'POST', body: source() })).rejects.toMatchObject({
			code: 'ERR_BODY_SOURCE',
			phase: 'send',
			cause: { message: 'disk gone' },
		});
		expect((await session.fetch(own.at('/echo'))).status).toBe(200);
	});

	it('B06 an early answer is delivered and the source is told to stop', async () => {
		await using own = await startSite(() => ({ status: 413, body: 'too much' }), { protocols: [protocol] });
		let cancelled = false;
		const body = new ReadableStream<Uint8Array>({
			pull: (controller) => controller.enqueue(megabyte),
			cancel: () => {
				cancelled = true;
			},
		});
		const response = await own.session().fetch(own.at('/'), { method: 'POST', body });
		expect(response.status).toBe(413);
		expect(await response.text()).toBe('too much');
		await expect.poll(() => cancelled).toBe(true);
	});

	it('maxResponseBytes fails the body', async () => {
		await using own = await startSite(() => ({ body: 'x'.repeat(5000) }), { protocols: [protocol] });
		const response = await own
			.session({ maxResponseBytes: 1000 })
			.fetch(own.at('/'))
			.catch((error: unknown) => error);
		const failure = response instanceof Response ? await response.text().catch((error: unknown) => error) : response;
		expect(failure).toMatchObject({ code: 'ERR_BODY_TOO_LARGE', name: 'BodyError' });
	});
});

it('B06 a stream that is locked after the call fails the call, not the process', async () => {
	const body = new Blob(['x']).stream();
	const call = site.session().fetch(site.at('/echo'), { method: 'POST', body });
	body.getReader();
	await expect(call).rejects.toBeInstanceOf(TypeError);
});

describe('C03 abort', () => {
	it('before the start sends nothing and gives the reason', async () => {
		await using own = await startSite();
		const reason = new Error('mine');
		await expect(own.session().fetch(own.at('/'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
		expect(own.mirror.connections).toHaveLength(0);
	});
	it('while waiting for the head rejects with AbortError; a sibling on the connection lives on', async () => {
		await using own = await startSite(async (request) => {
			if (request.url.pathname === '/slow') return noReply;
			return request.url.pathname === '/sibling'
				? {
						body: (async function* () {
							yield Buffer.from('a');
							await new Promise((resolve) => request.connection && setTimeout(resolve, 50));
							yield Buffer.from('b');
						})(),
					}
				: undefined;
		});
		const session = own.session();
		const sibling = await session.fetch(own.at('/sibling'));
		const controller = new AbortController();
		const slow = session.fetch(own.at('/slow'), { signal: controller.signal });
		await own.mirror.waitForRequest((request) => request.path === '/slow');
		controller.abort();
		await expect(slow).rejects.toMatchObject({ name: 'AbortError' });
		expect(await sibling.text()).toBe('ab');
		expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
		expect(own.mirror.connections).toHaveLength(1);
	});
	it('while reading the body errors the stream with the reason', async () => {
		await using own = await startSite(() => ({
			body: (async function* () {
				yield Buffer.from('first');
				await new Promise(() => undefined);
			})(),
		}));
		const controller = new AbortController();
		const response = await own.session().fetch(own.at('/'), { signal: controller.signal });
		const reader = response.body?.getReader();
		await reader?.read();
		const pending = reader?.read();
		controller.abort(new Error('enough'));
		await expect(pending).rejects.toThrow('enough');
		expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
	});
	it('a thousand requests share one signal with one listener, and none is left', async () => {
		const controller = new AbortController();
		const session = site.session();
		const all = Array.from({ length: 1000 }, async () =>
			(await session.fetch(site.at('/echo'), { signal: controller.signal })).text(),
		);
		expect(getEventListeners(controller.signal, 'abort').length).toBeLessThanOrEqual(1);
		await Promise.all(all);
		expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
		controller.abort();
	});
	it('after the whole body has arrived unread still wins, and leaves nothing behind', async () => {
		const controller = new AbortController();
		const session = site.session();
		const response = await session.fetch(site.at('/t/x.json'), { signal: controller.signal });
		await (await session.fetch(site.at('/t/x.json'))).text(); // the first body is here by now
		controller.abort(new Error('late'));
		await expect(response.text()).rejects.toThrow('late');
		expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
	});
	it('AbortSignal.timeout gives its TimeoutError', async () => {
		await using own = await startSite(() => noReply);
		await expect(own.session().fetch(own.at('/'), { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
			name: 'TimeoutError',
		});
	});
	it('of a Request that nobody keeps ends the body all the same', async () => {
		await using own = await startSite(() => ({
			body: (async function* () {
				yield Buffer.from('first');
				await new Promise(() => undefined);
			})(),
		}));
		const session = own.session();
		const controller = new AbortController();
		const { signal } = controller;
		// Node's Request follows the signal that it was given only as long as somebody has it.
		const answers = await Promise.all([
			session.fetch(new Request(own.at('/'), { signal })),
			session.fetch(new Request(own.at('/'), { signal: AbortSignal.any([signal]) })),
		]);
		const told = Promise.all(answers.map((answer) => answer.text().catch((error: Error) => error.message)));
		const forgotten = new WeakRef(new Request(own.at('/'), { signal }));
		await collectUntil(() => forgotten.deref() === undefined);
		controller.abort(new Error('enough'));
		expect(await told).toEqual(['enough', 'enough']);
	});
	it('cancelling the body frees the request', async () => {
		await using own = await startSite(() => ({
			body: (async function* () {
				for (;;) yield megabyte;
			})(),
		}));
		const session = own.session();
		const response = await session.fetch(own.at('/'));
		await response.body?.cancel();
		await expect.poll(() => session.transport.stats().exchanges).toBe(0);
	});
});

describe('C02 timeouts', () => {
	it('head and total name their phase', async () => {
		await using own = await startSite(() => noReply);
		const session = own.session();
		const head = await session.fetch(own.at('/'), { timeout: { head: 60 } }).catch((error: unknown) => error);
		expect(isTimeoutError(head)).toBe(true);
		expect(head).toMatchObject({ code: 'ERR_TIMEOUT_HEAD', phase: 'head', limitMs: 60 });
		await expect(session.fetch(own.at('/'), { timeout: 60 })).rejects.toMatchObject({
			code: 'ERR_TIMEOUT_TOTAL',
			phase: 'total',
		});
	});
	it('idle fires between body pieces', async () => {
		await using own = await startSite(() => ({
			body: (async function* () {
				yield Buffer.from('a');
				await new Promise(() => undefined);
			})(),
		}));
		const response = await own.session({ timeout: { idle: 80 } }).fetch(own.at('/'));
		await expect(response.text()).rejects.toMatchObject({ code: 'ERR_TIMEOUT_IDLE' });
	});
	it('total runs over redirects', async () => {
		await using own = await startSite(async (request) => {
			await new Promise((resolve) => setTimeout(resolve, 40));
			return { status: 302, headers: [['location', `${request.url.pathname}x`]] };
		});
		await expect(own.session().fetch(own.at('/'), { timeout: 150 })).rejects.toMatchObject({
			code: 'ERR_TIMEOUT_TOTAL',
		});
		expect(own.mirror.requests.length).toBeLessThan(8);
	});
});
