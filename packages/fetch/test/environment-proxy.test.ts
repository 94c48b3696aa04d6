import { once } from 'node:events';
import { createServer, request as plainRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSession, fetch } from '../src/index.ts';
import { chooseProxies } from '../src/options/proxy-choice.ts';
import { runCommand } from './support/command-line.ts';
import { startSite } from './support/site.ts';

const variables = [
	'http_proxy',
	'HTTP_PROXY',
	'https_proxy',
	'HTTPS_PROXY',
	'all_proxy',
	'ALL_PROXY',
	'no_proxy',
	'NO_PROXY',
];
const before = new Map(variables.map((name) => [name, process.env[name]]));
const clear = () => {
	for (const name of variables) delete process.env[name];
};
beforeEach(clear);
afterEach(() => {
	clear();
	for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
});

/** An http proxy that notes what it is asked for, and by whom. */
async function startProxy() {
	const seen: string[] = [];
	const user = (header: string | undefined) =>
		header === undefined ? '' : ` ${Buffer.from(header.replace(/^Basic /, ''), 'base64').toString()}`;
	const server = createServer((request, response) => {
		if (request.url === '/') {
			response.end('not a proxy request');
			return;
		}
		seen.push(`${request.method} ${request.url}${user(request.headers['proxy-authorization'])}`);
		plainRequest(request.url ?? '', (answer) => answer.pipe(response)).end();
	});
	server.on('connect', (request, socket) => {
		seen.push(`CONNECT ${request.url}${user(request.headers['proxy-authorization'])}`);
		const [host = '', port = ''] = (request.url ?? '').split(':');
		const upstream = connect(Number(port), host, () => {
			socket.write('HTTP/1.1 200 OK\r\n\r\n');
			socket.pipe(upstream).pipe(socket);
		});
		upstream.on('error', () => socket.destroy());
		socket.on('error', () => upstream.destroy());
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		seen,
		port,
		url: `http://127.0.0.1:${port}`,
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

describe("proxy: 'env'", () => {
	it.each<[Record<string, string>, https: string, http: string]>([
		[{}, 'none', 'none'],
		[{ https_proxy: 'a.example:1' }, 'http a.example 1', 'none'],
		[{ HTTPS_PROXY: 'http://a.example' }, 'http a.example 80', 'none'],
		[{ https_proxy: 'http://low.example', HTTPS_PROXY: 'http://up.example' }, 'http low.example 80', 'none'],
		[{ http_proxy: 'http://a.example:3128' }, 'none', 'http a.example 3128'],
		[{ HTTP_PROXY: 'http://a.example:3128' }, 'none', 'none'],
		[{ all_proxy: 'socks5h://a.example' }, 'socks5h a.example 1080', 'socks5h a.example 1080'],
		[{ ALL_PROXY: 'https://a.example', http_proxy: 'b.example:2' }, 'https a.example 443', 'http b.example 2'],
		[{ https_proxy: '' }, 'none', 'none'],
	])('%j', (given, https, http) => {
		Object.assign(process.env, given);
		const shown = (proxy: ReturnType<typeof chooseProxies>['http']) =>
			proxy ? `${proxy.native.kind} ${proxy.native.host} ${proxy.native.port}` : 'none';
		const { https: forHttps, http: forHttp } = chooseProxies('env');
		expect([shown(forHttps), shown(forHttp)]).toEqual([https, http]);
	});

	it('NO_PROXY names what goes past, unless the option names it', () => {
		Object.assign(process.env, { https_proxy: 'a.example:1', NO_PROXY: '.internal' });
		expect(chooseProxies('env').https?.bypass('x.internal', 443)).toBe(true);
		expect(chooseProxies({ url: 'env', noProxy: [] }).https?.bypass('x.internal', 443)).toBe(false);
	});

	it('a variable that is no URL is named, not shown', () => {
		process.env.https_proxy = 'ftp://user:secret@a.example';
		expect(() => createSession({ proxy: 'env' })).toThrow(/^(?!.*secret).*https_proxy/s);
	});

	it('each scheme goes through its own, in sessions and on the command line', async () => {
		await using site = await startSite();
		await using https = await startProxy();
		await using http = await startProxy();
		await using plain = await startProxy();
		Object.assign(process.env, { https_proxy: https.url.replace('//', '//ada:s3@'), http_proxy: http.url });
		const session = site.session({ proxy: 'env' });
		expect((await session.fetch(`${site.mirror.url}/echo`)).status).toBe(200);
		expect(await (await session.fetch(`${plain.url}/`)).text()).toBe('not a proxy request');
		const { port } = site.mirror;
		expect(https.seen).toEqual([`CONNECT 127.0.0.1:${port} ada:s3`]);
		expect(http.seen).toEqual([`GET ${plain.url}/`]);
		expect((await runCommand(['-k', `${site.mirror.url}/t/x.json`])).stdout).toBe('{}');
		expect(https.seen).toHaveLength(2);
		for (const args of [
			['-x', ''],
			['--noproxy', '127.0.0.1'],
		]) {
			expect((await runCommand(['-k', ...args, `${site.mirror.url}/t/x.json`])).stdout).toBe('{}');
			expect(https.seen).toHaveLength(2);
		}
	});
});

describe('proxy of one request', () => {
	it('is used for its hops and no others', async () => {
		await using site = await startSite();
		await using own = await startProxy();
		await using one = await startProxy();
		const session = site.session({ proxy: own.url });
		const url = `${site.mirror.url}/redirect/302?to=/echo`;
		await (await session.fetch(url, { proxy: one.url })).text();
		expect([own.seen.length, one.seen.length]).toEqual([0, 1]);
		await (await session.fetch(url)).text();
		expect([own.seen.length, one.seen.length]).toEqual([1, 1]);
		await (await fetch(url, { proxy: one.url, ca: site.mirror.caPem })).text();
		expect([own.seen.length, one.seen.length]).toEqual([1, 2]);
	});

	it('host:port:user:password is a proxy too; env is not one of a request', async () => {
		await using site = await startSite();
		await using proxy = await startProxy();
		const session = site.session();
		const listed = `127.0.0.1:${proxy.port}:ada:s:3@cr/t`;
		await (await session.fetch(`${site.mirror.url}/echo`, { proxy: listed })).text();
		await (await session.fetch(`${site.mirror.url}/echo`, { proxy: `http://${listed}` })).text();
		expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT 127.0.0.1:${site.mirror.port} ada:s:3@cr/t`]));
		const refused = session.fetch(`${site.mirror.url}/echo`, { proxy: 'env' });
		await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
	});
});
