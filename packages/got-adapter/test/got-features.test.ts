import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { closedPort, type Site, startSilence, startSite } from '@wiretwin/adapter-conformance';
import type { Got } from 'got';
import { describe, expect, test } from 'vitest';
import { createGot, wiretwinAgent } from '../src/index.ts';
import { gotDriver, versions } from './got-driver.ts';

const field = (site: Site, name: string, index = -1) =>
	site.mirror.requests.at(index)?.headers.find(([key]) => key.toLowerCase() === name)?.[1];

describe.each(versions)('%s over the adapter', (name, version) => {
	const start = (options?: Parameters<typeof startSite>[1]) => startSite(gotDriver(name, version), options);
	const clientOf = (site: Site): Got => createGot(site.session, version);

	test('the agent alone is a drop-in', async () => {
		await using site = await start();
		const agent = wiretwinAgent(site.session);
		const seen = await version(site.at('/echo'), { agent: agent as never }).json<{
			protocol: string;
			headers: string[][];
		}>();
		expect(seen.protocol).toBe('h2');
		expect(JSON.stringify(seen.headers)).toContain('Mozilla/5.0');
		expect(JSON.stringify(seen.headers)).not.toContain('sindresorhus');
	});

	test('http2: true neither breaks nor goes past the agent', async () => {
		await using site = await start();
		const options = { http2: true, agent: wiretwinAgent(site.session) as never };
		await clientOf(site)(site.at('/echo'), { http2: true }).json();
		if (name === 'got 16') await version(site.at('/echo'), options).json();
		const hellos = new Set(site.mirror.connections.map(({ fingerprints }) => fingerprints?.ja4));
		expect([hellos.size, site.mirror.connections.length]).toEqual([1, 1]);
	});

	test('json, form and searchParams arrive as a browser would send them', async () => {
		await using site = await start();
		const client = clientOf(site);
		const posted = await client.post(site.at('/echo'), { json: { a: 1 } }).json<{ body: string }>();
		expect([posted.body, field(site, 'content-type'), field(site, 'sec-fetch-mode')]).toEqual([
			'{"a":1}',
			'application/json',
			'cors',
		]);
		const form = await client.post(site.at('/echo'), { form: { b: '2' } }).text();
		expect([JSON.parse(form).body, field(site, 'sec-fetch-mode')]).toEqual(['b=2', 'navigate']);
		await client(site.at('/echo'), { searchParams: { c: 'd e' } }).text();
		expect(site.mirror.requests.at(-1)?.path).toBe('/echo?c=d+e');
	});

	test('hooks run: beforeRequest adds a field, beforeRedirect sees the hop, afterResponse retries with more', async () => {
		await using site = await start();
		const seen: string[] = [];
		const client = clientOf(site).extend({
			hooks: {
				beforeRequest: [
					(options) => {
						options.headers['x-hook'] = 'yes';
					},
				],
				beforeRedirect: [(_options, response) => void seen.push(`redirect ${response.statusCode}`)],
				afterResponse: [
					(response, retry) => {
						if (response.statusCode !== 401) return response;
						return retry({ headers: { authorization: `Basic ${btoa('user:password')}` } });
					},
				],
			},
		});
		expect(await client(site.at('/basic-auth')).text()).toBe('authenticated\n');
		expect(field(site, 'x-hook')).toBe('yes');
		await client(site.at('/redirect/302?to=/echo')).text();
		expect(seen).toEqual(['redirect 302']);
	});

	test('a redirected hop is laid out as the browser lays out a redirect', async () => {
		await using site = await start();
		await clientOf(site)(site.at('/redirect/302?to=/nav/end')).text();
		const byGot = site.mirror.requests.at(-1)?.headers;
		await (await site.session.fetch(site.at('/redirect/302?to=/nav/end'))).text();
		expect(byGot).toEqual(site.mirror.requests.at(-1)?.headers);
	});

	test('a redirected script request keeps its page: the other site sees cross-site', async () => {
		await using site = await start();
		const there = encodeURIComponent(site.at('/nav/end', 'other.example'));
		const from = site.at(`/redirect/302?to=${there}`, 'www.mirror.test');
		await clientOf(site)(from, { headers: { accept: 'application/json' } }).text();
		expect([field(site, 'sec-fetch-site'), field(site, 'referer')]).toEqual([
			'cross-site',
			`${site.at('/', 'www.mirror.test')}`,
		]);
	});

	test('chains of redirects are what session.fetch sends: a login, a call that becomes a GET, there and back', async () => {
		await using site = await start({
			handler: ({ url }) => {
				const to = url.searchParams.getAll('to');
				if (to.length === 0) return undefined;
				const next = new URL(to[0] as string, url);
				for (const each of to.slice(1)) next.searchParams.append('to', each);
				return { status: 303, headers: [['location', next.href]] };
			},
		});
		const away = site.at('/away', 'other.example');
		const back = site.at('/nav/end', 'www.mirror.test');
		const path = `/start?to=${encodeURIComponent(away)}&to=${encodeURIComponent(back)}`;
		const client = clientOf(site);
		const json = { accept: 'application/json' };
		// The type that goes with the body has had its say in the order of the others.
		const many = { ...json, 'content-type': 'application/json', 'x-one': '1', 'x-csrf-token': '1' };
		const both: ReadonlyArray<readonly [byGot: () => Promise<unknown>, byFetch: () => Promise<Response>]> = [
			[
				() => client.post(site.at('/login?to=/nav/end'), { form: { user: 'me' } }),
				() => {
					const body = new URLSearchParams({ user: 'me' });
					return site.session.fetch(site.at('/login?to=/nav/end'), { method: 'POST', body });
				},
			],
			[
				() => client.post(site.at('/call?to=/nav/end'), { body: 'x', headers: { 'content-type': 'text/plain' } }),
				() => {
					const init = { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } };
					return site.session.fetch(site.at('/call?to=/nav/end'), init);
				},
			],
			[
				() => client.post(site.at('/call?to=/nav/end'), { body: 'x', headers: many }),
				() => site.session.fetch(site.at('/call?to=/nav/end'), { method: 'POST', body: 'x', headers: many }),
			],
			[
				() => client(site.at(path, 'www.mirror.test'), { headers: json }),
				() => site.session.fetch(site.at(path, 'www.mirror.test'), { headers: json, kind: 'fetch' }),
			],
			[() => client(site.at(path, 'www.mirror.test')), () => site.session.fetch(site.at(path, 'www.mirror.test'))],
		];
		for (const [byGot, byFetch] of both) {
			const start = site.mirror.requests.length;
			await byGot();
			const middle = site.mirror.requests.length;
			await (await byFetch()).text();
			const hops = site.mirror.requests.map(({ headers }) => headers);
			expect(hops.slice(start, middle)).toEqual(hops.slice(middle));
			expect(middle - start).toBeGreaterThan(1);
		}
	});

	test.each(['chromium', 'firefox'] as const)('%s: what a page has shown does not grow on the way', async (browser) => {
		await using site = await start({
			session: { browser },
			handler: ({ url }) => {
				if (url.pathname === '/page') return { headers: [['referrer-policy', url.searchParams.get('policy') ?? '']] };
				const to = url.searchParams.get('to');
				return to === null ? undefined : { status: 307, headers: [['location', to]] };
			},
		});
		const back = site.at('/nav/end', 'www.mirror.test');
		const away = site.at(`/away?to=${encodeURIComponent(back)}`, 'other.example');
		const from = site.at(`/start?to=${encodeURIComponent(away)}`, 'www.mirror.test');
		for (const policy of ['', 'unsafe-url', 'origin-when-cross-origin', 'no-referrer-when-downgrade', 'same-origin']) {
			const page = await site.session.open(site.at(`/page?policy=${policy}`, 'www.mirror.test'));
			await page.response?.text();
			const begin = site.mirror.requests.length;
			await createGot(page, version)(from).text();
			const middle = site.mirror.requests.length;
			await (await page.fetch(from)).text();
			const hops = site.mirror.requests.map(({ headers }) => headers);
			expect(hops.slice(begin, middle), policy).toEqual(hops.slice(middle));
			expect(middle - begin).toBe(3);
		}
	});

	test('retry repeats what failed, and counts', async () => {
		let calls = 0;
		await using site = await start({
			handler: (request) => {
				if (request.url.pathname !== '/flaky') return undefined;
				calls++;
				return calls < 3 ? { status: 503 } : { body: 'at last' };
			},
		});
		const retry = { limit: 3, calculateDelay: ({ computedValue }: { computedValue: number }) => computedValue && 1 };
		const response = await clientOf(site)(site.at('/flaky'), { retry });
		expect([response.body, response.retryCount, calls]).toEqual(['at last', 2, 3]);
	});

	test('timings, ip and phases are filled in', async () => {
		await using site = await start();
		const response = await clientOf(site)(site.at('/bytes/10', 'www.mirror.test'));
		const { timings, ip, rawBody } = response;
		if (!timings) throw new Error('no timings');
		expect([ip, rawBody.length]).toEqual(['127.0.0.1', 10]);
		for (const phase of ['dns', 'tcp', 'tls', 'firstByte', 'total'] as const) {
			expect(timings.phases[phase], phase).toBeGreaterThanOrEqual(0);
		}
		const order = [
			timings.start,
			timings.socket,
			timings.lookup,
			timings.connect,
			timings.secureConnect,
			timings.response,
		];
		expect(order.map(Number)).toEqual(order.map(Number).toSorted((left, right) => left - right));
	});

	test('progress in both directions ends at all', async () => {
		await using site = await start();
		const upload = clientOf(site).post(site.at('/upload'), { body: Buffer.alloc(300_000) });
		const sent: number[] = [];
		upload.on('uploadProgress', ({ transferred }) => sent.push(transferred));
		await upload;
		expect(sent.at(-1)).toBe(300_000);
		// got 15 shows no download progress with any cookie jar, on Node's own agent too.
		const withoutJar = version.extend({ agent: wiretwinAgent(site.session) as never });
		const download = withoutJar(site.at('/bytes/300000'));
		const got: Array<{ transferred: number; percent: number }> = [];
		download.on('downloadProgress', (progress) => got.push(progress));
		await download;
		expect(got.at(-1)).toMatchObject({ transferred: 300_000, percent: 1 });
	});

	test('streams pipe both ways', async () => {
		await using site = await start();
		const body = Buffer.from(Uint8Array.from({ length: 500_000 }, (_, index) => index * 31));
		const stream = clientOf(site).stream.post(site.at('/upload'));
		const reading = buffer(stream);
		await pipeline(Readable.from([body.subarray(0, 200_000), body.subarray(200_000)]), stream);
		const sha256 = createHash('sha256').update(body).digest('hex');
		expect(JSON.parse((await reading).toString())).toEqual({ bytes: body.length, sha256 });
	});

	test('an upload stream to a dead host rejects and does not crash', async () => {
		await using site = await start();
		const url = `http://127.0.0.1:${await closedPort()}/`;
		const stream = clientOf(site).stream.put(url, { retry: { limit: 0 } });
		await expect(pipeline(Readable.from([Buffer.from('x')]), stream)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
	});

	test('pagination goes on from page to page', async () => {
		await using site = await start({
			handler: (request) => {
				const page = Number(request.url.searchParams.get('page') ?? 1);
				const next = `<${site.at(`/?page=${page + 1}`)}>; rel="next"`;
				return { headers: page < 3 ? [['link', next]] : [], body: JSON.stringify([page]) };
			},
		});
		expect(await clientOf(site).paginate.all(site.at('/'))).toEqual([1, 2, 3]);
	});

	test('timeout.response and timeout.request fire for a silent server', async () => {
		await using site = await start();
		for (const timeout of [{ response: 60 }, { request: 60 }, { socket: 60 }]) {
			const outcome = clientOf(site)(site.at('/hang'), { timeout, retry: { limit: 0 } });
			await expect(outcome).rejects.toMatchObject({ code: 'ETIMEDOUT', event: Object.keys(timeout)[0] });
		}
	});

	test('timeout.secureConnect fires while TLS is silent', async () => {
		await using site = await start();
		await using silence = await startSilence();
		const timeout = { secureConnect: 60 };
		const outcome = clientOf(site)(`https://127.0.0.1:${silence.port}/`, { timeout, retry: { limit: 0 } });
		await expect(outcome).rejects.toMatchObject({ code: 'ETIMEDOUT', event: 'secureConnect' });
	});

	test('timeouts that are met leave the request alone, on new and used connections', async () => {
		await using site = await start();
		const timeout = {
			lookup: 2000,
			connect: 2000,
			secureConnect: 2000,
			socket: 2000,
			send: 2000,
			response: 2000,
			request: 4000,
		};
		for (let index = 0; index < 3; index++) {
			const body = 'x'.repeat(100);
			const response = await clientOf(site).post(site.at('/echo', 'www.mirror.test'), { body, timeout });
			expect(response.statusCode).toBe(200);
		}
	});

	test('errors carry the codes that got retries by', async () => {
		await using site = await start();
		const client = clientOf(site).extend({ retry: { limit: 0 } });
		await expect(client('http://does-not-exist.invalid/')).rejects.toMatchObject({
			code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
		});
		await expect(client(site.at('/destroy'))).rejects.toMatchObject({ code: 'ECONNRESET' });
	});

	describe("the session's jar takes what the whole response says", () => {
		const dayOff = new Date(Date.now() - 86_400_000);
		const answers: Record<string, Array<[string, string]>> = {
			'/late': [
				['date', dayOff.toUTCString()],
				['set-cookie', `late=1; Path=/; Expires=${new Date(dayOff.getTime() + 3_600_000).toUTCString()}`],
			],
			'/clear': [['clear-site-data', '"cookies"']],
			'/clear-and-set': [
				['clear-site-data', '"cookies"'],
				['set-cookie', 'gone=1; Path=/'],
			],
		};
		const handler = ({ url }: { url: URL }) =>
			url.pathname === '/to-late'
				? { status: 302, headers: [['location', '/late'] as [string, string]] }
				: { headers: answers[url.pathname] ?? [], body: 'here' };
		const names = (site: Site) => site.session.getAllCookies().map(({ name: each }) => each);

		test.each([
			['promise', (client: Got, url: string) => client(url).text()],
			['stream', (client: Got, url: string) => buffer(client.stream(url))],
			['undecoded', (client: Got, url: string) => client(url, { decompress: false }).text()],
			["Node's own request", (client: Got, url: string) => client(url, { maxHeaderSize: 16_384 }).text()],
		] as const)('%s', async (_, get) => {
			await using site = await start({ handler });
			const client = clientOf(site);
			const at = (path: string) => site.at(path, 'www.mirror.test');
			for (const path of ['/late', '/to-late']) {
				await get(client, at(path));
				expect(names(site)).toEqual(['late']);
				await get(client, at('/clear'));
				expect(names(site)).toEqual([]);
			}
			await get(client, at('/late'));
			await get(client, at('/clear-and-set'));
			expect(names(site)).toEqual([]);
		});

		test('nothing is stored for the jar of a user', async () => {
			await using site = await start({ handler });
			const client = clientOf(site);
			const url = site.at('/late', 'www.mirror.test');
			const cookieJar = { getCookieString: async () => '', setCookie: async () => undefined };
			for (const options of [{ cookieJar }, { cookieJar, decompress: false }]) {
				await buffer(client.stream(url, options as never));
				await buffer(client.stream(site.at('/to-late', 'www.mirror.test'), options as never));
			}
			expect(names(site)).toEqual([]);
		});
	});

	test('a jar of the user stands in place of the session', async () => {
		await using site = await start();
		site.session.setCookie('from', 'session', site.at('/', 'www.mirror.test'));
		const cookieJar = { getCookieString: async () => 'from=user', setCookie: async () => undefined };
		const client = clientOf(site);
		const options = { cookieJar } as never;
		const own = await client(site.at('/cookies', 'www.mirror.test'), options).json<{ cookies: object }>();
		expect(own.cookies).toEqual({ from: 'user' });
	});

	test('the caller may still choose a user agent, an encoding, a Host', async () => {
		await using site = await start();
		const headers = { 'user-agent': 'mine/1', 'accept-encoding': 'identity' };
		await clientOf(site)(site.at('/echo'), { headers }).text();
		expect([field(site, 'user-agent'), field(site, 'accept-encoding')]).toEqual(['mine/1', 'identity']);
	});
});
