import { afterEach, describe, expect, it, vi } from 'vitest';
import { startSite } from './support/site.ts';
import { startSocksPeer } from './support/socks-peer.ts';

/** No name server knows it: RFC 2606 keeps `.invalid` free for that. */
const unknownName = 'only-the-proxy-knows.invalid';

describe('P03 who resolves names behind a SOCKS proxy', () => {
	const startKnown = () => startSite(undefined, { extraHosts: [unknownName] });

	it('socks5h: the proxy; nobody here is asked', async () => {
		await using site = await startKnown();
		await using proxy = await startSocksPeer(site.mirror.port);
		const lookup = vi.fn();
		const session = site.session({ proxy: `socks5h://127.0.0.1:${proxy.port}`, lookup });
		const response = await session.fetch(`https://${unknownName}:${site.mirror.port}/echo`);
		expect(response.status).toBe(200);
		expect(proxy.asked).toEqual([{ kind: 'name', host: unknownName, port: site.mirror.port }]);
		expect(lookup).not.toHaveBeenCalled();
	});
	it('socks5: this side; the proxy sees an address only', async () => {
		await using site = await startKnown();
		await using proxy = await startSocksPeer(site.mirror.port);
		const session = site.session({
			proxy: `socks5://127.0.0.1:${proxy.port}`,
			lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.9', family: 4 }]),
		});
		expect((await session.fetch(`https://${unknownName}:${site.mirror.port}/echo`)).status).toBe(200);
		expect(proxy.asked).toEqual([{ kind: 'v4', host: '127.0.0.9', port: site.mirror.port }]);
	});
	it('an IPv6 literal stays an address', async () => {
		await using site = await startKnown();
		await using proxy = await startSocksPeer(site.mirror.port);
		const session = site.session({ proxy: `socks5h://127.0.0.1:${proxy.port}`, lookup: vi.fn() });
		expect((await session.fetch(`https://[::1]:${site.mirror.port}/echo`)).status).toBe(200);
		expect(proxy.asked).toMatchObject([{ kind: 'v6', port: site.mirror.port }]);
	});
	it('socks5 with a name that does not exist fails here, before the proxy is told anything', async () => {
		await using site = await startKnown();
		await using proxy = await startSocksPeer(site.mirror.port);
		const session = site.session({ proxy: `socks5://127.0.0.1:${proxy.port}` });
		const failure = session.fetch(`https://${unknownName}:${site.mirror.port}/echo`);
		await expect(failure).rejects.toMatchObject({ phase: 'resolve' });
		expect(proxy.asked).toEqual([]);
	});
});

describe('proxies in the environment', () => {
	afterEach(() => vi.unstubAllEnvs());

	it('NO_PROXY counts only when asked for', async () => {
		await using site = await startSite();
		await using proxy = await startSocksPeer(site.mirror.port);
		vi.stubEnv('NO_PROXY', 'mirror.test');
		vi.stubEnv('no_proxy', undefined);
		const url = `socks5h://127.0.0.1:${proxy.port}`;
		await (await site.session({ proxy: url }).fetch(site.at('/echo'))).text();
		await (await site.session({ proxy: { url } }).fetch(site.at('/echo'))).text();
		expect(proxy.asked).toHaveLength(2);
		await (await site.session({ proxy: { url, noProxy: 'env' } }).fetch(site.at('/echo'))).text();
		expect(proxy.asked).toHaveLength(2);
		vi.stubEnv('NO_PROXY', 'elsewhere.test');
		await (await site.session({ proxy: { url, noProxy: 'env' } }).fetch(site.at('/echo'))).text();
		expect(proxy.asked).toHaveLength(3);
	});
	it('HTTPS_PROXY and ALL_PROXY never count', async () => {
		await using site = await startSite();
		await using proxy = await startSocksPeer(site.mirror.port);
		for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'HTTP_PROXY']) {
			vi.stubEnv(name, `socks5h://127.0.0.1:${proxy.port}`);
		}
		expect((await site.session().fetch(site.at('/echo'))).status).toBe(200);
		expect(proxy.asked).toEqual([]);
	});
});
