import { noReply } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTransport } from 'wiretwin';
import { createKy, wiretwinFetch } from '../src/index.ts';
import { closedPort, field, names, type Site, startSite, www } from './support/site.ts';
import { versions } from './support/versions.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

type Echo = { body: string; bodyLength: number; headers: [string, string][]; protocol: string };

it.each([undefined, 'chrome', { browser: 'chrome' }])('%j is no session', (source) => {
	const refusal = expect.objectContaining({
		code: 'ERR_INVALID_ARG',
		message: expect.stringContaining('createSession'),
	});
	expect(() => wiretwinFetch(source as never)).toThrow(refusal);
	expect(() => createKy(source as never)).toThrow(refusal);
});
it('an option that it does not have is refused by name', () => {
	expect(() => wiretwinFetch(site.session, { kinds: 'fetch' } as never)).toThrow(/"kinds"/);
	expect(() => wiretwinFetch(site.session, null as never)).toThrow(
		expect.objectContaining({ code: 'ERR_INVALID_ARG' }),
	);
	expect(() => createKy(site.session, { prefixUrl: site.at('/') } as never)).toThrow(/"prefixUrl"/);
});

describe.each(versions)('%s', (_, ky) => {
	const make = (own: Site = site) => createKy(own.session, ky);

	it('works as the fetch option alone', async () => {
		const api = ky.create({ fetch: wiretwinFetch(site.session) });
		const response = await api.get(site.at('/echo?alone'));
		expect(response).toBeInstanceOf(Response);
		expect(response.url).toBe(site.at('/echo?alone'));
		expect(((await response.json()) as Echo).protocol).toBe('h2');
	});

	it('takes part in the cache of its session', async () => {
		await using own = await startSite(undefined, {}, { cache: true });
		const api = make(own);
		const ask = async () => {
			const response = await api.get(own.at('/headers?Cache-Control=max-age%3D100'));
			await response.text();
			return (response as { fromCache?: string }).fromCache;
		};
		expect([await ask(), await ask()]).toEqual([undefined, 'fresh']);
		expect(own.mirror.requests).toHaveLength(1);
	});

	it('sends what session.fetch sends', async () => {
		await make()(site.at('/echo?ky')).text();
		await (await site.session.fetch(site.at('/echo?own'))).text();
		const headers = (path: string) => site.last(path).headers.filter(([name]) => name !== ':path');
		expect(headers('/echo?ky')).toEqual(headers('/echo?own'));
	});

	it('shortcuts that ask for anything are what a script of a page sends', async () => {
		const answer = await make()(site.at('/echo?any')).bytes?.();
		const seen = answer === undefined ? undefined : site.last('/echo?any'); // ky 1.14 has no bytes()
		if (seen) expect([field(seen, 'accept'), field(seen, 'sec-fetch-mode')]).toEqual(['*/*', 'cors']);
		await make()(site.at('/echo?blob')).blob();
		expect(field(site.last('/echo?blob'), 'sec-fetch-mode')).toBe('cors');
	});

	it('a scheme that is not of the web is a failure of the network, as with the built-in fetch', async () => {
		const own: unknown = await ky('ftp://example.com/', { retry: 0 }).catch((error: unknown) => error);
		const ours: unknown = await make()('ftp://example.com/', { retry: 0 }).catch((error: unknown) => error);
		const shown = (error: unknown) => [
			(error as Error).constructor.name,
			(error as Error).name,
			(error as Error).message,
		];
		expect(shown(ours)).toEqual(shown(own));
	});

	it('json: the header of ky in the place of the browser, the length known', async () => {
		const echo = await make()
			.post(site.at('/echo?json'), { json: { a: 1 }, headers: { 'x-b': '1' } })
			.json<Echo>();
		expect(echo.body).toBe('{"a":1}');
		const seen = site.last('/echo?json');
		expect(field(seen, 'content-length')).toBe('7');
		expect(field(seen, 'content-type')).toBe('application/json');
		expect(field(seen, 'accept')).toBe('application/json');
		expect(field(seen, 'sec-fetch-dest')).toBe('empty');
		await (
			await site.session.fetch(site.at('/echo?same'), {
				method: 'POST',
				headers: new Headers({ 'x-b': '1', 'content-type': 'application/json', accept: 'application/json' }),
				body: '{"a":1}',
				kind: 'fetch',
			})
		).text();
		expect(names(seen)).toEqual(names(site.last('/echo?same')));
	});

	it('bodies: search parameters, forms with the boundary of the browser, streams', async () => {
		const api = make();
		const search = await api.post(site.at('/echo'), { body: new URLSearchParams({ a: '1 2' }) }).json<Echo>();
		expect(search.body).toBe('a=1+2');
		const form = new FormData();
		form.append('name', 'value');
		form.append('file', new File(['content'], 'a.txt', { type: 'text/plain' }));
		const echo = await api.post(site.at('/echo?form'), { body: form }).json<Echo>();
		expect(field(site.last('/echo?form'), 'content-type')).toMatch(/boundary=----WebKitFormBoundary[A-Za-z0-9]{16}$/);
		expect(echo.body).toMatch(/filename="a\.txt"\r\nContent-Type: text\/plain\r\n\r\ncontent\r\n/);
		const stream = ReadableStream.from(['one ', 'two'].map((text) => Buffer.from(text)));
		expect((await api.post(site.at('/echo'), { body: stream as ReadableStream }).json<Echo>()).body).toBe('one two');
	});

	it('follows redirects and shares the jar', async () => {
		await using own = await startSite(({ url }) =>
			url.pathname === '/start'
				? {
						status: 302,
						headers: [
							['location', '/end'],
							['set-cookie', 'hop=1; Path=/'],
						],
					}
				: { body: 'end' },
		);
		const response = await make(own).get(own.at('/start'));
		expect([response.redirected, response.url, await response.text()]).toEqual([true, own.at('/end'), 'end']);
		expect(field(own.last('/end'), 'cookie')).toBe('hop=1');
		expect(own.session.getCookies(own.at('/'))).toEqual({ hop: '1' });
	});

	it('hooks see requests and clones of responses', async () => {
		const seen: string[] = [];
		const api = make().extend({
			hooks:
				_ === 'ky 1'
					? ({
							beforeRequest: [(request: Request) => request.headers.set('x-hook', 'yes')],
							afterResponse: [
								async (__: Request, ___: unknown, response: Response) => void seen.push(await response.text()),
							],
						} as never)
					: {
							beforeRequest: [({ request }) => request.headers.set('x-hook', 'yes')],
							afterResponse: [async ({ response }) => void seen.push(await response.text())],
						},
		});
		const text = await api.get(site.at('/echo?hook')).text();
		expect(seen).toEqual([text]);
		expect(field(site.last('/echo?hook'), 'x-hook')).toBe('yes');
	});

	it('retries a status and a broken connection', async () => {
		let calls = 0;
		await using own = await startSite((request) => {
			calls++;
			if (calls === 1) return { status: 503 };
			if (calls === 2) {
				request.control.resetStream(2); // INTERNAL_ERROR: not one that the engine replays
				return noReply;
			}
			return { body: 'third' };
		});
		const retry = { limit: 3, delay: () => 1 };
		expect(await make(own).get(own.at('/'), { retry }).text()).toBe('third');
		calls = 0;
		const put = await make(own).put(own.at('/'), { retry, json: { a: 1 } });
		expect(await put.text()).toBe('third');
		expect(own.last('/').method).toBe('PUT');
	});

	it('an error of the network is one that ky knows, with the cause in reach', async () => {
		const error = await make()(`https://${www}:${await closedPort()}/`, { retry: 0 }).catch((e) => e);
		const raw = error.name === 'NetworkError' ? error.cause : error;
		expect(raw).toBeInstanceOf(TypeError);
		expect(raw.message).toBe('fetch failed');
		expect(raw.cause).toMatchObject({ code: 'ERR_CONNECTION_REFUSED', nodeCode: 'ECONNREFUSED' });
	});

	it('a mistake of the caller is not retried', async () => {
		const error = await make()(site.at('/echo'), { ...{ browsr: 'x' }, retry: { limit: 5, delay: () => 1 } }).catch(
			(e) => e,
		);
		expect(error.message).toMatch(/browsr/);
		const fixed = await make()(site.at('/echo'), { ...{ browser: 'firefox' }, retry: 0 }).catch((e) => e);
		expect(fixed.message).toMatch(/transport/);
	});

	it('times out and aborts', async () => {
		await using own = await startSite(() => noReply);
		const slow = await make(own)(own.at('/'), { timeout: 50, retry: 0 }).catch((e) => e);
		expect(slow.name).toBe('TimeoutError');
		const controller = new AbortController();
		const pending = make(own)(own.at('/abort'), { signal: controller.signal, retry: 0 });
		await own.mirror.waitForRequest((request) => request.path === '/abort');
		controller.abort();
		await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
	});

	it('reports progress in both directions', async () => {
		const up: number[] = [];
		const down: number[] = [];
		const text = await make()
			.post(site.at('/bytes/200000'), {
				body: 'x'.repeat(100_000),
				...{ onUploadProgress: ({ transferredBytes }: { transferredBytes: number }) => up.push(transferredBytes) },
				onDownloadProgress: ({ transferredBytes }) => down.push(transferredBytes),
			})
			.arrayBuffer();
		expect(text.byteLength).toBe(200_000);
		expect(up.at(-1)).toBe(100_000);
		expect(down.at(-1)).toBe(200_000);
	});

	it('clones, and streams what is read', async () => {
		const response = await make()(site.at('/stream/300000'));
		const copy = response.clone();
		expect(copy.url).toBe(response.url);
		let size = 0;
		for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) size += chunk.byteLength;
		expect([size, (await copy.arrayBuffer()).byteLength]).toEqual([300_000, 300_000]);
	});

	it('one request goes through another browser, by option and by context, with the same cookies', async () => {
		await using firefox = createTransport({ ...site.trust, browser: 'firefox' });
		const api = createKy(site.session, ky, { transports: { firefox } });
		site.session.setCookie('shared', '1', site.at('/'));
		const agents: (string | undefined)[] = [];
		for (const options of [
			{ ...{ transport: firefox } },
			{ ...{ transport: 'firefox' } },
			{ context: { wiretwin: { transport: 'firefox' } } },
			{},
		]) {
			await api(site.at('/echo?switch'), options).text();
			const seen = site.last('/echo?switch');
			expect(field(seen, 'cookie')).toBe('shared=1');
			agents.push(field(seen, 'user-agent')?.replace(/.*(Firefox|Chrome).*/, '$1'));
		}
		expect(agents).toEqual(['Firefox', 'Firefox', 'Firefox', 'Chrome']);
		site.session.clearCookies();
	});

	it('context is heeded by retries too', async () => {
		let calls = 0;
		await using own = await startSite(() => (++calls === 1 ? { status: 503 } : { body: 'ok' }));
		await using firefox = createTransport({ ...own.trust, browser: 'firefox' });
		const api = createKy(own.session, ky, { transports: { firefox } });
		await api(own.at('/'), { context: { wiretwin: { transport: 'firefox' } }, retry: { limit: 1, delay: () => 1 } });
		expect(own.mirror.requests.map((request) => /Firefox/.test(field(request, 'user-agent') ?? ''))).toEqual([
			true,
			true,
		]);
	});
});
