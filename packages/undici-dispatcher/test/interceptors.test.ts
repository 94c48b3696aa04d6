import { cookie } from 'http-cookie-agent/undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versions } from './support/clients.ts';
import { field, type Site, startSite } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

type Options = { maxRedirections?: number; retry?: object };
type Interceptors = Record<string, (options?: Options | object) => never>;

describe.each(versions)('interceptors of %s', (name, undici) => {
	const interceptors = undici.interceptors as unknown as Interceptors;
	const make = (interceptor: string, options?: object) =>
		(interceptors[interceptor] as (options?: object) => never)(options);

	it('retry: statuses and broken connections', async () => {
		let calls = 0;
		await using own = await startSite((request) => {
			calls++;
			if (calls === 1) return { status: 503 };
			if (calls === 2) request.control.destroy();
			return { body: 'third' };
		});
		const dispatcher = own.dispatcher.compose(make('retry', { minTimeout: 1, maxRetries: 4 }));
		const { statusCode, body } = await undici.request(own.at('/'), { dispatcher });
		expect([statusCode, await body.text()]).toEqual([200, 'third']);
	});

	it('retry: a stream that the server resets or refuses counts as a broken connection', async () => {
		let calls = 0;
		await using own = await startSite((request) => {
			calls++;
			// REFUSED_STREAM is repeated once by the engine itself.
			if (calls < 4) request.control.resetStream(calls === 1 ? 2 : 7);
			return { body: 'at last' };
		});
		const dispatcher = own.dispatcher.compose(make('retry', { minTimeout: 1, maxRetries: 4 }));
		const { body } = await undici.request(own.at('/'), { dispatcher });
		expect(await body.text()).toBe('at last');
	});

	it('retry: goes on where a body broke off', async () => {
		const content = 'x'.repeat(40_000);
		let calls = 0;
		await using own = await startSite(
			(request) => {
				const range = request.header('range');
				calls++;
				if (range === null) {
					return {
						headers: [
							['content-length', String(content.length)],
							['etag', '"v1"'],
							['accept-ranges', 'bytes'],
						],
						body: (async function* () {
							yield Buffer.from(content.slice(0, 20_000));
							// The first half is on its way before the connection breaks.
							await new Promise((resolve) => setTimeout(resolve, 40));
							request.control.destroy();
						})(),
					};
				}
				const from = Number(/bytes=(\d+)-/.exec(range)?.[1]);
				const rest = content.slice(from);
				return {
					status: 206,
					headers: [
						['content-range', `bytes ${from}-${content.length - 1}/${content.length}`],
						['content-length', String(rest.length)],
						['etag', '"v1"'],
					],
					body: rest,
				};
			},
			{ protocols: ['http/1.1'] },
		);
		const dispatcher = own.dispatcher.compose(make('retry', { minTimeout: 1 }));
		const { body } = await undici.request(own.at('/'), { dispatcher });
		expect(await body.text()).toBe(content);
		expect(calls).toBe(2);
	});

	it('redirect, and two in a row', async () => {
		const dispatcher = site.dispatcher.compose([
			make('redirect', { maxRedirections: 5 }),
			make('retry', { minTimeout: 1 }),
		]);
		const response = await undici.request(site.at('/redirect/302?to=/echo&count=3'), { dispatcher });
		expect(await response.body.json()).toMatchObject({ path: '/echo' });
		const again = site.dispatcher.compose(make('redirect', { maxRedirections: 5 })).compose(make('retry'));
		const second = await undici.request(site.at('/redirect/302?to=/echo?again'), { dispatcher: again });
		expect(await second.body.json()).toMatchObject({ path: '/echo?again' });
	});

	it('dns: the name stays in the hello and in the request', async () => {
		const lookup = (_origin: unknown, _options: unknown, callback: (error: null, records: object[]) => void) =>
			callback(null, [{ address: '127.0.0.1', family: 4, ttl: 1000 }]);
		const dispatcher = site.dispatcher.compose(make('dns', { lookup }));
		const { body } = await undici.request(site.at('/echo?dns'), { dispatcher });
		expect(await body.json()).toMatchObject({ authority: new URL(site.at('/')).host });
		expect(site.mirror.connections.map(({ negotiated }) => negotiated?.serverName)).not.toContain(null);
		await using plain = await startSite(undefined, { tls: false });
		const response = await undici.request(plain.at('/echo'), {
			dispatcher: plain.dispatcher.compose(make('dns', { lookup })),
		});
		expect(await response.body.json()).toMatchObject({ authority: new URL(plain.at('/')).host });
	});

	it('dns: its addresses are dialled', async () => {
		await using own = await startSite(undefined, {}, { resolve: {} });
		const lookup = (_origin: unknown, _options: unknown, callback: (error: null, records: object[]) => void) =>
			callback(null, [{ address: '127.0.0.1', family: 4, ttl: 1000 }]);
		const { body } = await undici.request(own.at('/echo', 'www.mirror.test'), {
			dispatcher: own.dispatcher.compose(make('dns', { lookup })),
		});
		expect(await body.json()).toMatchObject({ path: '/echo' });
		expect(own.mirror.connections.map(({ negotiated }) => negotiated?.serverName)).toEqual(['www.mirror.test']);
	});

	it('dump: a body that is too long is dropped', async () => {
		const dispatcher = site.dispatcher.compose(make('dump', { maxSize: 1024 * 1024 }));
		const { body, statusCode } = await undici.request(site.at('/bytes/1000'), { dispatcher });
		await body.dump();
		expect(statusCode).toBe(200);
	});

	it.skipIf(name === 'undici 6')('responseError, cache and decompress', async () => {
		const strict = site.dispatcher.compose(make('responseError'));
		await expect(undici.request(site.at('/status/404'), { dispatcher: strict })).rejects.toMatchObject({
			statusCode: 404,
		});
		let calls = 0;
		await using own = await startSite(() => ({ headers: [['cache-control', 'max-age=60']], body: `call ${++calls}` }));
		const cached = own.dispatcher.compose(make('cache'));
		for (const _ of [1, 2]) {
			const { body } = await undici.request(own.at('/'), { dispatcher: cached });
			expect(await body.text()).toBe('call 1');
		}
		if (!interceptors.decompress) return;
		const { body } = await undici.request(site.at('/gzip'), {
			dispatcher: site.dispatcher.compose(make('decompress')),
		});
		expect(await body.json()).toMatchObject({ coding: 'gzip' });
	});

	it.skipIf(name === 'undici 6')("cookies: http-cookie-agent over the session's own jar", async () => {
		await using own = await startSite();
		const jar = own.session.cookieJar as never; // its types are those of tough-cookie's other module format
		const dispatcher = own.dispatcherWith({ cookies: false }).compose(cookie({ jar }) as never);
		await (await undici.request(own.at('/cookies/set?a=1'), { dispatcher })).body.dump();
		const { body } = await undici.request(own.at('/cookies'), { dispatcher });
		expect(await body.json()).toMatchObject({ cookies: { a: '1' } });
		expect(own.session.getCookies(own.at('/'))).toEqual({ a: '1' });
	});

	it('an interceptor of the caller sees and changes the request', async () => {
		const seen: string[] = [];
		const dispatcher = site.dispatcher.compose(
			(dispatch: (options: object, handler: object) => boolean) =>
				function spy(options: { path?: string; headers?: object }, handler: object) {
					seen.push(String(options.path));
					return dispatch({ ...options, headers: { 'x-spy': '1' } }, handler);
				},
		);
		await (await undici.request(site.at('/echo?spy'), { dispatcher })).body.dump();
		expect([seen, field(site.last('/echo?spy'), 'x-spy')]).toEqual([['/echo?spy'], '1']);
		expect(() => site.dispatcher.compose('no' as never)).toThrow(/invalid interceptor/);
	});
});

it('the methods of a client are those of undici, and go through interceptors', async () => {
	let calls = 0;
	const dispatcher = site.dispatcher.compose(
		(dispatch: (options: object, handler: object) => boolean) =>
			function count(options: object, handler: object) {
				calls++;
				return dispatch(options, handler);
			},
	);
	const { origin } = new URL(site.at('/'));
	type Answer = { statusCode: number; body: { text(): Promise<string> } };
	const { statusCode, body } = await dispatcher.request<Promise<Answer>>({
		origin,
		path: '/status/201',
		method: 'GET',
	});
	expect([statusCode, await body.text(), calls]).toEqual([201, 'status 201\n', 1]);
});
