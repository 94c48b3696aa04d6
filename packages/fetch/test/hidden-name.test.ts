import { generateKeyPairSync } from 'node:crypto';
import { type DnsRecord, recordTypes, startNameServer } from '@wiretwin/mirror';
import { describe, expect, it } from 'vitest';
import type { TransportOptions } from '../src/index.ts';
import { other, type Site, startSite, www } from './support/site.ts';

/** An ECHConfigList of one key that nobody has (RFC 9849 section 4). */
function configs(publicName: string): Uint8Array {
	const { x } = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }) as { x: string };
	const name = Buffer.from(publicName);
	const body = Buffer.concat([
		Buffer.from([7, 0x00, 0x20, 0, 32]),
		Buffer.from(x, 'base64url'),
		Buffer.from([0, 4, 0, 1, 0, 1, 0, name.length]),
		name,
		Buffer.from([0, 0]),
	]);
	const config = Buffer.concat([Buffer.from([0xfe, 0x0d, 0, body.length]), body]);
	return Buffer.concat([Buffer.from([0, config.length]), config]);
}

const hiding = (list: Uint8Array, browser = 'chrome'): TransportOptions => ({
	browser,
	ech: { configs: { [www]: list } },
});
const names = (site: Site): unknown[] => site.mirror.connections.map(({ clientHello }) => clientHello?.serverName);

describe('Encrypted ClientHello with a server that has no keys', () => {
	it.each(['chrome', 'firefox'])('shows the name on a second connection, and says so: %s', async (browser) => {
		await using site = await startSite();
		const session = site.session(hiding(configs(other), browser));
		const response = await session.fetch(site.at('/echo'), { method: 'POST', body: 'once' });
		await response.text();
		expect(response.tls?.ech).toBe('rejected');
		expect(names(site)).toEqual([other, www]);
		expect(site.mirror.requests).toHaveLength(1);
	});

	it('shows no name to whom the configuration does not name', async () => {
		await using site = await startSite();
		const failure = await site
			.session(hiding(configs('nobody.example')))
			.fetch(site.at('/echo'))
			.catch((error) => error);
		expect(failure).toMatchObject({ code: 'ERR_TLS_ECH_PUBLIC_NAME', phase: 'tls' });
		expect(names(site)).toEqual(['nobody.example']);
	});

	it('fails or goes on as the browser does when a list cannot be read', async () => {
		await using site = await startSite();
		const list = Uint8Array.of(1, 2, 3);
		const failure = await site
			.session(hiding(list))
			.fetch(site.at('/echo'))
			.catch((error) => error);
		expect(failure).toMatchObject({ code: 'ERR_TLS_ECH_CONFIG', phase: 'tls' });
		const response = await site.session(hiding(list, 'firefox')).fetch(site.at('/echo'));
		expect(response.tls?.ech).toBe('grease');
	});

	it.each([
		['Bücher.example', 'bücher.example'],
		['xn--bcher-kva.example', 'BÜCHER.example.'],
		['bücher.example.', 'bücher.example'],
	])('shows no name however it is written: configured for %s, asked for as %s', async (configured, asked) => {
		await using site = await startSite();
		const ech = { configs: { [configured]: configs('nobody.example') } };
		const session = site.session({ ech, resolve: { [configured]: '127.0.0.1' } });
		const failure = session.fetch(site.at('/echo').replace(www, asked));
		await expect(failure).rejects.toMatchObject({ code: 'ERR_TLS_ECH_PUBLIC_NAME' });
		expect(names(site)).toEqual(['nobody.example']);
	});

	it('is only pretended for other hosts, on demand, and by browsers that know no more', async () => {
		await using site = await startSite();
		const ech = async (options: TransportOptions, host = www) => {
			const response = await site.session(options).fetch(site.at('/echo', host));
			await response.text();
			return response.tls?.ech;
		};
		expect(await ech({})).toBe('grease');
		expect(await ech({ ech: 'grease' })).toBe('grease');
		expect(await ech(hiding(configs(other)), other)).toBe('grease');
		expect(await ech(hiding(configs(other), 'safari'))).toBe('none');
		expect(new Set(names(site))).toEqual(new Set([www, other]));
	});
});

describe('an HTTPS record with ech', () => {
	it.each(['chrome', 'firefox'])('hides the name as the option does, which comes first: %s', async (browser) => {
		await using names = await startNameServer(({ type }) => {
			const record: DnsRecord = { type: 'HTTPS', priority: 1, target: www, ech: Buffer.from(configs(other)) };
			if (type === recordTypes.HTTPS) return { records: [record] };
			return { records: type === recordTypes.A ? [{ type: 'A', address: '127.0.0.1' }] : [] };
		});
		await using site = await startSite(names.handler);
		const dns = { doh: site.at('/dns-query', '127.0.0.1') };
		const ask = async (options: TransportOptions) => {
			const before = site.mirror.connections.length;
			const session = site.session({ browser, resolve: {}, dns, ...options });
			// Chromium waits a moment only, so the second visit is the one that surely knows.
			await (await session.fetch(site.at('/echo'))).text();
			const response = await session.fetch(site.at('/echo'), { newConnection: true });
			await response.text();
			const shown = site.mirror.connections.slice(before).map(({ clientHello }) => clientHello?.serverName);
			return { ech: response.tls?.ech, shown };
		};
		const recorded = await ask({});
		expect(recorded.ech).toBe('rejected');
		expect(recorded.shown.slice(-2)).toEqual([other, www]);
		const given = await ask({ ech: { configs: { [www]: configs('api.mirror.test') } } });
		expect(given.shown.slice(-2)).toEqual(['api.mirror.test', www]);
		expect((await ask({ ech: 'grease' })).ech).toBe('grease');
	});
});

describe('the option ech', () => {
	it('is checked before a byte is sent', async () => {
		await using site = await startSite();
		const long = { configs: { [www]: new Uint8Array(70_000) } };
		for (const ech of [
			'never',
			null,
			1,
			{},
			{ configs: 1 },
			{ configs: { a: 'text' } },
			{ configs: { 'https://a.example/': new Uint8Array(0) } },
			{ configs: { 'a.example:': new Uint8Array(0) } },
			{ configs: { '': new Uint8Array(0) } },
			{ configs: {}, more: 1 },
			long,
		]) {
			expect(() => site.session({ ech: ech as never })).toThrow(
				expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
			);
		}
	});
});
