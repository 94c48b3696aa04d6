/** What the entries for programs of neighbours do not know is never silently left out if it would change what is sent. */
import { describe, expect, it } from 'vitest';
import { Impit } from '../src/impit/index.ts';
import { createSession, createTransport, fetch, websocket } from '../src/wreq-js/index.ts';
import { closedPort } from './support/closed-port.ts';
import { startNeighbourServer } from './support/neighbour-server.ts';

const proxy = 'http://secret:word@127.0.0.1:9';
const code = 'ERR_INVALID_OPTION';

describe('wiretwin/impit', () => {
	it.each([
		['proxy', proxy, /"proxy" .*Did you mean "proxyUrl"\?$/],
		['proxies', { https: proxy }, /Did you mean "proxyUrl"\?$/],
		['proxyURL', proxy, /Did you mean "proxyUrl"\?$/],
		['httpsAgent', {}, /Did you mean "proxyUrl"\?$/],
		['browzer', 'chrome', /Did you mean "browser"\?$/],
		['impersonate', 'chrome', /Did you mean "browser"\?$/],
		['insecure', true, /Did you mean "ignoreTlsErrors"\?$/],
		['rejectUnauthorized', false, /Did you mean "ignoreTlsErrors"\?$/],
		['ignoreTLSErrors', true, /Did you mean "ignoreTlsErrors"\?$/],
		['ca', 'pem', /createSession\(\) of wiretwin has "ca"\.$/],
		['os', 'macos', /createSession\(\) of wiretwin has "os"\.$/],
		['ciphers', 'x', /Unknown option "ciphers"/],
		['timeuot', 1, /Did you mean "timeout"\?$/],
	])('%s is refused by the constructor', (name, value, message) => {
		const make = () => new Impit({ [name]: value } as never);
		expect(make).toThrow(message);
		expect(make).toThrow(expect.objectContaining({ code }));
		expect(make).toThrow(/^(?!.*word)/s);
	});
	it('a call says that the proxy is the instance\u2019s', async () => {
		await using site = await startNeighbourServer();
		const impit = new Impit();
		for (const name of ['proxyUrl', 'proxy', 'dispatcher', 'browser'])
			await expect(impit.fetch(site.at('/echo'), { [name]: proxy } as never)).rejects.toMatchObject({
				code,
				message: expect.stringMatching(/new Impit\(\{ (proxyUrl|browser) \}\)/),
			});
	});
	it('what only a browser\u2019s fetch knows is left out, as before', async () => {
		await using site = await startNeighbourServer();
		const init = { mode: 'cors', credentials: 'include', keepalive: true, next: {}, proxy: undefined } as never;
		expect((await new Impit({ ignoreTlsErrors: true, x: 1 } as never).fetch(site.at('/echo'), init)).status).toBe(200);
	});
});

describe('wiretwin/wreq-js', () => {
	it.each([
		['proxyUrl', proxy, /Did you mean "proxy"\?$/],
		['proxies', { https: proxy }, /Did you mean "proxy"\?$/],
		['agent', {}, /Did you mean "proxy"\?$/],
		['browzer', 'x', /Did you mean "browser"\?$/],
		['impersonate', 'x', /Did you mean "browser"\?$/],
		['rejectUnauthorized', false, /Did you mean "insecure"/],
		['ignoreTlsErrors', true, /Did you mean "insecure"/],
		['ca', 'pem', /createSession\(\) of wiretwin has "ca"\.$/],
		['tls', {}, /Unknown option "tls"/],
	])('%s is refused everywhere', async (name, value, message) => {
		const options = { [name]: value } as never;
		const refused = { code, name: 'RequestError', message: expect.stringMatching(message) };
		const url = `http://127.0.0.1:${await closedPort()}/`;
		await expect(fetch(url, options)).rejects.toMatchObject(refused);
		await expect(createSession(options)).rejects.toMatchObject(refused);
		await expect(createTransport(options)).rejects.toMatchObject(refused);
		await expect(websocket(url.replace('http', 'ws'), options)).rejects.toMatchObject(refused);
	});
	it('what only a browser\u2019s fetch knows is left out, as before', async () => {
		await using site = await startNeighbourServer();
		const options = { mode: 'cors', credentials: 'include', cache: 'no-store', proxyUrl: undefined } as never;
		expect((await fetch(site.at('/echo'), options)).status).toBe(200);
	});
});
