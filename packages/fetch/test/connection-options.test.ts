import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';
import { sharedAuthority } from '@wiretwin/mirror';
import { describe, expect, it } from 'vitest';
import { createSession, TlsError, type TransportOptions } from '../src/index.ts';
import { api, field, startSite } from './support/site.ts';

describe('options of the connection', () => {
	it('cert and key identify the client', async () => {
		await using site = await startSite(undefined, { clientCertificate: 'required' });
		const identity = sharedAuthority().clientIdentity('ada');
		const session = site.session({ cert: identity.certificatePem, key: identity.keyPem });
		expect((await session.fetch(site.at('/echo'))).status).toBe(200);
		expect(site.mirror.connections[0]?.negotiated?.clientCertificate).toBe('ada');
		const failure = await site
			.session()
			.fetch(site.at('/echo'))
			.catch((error: unknown) => error);
		expect(failure).toMatchObject({ constructor: TlsError });
	});
	it('a certificate that is none is refused as an option', async () => {
		await using site = await startSite();
		const session = createSession({ ca: 'no certificate', resolve: site.trust.resolve ?? {} });
		await expect(session.fetch(site.at('/'))).rejects.toMatchObject({ name: 'InvalidArgumentError', phase: 'input' });
	});
	it("lookup replaces the system's resolution, once for requests that come together", async () => {
		await using site = await startSite();
		const asked: string[] = [];
		const lookup: NonNullable<TransportOptions['lookup']> = (host, _options, done) => {
			asked.push(host);
			if (host === 'www.mirror.test') setImmediate(done, null, [{ address: '127.0.0.1', family: 4 }]);
			else if (host === 'hang.mirror.test') return;
			else done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
		};
		await using session = createSession({ ca: site.mirror.caPem, lookup });
		const both = await Promise.all([session.fetch(site.at('/echo')), session.fetch(site.at('/echo'))]);
		expect(both.map((response) => response.status)).toEqual([200, 200]);
		expect(asked).toEqual(['www.mirror.test']);
		await expect(session.fetch('https://gone.mirror.test/')).rejects.toMatchObject({
			code: 'ERR_DNS_NOT_FOUND',
			phase: 'resolve',
			nodeCode: 'ENOTFOUND',
		});
		const hanging = 'https://hang.mirror.test/';
		await expect(session.fetch(hanging, { timeout: { resolve: 40 } })).rejects.toMatchObject({
			code: 'ERR_TIMEOUT_RESOLVE',
		});
		await expect(session.fetch(hanging, { signal: AbortSignal.timeout(40) })).rejects.toMatchObject({
			name: 'TimeoutError',
		});
	});
	it('localAddress is where it connects from', async () => {
		await using site = await startSite();
		await (await site.session({ localAddress: '127.0.0.2' }).fetch(site.at('/echo'))).text();
		expect(site.mirror.connections[0]?.remoteAddress).toBe('127.0.0.2');
	});
	it('http1 and http2 offer only that', async () => {
		await using site = await startSite();
		const over = async (options: object) => (await site.session(options).fetch(site.at('/echo'))).httpVersion;
		expect([await over({ http1: true }), await over({ http2: true }), await over({})]).toEqual(['1.1', '2', '2']);
	});
	it('newConnection uses a connection of its own', async () => {
		await using site = await startSite();
		const session = site.session();
		for (const newConnection of [false, true, false]) {
			const response = await session.fetch(site.at('/echo'), { newConnection });
			await response.text();
		}
		const [first, second, third] = site.mirror.requests.map((request) => request.connectionId);
		expect(second).not.toBe(first);
		expect(third).toBe(first);
	});
	it('os changes user agent and hints together', async () => {
		await using site = await startSite();
		await (await site.session({ browser: 'chrome', os: 'windows' }).fetch(site.at('/echo'))).text();
		expect(field(site.mirror.requests[0], 'user-agent')).toContain('Windows NT 10.0');
		expect(field(site.mirror.requests[0], 'sec-ch-ua-platform')).toBe('"Windows"');
	});
	it('client hints that an origin asked for are sent to it, and go along with the state', async () => {
		await using site = await startSite(() => ({
			headers: [['accept-ch', 'Sec-CH-UA-Arch, Sec-CH-UA-Bitness, X-Unknown']],
		}));
		const session = site.session({ browser: 'chrome' });
		await (await session.fetch(site.at('/'))).text();
		await (await session.fetch(site.at('/'))).text();
		await (await session.fetch(site.at('/', api))).text();
		const later = site.session({ state: await session.export() });
		await (await later.fetch(site.at('/'))).text();
		expect(site.mirror.requests.map((request) => field(request, 'sec-ch-ua-arch') !== undefined)).toEqual([
			false,
			true,
			false,
			true,
		]);
	});
	it('decompress: false leaves the body as it was sent', async () => {
		await using site = await startSite();
		const raw = await site.session().fetch(site.at('/gzip'), { decompress: false });
		expect(raw.headers.get('content-encoding')).toBe('gzip');
		expect([...(await raw.bytes()).subarray(0, 2)]).toEqual([0x1f, 0x8b]);
		const text = await (await site.session().fetch(site.at('/gzip'))).text();
		expect(text.length).toBeGreaterThan(0);
	});
});

it('B08 responses that nobody reads free their requests when collected', async () => {
	setFlagsFromString('--expose-gc');
	const collect = vm.runInNewContext('gc') as () => void;
	await using site = await startSite(() => ({
		body: (async function* () {
			for (;;) yield Buffer.alloc(65_536);
		})(),
	}));
	const session = site.session();
	const open = async () => {
		for (let count = 0; count < 50; count++) await session.fetch(site.at('/'));
	};
	await open();
	expect(session.transport.stats().exchanges).toBeGreaterThan(0);
	await expect
		.poll(
			() => {
				collect();
				return session.transport.stats().exchanges;
			},
			{ timeout: 10_000 },
		)
		.toBe(0);
});
