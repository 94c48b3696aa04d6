import { afterEach, describe, expect, it, vi } from 'vitest';
import { bypassRule } from '../src/options/bypass.ts';
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

describe('noProxy takes what curl takes', () => {
	const rows: ReadonlyArray<readonly [list: string, past: readonly string[], through: readonly string[]]> = [
		['127.0.0.0/8', ['127.0.0.1', '127.9.9.9'], ['128.0.0.1', 'localhost']],
		['10.0.0.0/8 192.168.1.0/24', ['10.1.2.3', '192.168.1.9'], ['192.168.2.9', '11.0.0.1']],
		['fd00::/8,::1', ['fd12::1', '::1'], ['fe80::1', '10.0.0.1']],
		['a.test b.test\tc.test , d.test', ['a.test', 'b.test', 'x.c.test', 'd.test'], ['atest', 'e.test']],
		['.a.test', ['a.test', 'x.a.test'], ['xa.test']],
		['a.test:8443', [], ['a.test']],
		['a.test:443', ['a.test', 'a.test.'], []],
		['10.0.0.0/33', [], ['10.0.0.1']],
		['*', ['a.test', '10.0.0.1'], []],
		['', [], ['a.test']],
	];
	it.each(rows)('%j', (list, past, through) => {
		vi.stubEnv('NO_PROXY', list);
		vi.stubEnv('no_proxy', undefined);
		const fromEnvironment = bypassRule('env');
		vi.unstubAllEnvs();
		for (const rule of [fromEnvironment, bypassRule([list])]) {
			expect(past.filter((host) => !rule(host, 443))).toEqual([]);
			expect(through.filter((host) => rule(host, 443))).toEqual([]);
		}
	});
});
