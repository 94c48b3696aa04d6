import { sharedAuthority, startFault, startMirror } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { createSession, type SessionOptions } from 'wiretwin';
import { startRelay } from './support/relay.ts';
import { browsers, underInvariants, useWorld } from './support/world.ts';

useWorld();

const ca = sharedAuthority().caPem;
const { certificatePem: cert, keyPem: key } = sharedAuthority().clientIdentity('ada');

describe.each(browsers)('C07 %s', (browser) => {
	const other = browsers.find((name) => name !== browser) as string;
	const differences: [string, SessionOptions][] = [
		['profile', { browser: other }],
		['insecure', { insecure: true }],
		['client certificate', { cert, key }],
		['local address', { localAddress: '127.0.0.2' }],
		['session alone', {}],
	];
	test.each(differences)('C07 another %s: no shared connection, no shared ticket', async (_name, difference) => {
		await using mirror = await startMirror({ clientCertificate: 'optional' });
		await using first = createSession({ browser, ca });
		await using second = createSession({ browser, ca, ...difference });
		for (const session of [first, second, first, second]) {
			await (await session.fetch(mirror.url)).bytes();
		}
		expect(mirror.connections).toHaveLength(2);
		await using again = createSession({ browser, ca, ...difference });
		const response = await again.fetch(mirror.url);
		expect(response.tls?.resumed).toBe(false);
		await response.bytes();
	});

	test('C07 another proxy user: another connection to the proxy', async () => {
		await using mirror = await startMirror();
		await using relay = await startRelay(mirror.port);
		for (const kind of ['http', 'socks5h']) {
			const through = (username: string) =>
				createSession({ browser, ca, proxy: { url: `${kind}://127.0.0.1:${relay.port}`, username, password: 'p' } });
			await using ada = through('ada');
			await using bob = through('bob');
			for (const session of [ada, bob, ada, bob]) {
				await (await session.fetch(`https://www.mirror.test:${mirror.port}/`)).bytes();
			}
		}
		expect(mirror.connections).toHaveLength(4);
		expect(relay.asked).toHaveLength(4);
	});

	test('C07 another site: no shared connection, though address and certificate fit', async () => {
		await using mirror = await startMirror();
		// Both browsers share between the hosts of one site (docs/internals/truth.md), and keep sites apart.
		const hosts = ['www.mirror.test', 'api.mirror.test', 'localhost'];
		const resolve = Object.fromEntries(hosts.map((host) => [host, '127.0.0.1']));
		await underInvariants({ browser, resolve }, async ({ session }) => {
			for (const host of [...hosts, ...hosts]) await (await session.fetch(`https://${host}:${mirror.port}/`)).bytes();
		});
		expect(mirror.connections.map(({ clientHello }) => clientHello?.serverName)).toEqual([
			'www.mirror.test',
			'localhost',
		]);
	});
});

describe('C08 several addresses', () => {
	test('C08 one that works among seven that refuse', async () => {
		await using mirror = await startMirror();
		await using gone = await startFault('F01');
		await gone.close();
		const bad = Array.from({ length: 7 }, (_, index) => `127.0.0.${index + 2}:${gone.port}`);
		const resolve = { 'www.mirror.test': [...bad, `127.0.0.1:${mirror.port}`], localhost: '127.0.0.1' };
		await underInvariants({ resolve }, async ({ session }) => {
			const response = await session.fetch(`https://www.mirror.test:${mirror.port}/`);
			expect([response.status, response.remoteAddress]).toEqual([200, '127.0.0.1']);
			await response.bytes();
		});
	});

	test('C08 refused and then a bad certificate: the certificate is what is reported', async () => {
		await using fault = await startFault('T01', { variant: 'unknown-authority' });
		const resolve = { 'www.mirror.test': [`[::1]:${fault.port}`, `127.0.0.1:${fault.port}`], localhost: '127.0.0.1' };
		await underInvariants({ resolve }, async ({ session, errors }) => {
			const error = await session.fetch(`https://www.mirror.test:${fault.port}/`).catch((reason: unknown) => reason);
			errors.push(error);
			expect(error).toMatchObject({ code: 'ERR_TLS_CERT_UNTRUSTED', phase: 'tls' });
		});
	});
});

describe('P05 names', () => {
	const failing = (code: string) => (_name: string, _options: unknown, done: (error: Error) => void) =>
		done(Object.assign(new Error(`lookup ${code}`), { code }));
	test.each(['ENOTFOUND', 'EAI_AGAIN', 'ESERVFAIL'])('P05 a lookup that fails with %s names the host', async (code) => {
		await underInvariants({ lookup: failing(code) as never }, async ({ session, errors }) => {
			const error = await session.fetch('https://nobody.test/').catch((reason: unknown) => reason);
			errors.push(error);
			expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_DNS_/), phase: 'resolve' });
			expect(String(error)).toContain('nobody.test');
		});
	});
	test('P05 an empty answer, and one of 1,000 addresses', async () => {
		await using mirror = await startMirror();
		const answers = (count: number) => (_name: string, _options: unknown, done: (error: null, all: object[]) => void) =>
			done(null, new Array(count).fill({ address: '127.0.0.1', family: 4 }));
		await underInvariants({ lookup: answers(0) as never }, async ({ session, errors }) => {
			const error = await session.fetch('https://www.mirror.test/').catch((reason: unknown) => reason);
			errors.push(error);
			expect(error).toMatchObject({ code: 'ERR_DNS_NOT_FOUND', phase: 'resolve' });
		});
		await underInvariants({ lookup: answers(1000) as never }, async ({ session }) => {
			await (await session.fetch(`https://www.mirror.test:${mirror.port}/`)).bytes();
		});
	});
	test('P05 the system resolver: NXDOMAIN', async () => {
		await underInvariants({}, async ({ session, errors }) => {
			const error = await session.fetch('https://name.invalid/').catch((reason: unknown) => reason);
			errors.push(error);
			expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_DNS_/), phase: 'resolve' });
		});
	});
});
