import { describe, expect, it } from 'vitest';
import type { Session, WiretwinResponse } from '../src/index.ts';
import { type Site, startSite } from './support/site.ts';

const members = ['text', 'json', 'bytes', 'arrayBuffer', 'blob', 'formData'] as const;
const failureOf = (call: Promise<unknown>) => call.then(String, (error: unknown) => (error as Error).name);

describe.each(['h2', 'http/1.1'] as const)('a body over %s, as in both browsers', (protocol) => {
	const begin = () => startSite(undefined, { protocols: [protocol] });
	/** A response all of whose body has arrived. */
	async function arrived(
		session: Session,
		site: Site,
		signal?: AbortSignal,
		path = '/echo',
	): Promise<WiretwinResponse> {
		const response = await session.fetch(site.at(path), signal ? { signal } : {});
		await (await session.fetch(site.at('/echo'))).text();
		return response;
	}

	it.each(members)('an abort while %s() is at work rejects it, also if the bytes are there', async (member) => {
		await using site = await begin();
		const session = site.session();
		const controller = new AbortController();
		const response = await arrived(session, site, controller.signal);
		const call = response[member]();
		controller.abort();
		expect(await failureOf(call)).toBe('AbortError');
		expect(response.bodyUsed).toBe(true);
	});

	it.each(members)('after an abort %s() rejects each time, and the body is not used', async (member) => {
		await using site = await begin();
		const session = site.session();
		for (const path of ['/echo', '/bytes/0']) {
			const controller = new AbortController();
			const response = await arrived(session, site, controller.signal, path);
			controller.abort();
			expect(await failureOf(response[member]())).toBe('AbortError');
			expect(await failureOf(response[member]())).toBe('AbortError');
			expect(response.bodyUsed).toBe(false);
		}
	});

	it('of ten with one signal, whose first finisher aborts it, one is fulfilled', async () => {
		await using site = await begin();
		const session = site.session();
		const controller = new AbortController();
		const calls = Array.from({ length: 10 }, async () => {
			const response = await session.fetch(site.at('/echo'), { signal: controller.signal });
			await response.json();
			controller.abort();
		});
		const states = await Promise.allSettled(calls);
		expect(states.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	});

	it('a body is used by the time that anybody hears of its end', async () => {
		await using site = await begin();
		let response: WiretwinResponse | undefined;
		const seen: unknown[] = [];
		const session = site.session({
			onRequestEvent: ({ type }) => {
				if (type !== 'done' || !response) return;
				seen.push(response.bodyUsed, failureOf(response.text()));
			},
		});
		for (const member of members.slice(0, 2)) {
			response = await session.fetch(site.at('/echo'));
			await response[member]();
		}
		expect(await Promise.all(seen)).toEqual([true, 'StateError', true, 'StateError']);
	});

	it('a consumed body is locked, while it is read and afterwards', async () => {
		await using site = await begin();
		const session = site.session();
		for (const touched of [false, true]) {
			const response = await session.fetch(site.at('/echo'));
			if (touched) expect(response.body?.locked).toBe(false);
			const text = response.text();
			const check = () => {
				const body = response.body as ReadableStream<Uint8Array>;
				expect([body.locked, response.bodyUsed]).toEqual([true, true]);
				expect(() => body.getReader()).toThrow(TypeError);
				expect(() => new Response(body)).toThrow(TypeError);
				expect(() => body[Symbol.asyncIterator]()).toThrow(TypeError);
				return expect(body.cancel()).rejects.toThrow(TypeError);
			};
			await check();
			expect(await text).toContain('/echo');
			await check();
		}
	});

	it('reader.closed resolves once the last byte was read, and at once for an empty body', async () => {
		await using site = await begin();
		const session = site.session();
		const reader = (await session.fetch(site.at('/bytes/9'))).body?.getReader();
		let size = 0;
		while (size < 9) size += (await reader?.read())?.value?.byteLength ?? 0;
		await reader?.closed;
		await (await session.fetch(site.at('/bytes/0'))).body?.getReader().closed;
	});

	it('reader.closed rejects when nobody reads: abort, limits, reset, close', async () => {
		await using site = await startSite(
			async (request) => {
				if (request.url.pathname !== '/half') return undefined;
				return {
					headers: [['content-length', '1000000']],
					body: (async function* () {
						yield Buffer.alloc(10);
						await new Promise(() => undefined);
					})(),
				};
			},
			{ protocols: [protocol] },
		);
		const half = (session: Session, init = {}) => session.fetch(site.at('/half'), init);
		const closed = async (response: WiretwinResponse) => {
			const reader = response.body?.getReader();
			const first = await reader?.read();
			expect(first?.value?.byteLength).toBe(10);
			return failureOf(reader?.closed as Promise<unknown>);
		};
		const session = site.session();
		const controller = new AbortController();
		const aborted = closed(await half(session, { signal: controller.signal }));
		const late = closed(await half(session, { timeout: { total: 200 } }));
		const own = site.session();
		const ended = closed(await half(own));
		await new Promise((resolve) => setImmediate(resolve));
		controller.abort();
		expect(await aborted).toBe('AbortError');
		expect(await late).toBe('TimeoutError');
		// `idle` is a limit of reading: it runs while somebody waits for bytes.
		const idle = (await half(session, { timeout: { idle: 50 } })).body?.getReader();
		await idle?.read();
		expect(await failureOf(idle?.read() as Promise<unknown>)).toBe('TimeoutError');
		expect(await failureOf(idle?.closed as Promise<unknown>)).toBe('TimeoutError');
		await own.close();
		expect(await ended).toBe('StateError');
	});
});
