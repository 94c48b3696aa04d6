import { noReply } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetches } from './support/clients.ts';
import { closedPort, field, names, type Site, startSite, www } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

describe.each(fetches)('%s', (_, bind, Form) => {
	it("gets a page over HTTP/2 with the browser's fields instead of undici's", async () => {
		const response = await bind(site.dispatcher)(site.at('/echo?plain'));
		expect(response.status).toBe(200);
		expect(((await response.json()) as { path: string }).path).toBe('/echo?plain');
		const seen = site.last('/echo?plain');
		expect(seen.protocol).toBe('h2');
		const reference = await site.session.fetch(site.at('/echo?reference'), { kind: 'fetch' });
		await reference.text();
		expect(seen.headers.filter(([name]) => name !== ':path')).toEqual(
			site.last('/echo?reference').headers.filter(([name]) => name !== ':path'),
		);
	});

	it("keeps what the caller set, in the browser's place", async () => {
		const headers = { 'X-Token': 'a', accept: 'application/json', 'User-Agent': 'mine/1' };
		await (await bind(site.dispatcher)(site.at('/echo?set'), { headers })).text();
		const seen = site.last('/echo?set');
		expect(field(seen, 'x-token')).toBe('a');
		expect(field(seen, 'accept')).toBe('application/json');
		expect(field(seen, 'user-agent')).toBe('mine/1');
		expect(field(seen, 'accept-language')).toMatch(/^en-US/);
	});

	it('sends JSON with its length in one piece', async () => {
		const response = await bind(site.dispatcher)(site.at('/echo?json'), {
			method: 'POST',
			body: '{"a":1}',
			headers: { 'content-type': 'application/json' },
		});
		expect(await response.json()).toMatchObject({ body: '{"a":1}', bodyLength: 7 });
		const seen = site.last('/echo?json');
		expect(field(seen, 'content-length')).toBe('7');
		expect(field(seen, 'content-type')).toBe('application/json');
		expect(names(seen).filter((name) => name === 'content-type')).toHaveLength(1);
	});

	it('sends a form with a boundary of the browser', async () => {
		const form = new Form();
		form.append('name', 'välue');
		form.append('file', new File([Buffer.from([0, 255, 128])], 'a.bin'));
		const response = await bind(site.dispatcher)(site.at('/echo?form'), { method: 'POST', body: form });
		const { body } = (await response.json()) as { body: string };
		const seen = site.last('/echo?form');
		const boundary = /^multipart\/form-data; boundary=(----WebKitFormBoundary[A-Za-z0-9]{16})$/.exec(
			field(seen, 'content-type') ?? '',
		)?.[1];
		expect(body.split(`--${boundary}`)).toHaveLength(4);
		expect(body).toContain('name="name"\r\n\r\nvälue\r\n');
		expect(field(seen, 'content-length')).toBe(String(seen.bodyLength));
	});

	it('streams a body without a length', async () => {
		const pieces = ['one ', 'two ', 'three'];
		const body = new ReadableStream({
			pull(controller) {
				const piece = pieces.shift();
				if (piece === undefined) controller.close();
				else controller.enqueue(Buffer.from(piece));
			},
		});
		const response = await bind(site.dispatcher)(site.at('/echo?stream'), { method: 'POST', body });
		expect(await response.json()).toMatchObject({ body: 'one two three' });
	});

	it.each(['gzip', 'br', 'zstd', 'deflate'])('N03 decodes %s', async (coding) => {
		const response = await bind(site.dispatcher)(site.at(`/${coding}`));
		expect(await response.json()).toMatchObject({ coding });
		expect(response.headers.get('content-encoding')).toBeNull();
	});

	it('leaves decoding to the client that asked for a coding itself', async () => {
		const response = await bind(site.dispatcher)(site.at('/gzip'), { headers: { 'Accept-Encoding': 'gzip' } });
		expect(response.headers.get('content-encoding')).toBe('gzip');
		expect(await response.json()).toMatchObject({ coding: 'gzip', acceptEncoding: 'gzip' });
	});

	it('N03 follows redirects, each with the jar', async () => {
		const response = await bind(site.dispatcher)(site.at('/redirect/302?to=/echo&count=3'));
		expect(response.redirected).toBe(true);
		expect(response.url).toBe(site.at('/echo'));
		const error = await bind(site.dispatcher)(site.at('/redirect/302'), { redirect: 'error' }).catch((e) => e);
		expect(error).toBeInstanceOf(TypeError);
	});

	it('shares cookies with the session', async () => {
		await using own = await startSite(() => ({ headers: [['set-cookie', 'seen=1; Path=/']], body: 'ok' }));
		const fetch = bind(own.dispatcher);
		await (await fetch(own.at('/set'))).text();
		expect(own.session.getCookies(own.at('/'))).toEqual({ seen: '1' });
		own.session.setCookie('mine', '2', own.at('/'));
		await (await fetch(own.at('/get'))).text();
		expect(field(own.last('/get'), 'cookie')).toBe('seen=1; mine=2');
		await (await bind(own.dispatcherWith({ cookies: false }))(own.at('/none'))).text();
		expect(field(own.last('/none'), 'cookie')).toBeUndefined();
	});

	it('answers HEAD, 204 and 304 without a body', async () => {
		const fetch = bind(site.dispatcher);
		const head = await fetch(site.at('/bytes/1000'), { method: 'HEAD' });
		expect(head.headers.get('content-length')).toBe('1000');
		expect(await head.text()).toBe('');
		expect((await fetch(site.at('/status/204'))).status).toBe(204);
		expect((await fetch(site.at('/etag'), { headers: { 'if-none-match': '"v1"' } })).status).toBe(304);
	});

	it('streams a large body down, slowly read', async () => {
		const response = await bind(site.dispatcher)(site.at('/stream/5000000'));
		let size = 0;
		for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) size += chunk.byteLength;
		expect(size).toBe(5_000_000);
	});

	it('aborts while it waits for the head, and in the body', async () => {
		await using own = await startSite(() => noReply);
		const controller = new AbortController();
		const pending = bind(own.dispatcher)(own.at('/'), { signal: controller.signal });
		await own.mirror.waitForRequest();
		controller.abort();
		await expect(pending).rejects.toMatchObject({ name: 'AbortError' });

		const inBody = new AbortController();
		const response = await bind(site.dispatcher)(site.at('/stream/100000000'), { signal: inBody.signal });
		const reader = response.body?.getReader();
		await reader?.read();
		inBody.abort();
		await expect(
			(async () => {
				for (;;) if ((await reader?.read())?.done) return;
			})(),
		).rejects.toMatchObject({ name: 'AbortError' });
		expect((await bind(site.dispatcher)(site.at('/echo'))).status).toBe(200);
	});

	it("reports a refused connection with Node's code", async () => {
		const error = await bind(site.dispatcher)(`https://${www}:${await closedPort()}/`).catch((e) => e);
		expect(error).toBeInstanceOf(TypeError);
		expect(error.message).toBe('fetch failed');
		expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
	});

	it('holds 200 requests at once', async () => {
		const fetch = bind(site.dispatcher);
		const texts = await Promise.all(
			Array.from({ length: 200 }, async (__, index) => (await fetch(site.at(`/echo?n=${index}`))).json()),
		);
		expect(new Set(texts.map((text) => (text as { path: string }).path)).size).toBe(200);
	});
});
