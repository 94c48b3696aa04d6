// Issue 16.6: what a stranger names must not lead to addresses that are not public.
import { readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isConnectionError, type SessionOptions, type TransportOptions, WebSocket } from '../src/index.ts';
import { other, startSite, www } from './support/site.ts';

const only = (address: string): SessionOptions => ({ denyPrivateAddresses: { allow: [address] } });
const denied = { code: 'ERR_ADDRESS_DENIED', phase: 'connect', name: 'ConnectionError' };

/** The same few addresses in the spellings that filters of URLs fall for. */
const spellings = [
	'127.0.0.2',
	'2130706434', // decimal
	'0x7f000002',
	'0177.0.0.2', // octal
	'127.2',
	'0x7f.1.2',
	'127.0.0.2.',
	'%E2%91%A0%E2%91%A1%E2%91%A6.0.0.2', // digits in circles
	'169.254.169.254',
	'2852039166',
	'0251.0376.0251.0376',
	'10.0.0.1',
	'100.64.0.1',
	'0.0.0.0',
	'[::1]',
	'[::]',
	'[::ffff:127.0.0.2]',
	'[::ffff:a00:1]',
	'[::127.0.0.2]',
	'[64:ff9b::7f00:2]', // NAT64
	'[64:ff9b::169.254.169.254]',
	'[2002:7f00:2::]', // 6to4
	'[2002:a9fe:a9fe::1]',
	'[fe80::1]',
	'[fd00::1]',
	'[ff02::1]',
	'pinned.test',
];

describe('denyPrivateAddresses', () => {
	it.each(['http:', 'https:'])(
		'refuses each spelling of an address, at the first hop and behind a redirect, over %s',
		async (scheme) => {
			await using site = await startSite();
			const resolve = { ...site.trust.resolve, 'pinned.test': '127.0.0.2' };
			const session = site.session({ ...only('127.0.0.1'), resolve });
			for (const host of spellings) {
				const url = `${scheme}//${host}:8080/latest/`;
				const failure = await session.fetch(url).catch((error: unknown) => error);
				expect(failure, url).toMatchObject(denied);
				expect(isConnectionError(failure)).toBe(true);
				const redirecting = site.at(`/redirect/307?to=${encodeURIComponent(url)}`);
				await expect(session.fetch(redirecting), url).rejects.toMatchObject(denied);
			}
			expect(site.mirror.requests).toHaveLength(spellings.length);
		},
	);

	it('true allows nothing, false and nothing allow all', async () => {
		await using site = await startSite();
		const strict = site.session({ denyPrivateAddresses: true });
		for (const host of [www, 'localhost', 'LOCALHOST.', 'metadata.localhost']) {
			await expect(strict.fetch(`http://${host}/`), host).rejects.toMatchObject(denied);
		}
		for (const options of [{}, { denyPrivateAddresses: false }]) {
			expect((await site.session(options).fetch(site.at('/echo'))).status).toBe(200);
		}
		const networks = { denyPrivateAddresses: { allow: ['10.0.0.0/8', '127.0.0.0/8'] } };
		expect((await site.session(networks).fetch(site.at('/echo'))).status).toBe(200);
	});

	it('judges what lookup says at each connection: a name that is bound anew does not help', async () => {
		await using site = await startSite();
		const answers = ['127.0.0.1', '10.0.0.1'];
		const lookup: NonNullable<TransportOptions['lookup']> = (_host, _options, done) =>
			done(null, [{ address: answers.shift() ?? '10.0.0.1', family: 4 }]);
		const session = site.session({ ...only('127.0.0.1'), resolve: {}, lookup });
		expect((await session.fetch(site.at('/echo'))).status).toBe(200);
		await expect(session.fetch(site.at('/echo', other))).rejects.toMatchObject(denied);
		const zoned = site.session({
			denyPrivateAddresses: true,
			resolve: {},
			lookup: (_host, _options, done) => done(null, [{ address: '::1%lo', family: 6 }]),
		});
		await expect(zoned.fetch(site.at('/echo'))).rejects.toMatchObject({ code: /^ERR_(INVALID_|ADDRESS_DENIED)/ });
		expect(site.mirror.requests).toHaveLength(1);
	});

	it('dials what passes of several addresses', async () => {
		await using site = await startSite();
		const resolve = { [www]: ['10.0.0.1', '127.0.0.1', '::1'] };
		const session = site.session({ ...only('127.0.0.1'), resolve });
		expect((await session.fetch(site.at('/echo'))).connection.remoteAddress).toBe('127.0.0.1');
	});

	it('holds for WebSockets, and for requests with a proxy, TLS or lookup of their own', async () => {
		await using site = await startSite();
		const session = site.session(only('127.0.0.1'));
		const socket = new WebSocket('wss://10.0.0.1/', { session });
		const failed = await new Promise((resolve) => socket.addEventListener('error', resolve));
		expect(failed).toMatchObject({ error: { code: 'ERR_ADDRESS_DENIED' } });
		const outcome = (more: object) =>
			new Promise<unknown>((resolve) => {
				const request = { url: 'https://10.0.0.1/', ...more };
				session.exchange(request, { onHead: resolve, onError: resolve });
			});
		for (const more of [
			{},
			{ tls: { servername: www } },
			{ proxy: 'http://127.0.0.1:1' },
			{ proxy: 'socks5h://127.0.0.1:1' },
			{
				url: 'https://looked-up.test/',
				lookup: (_: string, __: object, done: (...answer: unknown[]) => void) =>
					done(null, [{ address: '10.0.0.1', family: 4 }]),
			},
		]) {
			expect(await outcome(more), JSON.stringify(more)).toMatchObject({
				code: 'ERR_ADDRESS_DENIED',
			});
		}
	});

	it('judges the proxy itself only when asked, and what it is asked for as far as that is known', async () => {
		await using site = await startSite();
		const asked: string[] = [];
		const proxy = createServer((socket) => {
			socket.on('error', () => {});
			socket.once('data', (head) => {
				asked.push(String(head).split('\r\n', 1)[0] ?? '');
				socket.end('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n');
			});
		});
		await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
		try {
			const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
			const free = site.session({ proxy: url, denyPrivateAddresses: true });
			for (const target of ['https://10.0.0.1/', 'http://10.0.0.1/', 'http://localhost/', site.at('/')]) {
				await expect(free.fetch(target), target).rejects.toMatchObject(denied);
			}
			expect(asked).toEqual([]);
			await expect(free.fetch('https://public.test/')).rejects.toMatchObject({ code: 'ERR_PROXY_REFUSED' });
			expect(asked).toEqual(['CONNECT public.test:443 HTTP/1.1']);
			const strict = site.session({ proxy: url, denyPrivateAddresses: { proxies: true } });
			await expect(strict.fetch('https://public.test/')).rejects.toMatchObject(denied);
			expect(asked).toHaveLength(1);
		} finally {
			proxy.close();
		}
	});

	it.each([
		'yes',
		null,
		[],
		{ allow: '10.0.0.0/8' },
		{ allow: ['10.0.0.0/33'] },
		{ allow: ['intranet'] },
		{ allow: ['fe80::1%eth0'] },
		{ allow: [1] },
		{ allow: Array(1001).fill('10.0.0.1') },
		{ proxies: 1 },
		{ deny: true },
	])('%j is refused before anything is opened', async (denyPrivateAddresses) => {
		await using site = await startSite();
		const options = { denyPrivateAddresses } as unknown as SessionOptions;
		expect(() => site.session(options)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }));
	});
});

describe('keyLog', () => {
	it('is written for all connections of a session, those of single requests and WebSockets included', async () => {
		await using site = await startSite();
		const keyLog = join(tmpdir(), `wiretwin-key-log-${process.pid}`);
		try {
			const session = site.session({ keyLog });
			const lines = () => readFileSync(keyLog, 'utf8').match(/^CLIENT_TRAFFIC_SECRET_0 /gm)?.length;
			await (await session.fetch(site.at('/echo'))).text();
			expect(lines()).toBe(1);
			await new Promise((resolve) =>
				session.exchange(
					{ url: site.at('/echo'), tls: { servername: 'localhost' } },
					{ onHead: resolve, onError: resolve },
				),
			);
			expect(lines()).toBe(2);
			expect(readFileSync(keyLog, 'utf8')).toMatch(/^(?:[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]+\n)+$/);
		} finally {
			rmSync(keyLog, { force: true });
		}
	});

	it('that cannot be opened fails the first request, before a byte is sent', async () => {
		await using site = await startSite();
		for (const keyLog of [join(tmpdir(), 'none', 'none', 'keys'), tmpdir()]) {
			const session = site.session({ keyLog });
			await expect(session.fetch(site.at('/echo'))).rejects.toMatchObject({ code: 'ERR_KEY_LOG', phase: 'input' });
		}
		for (const keyLog of ['', 'a\0b', 5 as never]) {
			expect(() => site.session({ keyLog })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }));
		}
		expect(site.mirror.connections).toHaveLength(0);
	});
});
