/** Programs written for impit 0.14 by its documentation. What they expect is what impit itself gave with this server. */
import { Readable } from 'node:stream';
import { CookieJar } from 'tough-cookie';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import impit, * as entry from '../src/impit/index.ts';
import { closedPort } from './support/closed-port.ts';
import { type Echo, type NeighbourServer, startNeighbourServer } from './support/neighbour-server.ts';
import { startSite } from './support/site.ts';

const { Impit } = entry;
let server: NeighbourServer;
beforeAll(async () => {
	server = await startNeighbourServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const at = (path: string) => server.at(path);
const plain = new Impit();
const echoed = async (client: entry.Impit, init?: entry.RequestInit): Promise<Echo> =>
	(await client.fetch(at('/echo'), init)).json();

describe('who a request comes from', () => {
	it.each([
		['chrome131', /Chrome\/131\./],
		['firefox144', /Firefox\/144\./],
		['okhttp5', /^okhttp\/5\./],
		['okhttp3', /^okhttp\/3\.14/],
		['ios18', /iPhone.* Version\/18\./],
		['chrome', /Chrome\//],
	])('%s', async (browser, agent) => {
		expect((await echoed(new Impit({ browser }))).headers['user-agent']).toMatch(agent);
	});
	it('without a browser it has nothing of one', async () => {
		const { headers } = await echoed(plain);
		expect(Object.keys(headers).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host']);
		expect(headers.accept).toBe('*/*');
	});
	it('headers of the call replace those of the instance, and an empty value takes one away', async () => {
		const client = new Impit({ browser: 'chrome', headers: { 'X-I': 'instance', 'user-agent': 'instance' } });
		const { headers } = await echoed(client, {
			headers: [
				['x-i', 'call'],
				['User-Agent', ''],
				['accept-language', ''],
			],
		});
		expect(headers).toMatchObject({ 'x-i': 'call', 'sec-ch-ua-mobile': '?0' });
		expect(headers['user-agent'] ?? headers['accept-language']).toBeUndefined();
		expect((await echoed(client, { headers: new Headers({ 'x-i': 'own' }) })).headers['x-i']).toBe('own');
	});
});

describe('fetch', () => {
	it('gives a response like that of the standard', async () => {
		const response = await plain.fetch(new URL(at('/echo')));
		expect(response).toMatchObject({ status: 200, statusText: 'OK', ok: true, url: at('/echo') });
		expect(response).toBeInstanceOf(entry.ImpitResponse);
		expect(response.headers).toBeInstanceOf(Headers);
		expect(response.headers.get('x-mixed')).toBe('v');
		const copy = response.clone();
		expect(copy).toBeInstanceOf(Response);
		expect(await copy.text()).toBe(await response.text());
		await expect(response.text()).rejects.toBeInstanceOf(TypeError);
	});
	it('reads text in the charset of the page', async () => {
		expect(await (await plain.fetch(at('/latin'))).text()).toBe('café');
		const page = await plain.fetch(at('/cyrillic'));
		const copy = page.clone();
		expect(await page.text()).toContain('пр');
		expect(await copy.text()).toContain('пр');
		expect(await (await plain.fetch(at('/gzip'))).text()).toBe('packed');
		const empty = await plain.fetch(at('/empty'));
		expect([empty.body instanceof ReadableStream, await empty.text()]).toEqual([true, '']);
	});
	it.each([
		['a text', 'x', 'x', 'text/plain;charset=UTF-8'],
		['a form', new URLSearchParams({ a: '1' }), 'a=1', /^application\/x-www-form-urlencoded/],
		['bytes', new Uint8Array([120]), 'x', undefined],
		['a stream', () => Readable.from([Buffer.from('st'), Buffer.from('ream')]), 'stream', undefined],
	])('sends %s', async (_, body, text, type) => {
		const given = typeof body === 'function' ? body() : body;
		const sent = await echoed(plain, { method: 'POST', body: given });
		expect([sent.method, sent.body]).toEqual(['POST', text]);
		if (type === undefined) expect(sent.headers['content-type']).toBeUndefined();
		else expect(sent.headers['content-type']).toMatch(type);
	});
	it('takes a Request, and leaves out a body that the method has no place for', async () => {
		const request = new Request(at('/echo'), { method: 'PUT', body: 'rb', headers: { 'x-r': '1' } });
		expect(await (await plain.fetch(request)).json()).toMatchObject({
			method: 'PUT',
			body: 'rb',
			headers: { 'x-r': '1' },
		});
		expect(await echoed(plain, { body: 'x' })).toMatchObject({ method: 'GET', body: '' });
	});
	it('follows redirects, shows them, counts them or refuses them', async () => {
		expect((await plain.fetch(at('/redirect'))).url).toBe(at('/echo'));
		const careful = new Impit({ followRedirects: false, maxRedirects: 3 });
		const shown = await careful.fetch(at('/redirect'));
		expect([shown.status, shown.headers.get('location')]).toEqual([302, '/echo']);
		expect((await careful.fetch(at('/redirect'), { redirect: 'follow' })).status).toBe(200);
		const loop = careful.fetch(at('/loop'), { redirect: 'follow' });
		const many = await loop.catch((failure) => failure);
		expect(many).toBeInstanceOf(entry.TooManyRedirects);
		expect(many.message).toContain('Maximum redirect limit (3) exceeded');
		const error = await plain.fetch(at('/redirect'), { redirect: 'error' }).catch((failure) => failure);
		expect(error.constructor).toBe(TypeError);
	});
	it('keeps connections', async () => {
		const client = new Impit({ browser: 'firefox' });
		const before = server.connections();
		for (let round = 0; round < 3; round++) await (await client.fetch(at('/echo'))).text();
		expect(server.connections() - before).toBe(1);
	});
	it('accepts any certificate only if told to', async () => {
		await using site = await startSite();
		const url = `https://localhost:${site.mirror.port}/`;
		const lenient = new Impit({ browser: 'chrome', ignoreTlsErrors: true });
		expect((await lenient.fetch(url)).status).toBe(200);
		await expect(new Impit({ browser: 'chrome' }).fetch(url)).rejects.toBeInstanceOf(entry.ConnectError);
	});
});

describe('cookies', () => {
	it('without a jar none is kept, not even along a redirect', async () => {
		const client = new Impit({ browser: 'chrome' });
		await (await client.fetch(at('/set'))).text();
		expect((await echoed(client)).headers.cookie).toBeUndefined();
		expect((await (await client.fetch(at('/redirect'))).json()).headers.cookie).toBeUndefined();
	});
	it('a jar of tough-cookie has them', async () => {
		const cookieJar = new CookieJar();
		const client = new Impit({ browser: 'chrome', cookieJar });
		await (await client.fetch(at('/set'))).text();
		expect(await cookieJar.getCookieString(at('/'))).toBe('a=1; b=2');
		expect((await echoed(client)).headers.cookie).toBe('a=1; b=2');
	});
	it('any other jar is asked for each hop, and a field of the caller’s wins', async () => {
		const set: string[][] = [];
		const cookieJar = {
			setCookie: async (cookie: string, url: string) => void set.push([cookie, url]),
			getCookieString: async (url: string) => `from=${new URL(url).pathname}`,
		};
		const client = new Impit({ cookieJar });
		expect((await (await client.fetch(at('/redirect'))).json()).headers.cookie).toBe('from=/echo');
		expect(set).toEqual([['hop=1; Path=/', at('/redirect')]]);
		expect((await echoed(client, { headers: { cookie: 'own=1' } })).headers.cookie).toBe('own=1');
	});
	it('a jar that throws does not touch the request', async () => {
		const fail = () => {
			throw new Error('broken');
		};
		const client = new Impit({ cookieJar: { setCookie: fail, getCookieString: fail } });
		expect((await client.fetch(at('/set'))).status).toBe(200);
	});
});

describe('errors', () => {
	it.each<[string, () => Promise<unknown>, new (...args: never[]) => Error]>([
		['a limit', () => plain.fetch(at('/never'), { timeout: 30 }), entry.TimeoutError],
		['the limit of the instance', () => new Impit({ timeout: 30 }).fetch(at('/never')), entry.TimeoutError],
		['a refused connection', async () => plain.fetch(`http://127.0.0.1:${await closedPort()}/`), entry.ConnectError],
		['a port of another protocol', () => plain.fetch('http://127.0.0.1:1/'), entry.ConnectError],
		['no URL', () => plain.fetch('nonsense'), entry.InvalidURL],
		['another scheme', () => plain.fetch('ftp://a/'), entry.InvalidURL],
		[
			'a proxy that is not there',
			() => new Impit({ proxyUrl: 'http://127.0.0.1:1' }).fetch(at('/')),
			entry.ConnectError,
		],
		['a cut body', async () => (await plain.fetch(at('/cut'))).text(), entry.ReadError],
	])('%s', async (_, run, type) => {
		const error = (await run().catch((failure) => failure)) as Error;
		expect(error).toBeInstanceOf(type);
		expect(error).toBeInstanceOf(entry.ImpitError);
		expect(error.name).toBe(error.constructor.name);
	});
	it('an abort rejects with its reason', async () => {
		const controller = new AbortController();
		const pending = plain.fetch(at('/never'), { signal: controller.signal });
		controller.abort('mine');
		await expect(pending).rejects.toBe('mine');
		await expect(plain.fetch(at('/never'), { signal: AbortSignal.abort('too') })).rejects.toBe('too');
	});
	it('what cannot be had is refused with what to do instead', async () => {
		expect(() => new Impit({ http3: true })).toThrow(/"http3" cannot be had.*leave it out/);
		expect(() => new Impit({ vanillaFallback: true })).toThrow(/second Impit without "browser"/);
		expect(() => new Impit({ browser: 'netscape' })).toThrow(/netscape/);
		await expect(plain.fetch(at('/echo'), { forceHttp3: true })).rejects.toThrow(/leave it out/);
		expect(new Impit({ http3: false, vanillaFallback: false })).toBeInstanceOf(impit.Impit);
		expect(new Impit(null)).toBeInstanceOf(impit.ImpitWrapper);
	});
});
