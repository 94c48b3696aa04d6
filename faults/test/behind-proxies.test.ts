import { faults, sharedAuthority, startFault, startMirror } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { startRelay } from './support/relay.ts';
import { browsers, underInvariants, useWorld } from './support/world.ts';

useWorld();

const kinds = ['http', 'socks5', 'socks5h'] as const;
const name = 'www.mirror.test';
const behind = (kind: string, port: number, more: object = {}) => ({
	proxy: { url: `${kind}://127.0.0.1:${port}`, noProxy: ['localhost'], ...more },
	resolve: { [name]: '127.0.0.1', localhost: '127.0.0.1' },
});

describe.each(browsers)('T02 TLS behind a proxy, %s', (browser) => {
	const certificates = Object.keys(faults.T01?.variants ?? {}).filter((variant) => !/^(no-ip|wildcard)$/.test(variant));
	test.each(kinds)('T02 %s: every bad certificate gets the verdict that it gets without a proxy', async (kind) => {
		for (const variant of certificates) {
			await using fault = await startFault('T01', { variant });
			await using relay = await startRelay(fault.port);
			const verdicts: unknown[] = [];
			for (const options of [{ resolve: behind(kind, 0).resolve }, behind(kind, relay.port)]) {
				await underInvariants({ browser, ...options }, async ({ session, errors }) => {
					const error = await session.fetch(`https://${name}:${fault.port}/`).catch((reason: unknown) => reason);
					errors.push(error);
					const { code, phase, nodeCode } = error as Record<string, unknown>;
					verdicts.push({ code, phase, nodeCode });
				});
			}
			expect(verdicts[0]).toMatchObject({ code: expect.stringMatching(/^ERR_TLS_CERT_/), phase: 'tls' });
			expect(verdicts[1]).toEqual(verdicts[0]);
			expect(relay.asked).toHaveLength(1);
		}
	});

	test.each(kinds)('T02 %s: own CA, insecure and client certificate apply behind it', async (kind) => {
		await using mirror = await startMirror({ clientCertificate: 'required' });
		await using relay = await startRelay(mirror.port);
		const url = `https://${name}:${mirror.port}/fingerprint`;
		const { certificatePem, keyPem } = sharedAuthority().clientIdentity('ada');
		const proxied = { browser, ...behind(kind, relay.port) };
		await underInvariants({ ...proxied, cert: certificatePem, key: keyPem }, async ({ session }) => {
			const response = await session.fetch(url);
			expect([response.status, response.tls?.verified]).toEqual([200, true]);
			await response.bytes();
		});
		await underInvariants(proxied, async ({ session }) => {
			const error = await session.fetch(url).then(
				(response) => response.bytes(),
				(reason: unknown) => reason,
			);
			expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_TLS_|^ERR_CONNECTION_/) });
		});
		await using self = await startMirror({ certificate: 'unknown-authority' });
		await using other = await startRelay(self.port);
		await underInvariants({ browser, ...behind(kind, other.port), insecure: true }, async ({ session }) => {
			const response = await session.fetch(`https://${name}:${self.port}/`);
			expect([response.status, response.tls?.verified]).toEqual([200, false]);
			await response.bytes();
		});
	});
});

describe.each(browsers)('what a proxy is told, %s', (browser) => {
	test('P03 socks5h sends the name, socks5 the address, and nobody here looks the name up', async () => {
		await using mirror = await startMirror({ extraHosts: ['only-the-proxy-knows.invalid'] });
		await using relay = await startRelay(mirror.port);
		const host = 'only-the-proxy-knows.invalid';
		const lookups: string[] = [];
		const lookup = (asked: string, _options: unknown, done: (error: null, found: never[]) => void) => {
			lookups.push(asked);
			done(null, []);
		};
		await underInvariants({ browser, ...behind('socks5h', relay.port), lookup }, async ({ session }) => {
			await (await session.fetch(`https://${host}:${mirror.port}/`)).bytes();
		});
		await underInvariants({ browser, ...behind('socks5', relay.port) }, async ({ session }) => {
			await (await session.fetch(`https://${name}:${mirror.port}/`)).bytes();
		});
		expect(relay.asked).toEqual([`socks5 ${host}:${mirror.port}`, `socks5 127.0.0.1:${mirror.port}`]);
		expect(lookups).toEqual([]);
	});

	test('P03 IPv6 literals keep their brackets and go to SOCKS as an address', async () => {
		await using mirror = await startMirror();
		await using relay = await startRelay(mirror.port);
		for (const kind of ['http', 'socks5h']) {
			await underInvariants({ browser, ...behind(kind, relay.port) }, async ({ session }) => {
				await (await session.fetch(`https://[::1]:${mirror.port}/`)).bytes();
			});
		}
		expect(relay.asked[0]).toContain(`CONNECT [::1]:${mirror.port} HTTP/1.1\r\n`);
		expect(relay.asked[0]).toContain(`\r\nHost: [::1]:${mirror.port}\r\n`);
		expect(relay.asked[1]).toBe(`socks5 [00000000000000000000000000000001]:${mirror.port}`);
	});

	test.each([
		['a@b', 'c:d/e%f'],
		['ü ser', ''],
		['%41', '@@::'],
	])('P03 credentials %j %j arrive as they are, from options and from the URL', async (username, password) => {
		await using mirror = await startMirror();
		await using relay = await startRelay(mirror.port);
		const encoded = `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
		for (const kind of ['socks5h', 'http']) {
			const given = behind(kind, relay.port, { username, password });
			const inUrl = { ...given, proxy: { url: `${kind}://${encoded}127.0.0.1:${relay.port}`, noProxy: ['localhost'] } };
			for (const options of [given, inUrl]) {
				await underInvariants({ browser, ...options }, async ({ session }) => {
					await (await session.fetch(`https://${name}:${mirror.port}/`)).bytes();
				});
			}
		}
		expect(relay.credentials).toEqual([
			[username, password],
			[username, password],
		]);
		const basic = Buffer.from(`${username}:${password}`).toString('base64');
		const heads = relay.asked.filter((asked) => asked.startsWith('CONNECT'));
		expect(heads.map((head) => /^proxy-authorization: basic (.*)$/im.exec(head)?.[1])).toEqual([basic, basic]);
	});

	test('P04 newConnection dials the proxy again, a kept connection does not', async () => {
		await using mirror = await startMirror();
		await using relay = await startRelay(mirror.port);
		await underInvariants({ browser, ...behind('http', relay.port) }, async ({ session }) => {
			const url = `https://${name}:${mirror.port}/`;
			for (const newConnection of [false, false, true, true, false]) {
				await (await session.fetch(url, { newConnection })).bytes();
			}
		});
		expect(relay.asked).toHaveLength(3);
	});

	test('P04 a proxy that dies under a kept connection is an error of the next request, and no way around it', async () => {
		await using mirror = await startMirror();
		const relay = await startRelay(mirror.port);
		await underInvariants({ browser, ...behind('http', relay.port) }, async ({ session, errors }) => {
			const url = `https://${name}:${mirror.port}/`;
			await (await session.fetch(url)).bytes();
			await relay[Symbol.asyncDispose]();
			const error = await session.fetch(url).catch((reason: unknown) => reason);
			errors.push(error);
			expect(error).toMatchObject({ code: 'ERR_PROXY_CONNECTION', nodeCode: 'ECONNREFUSED' });
		});
		expect(mirror.requests).toHaveLength(1);
	});
});
