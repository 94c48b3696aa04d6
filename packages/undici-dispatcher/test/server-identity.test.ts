import { describe, expect, it } from 'vitest';
import type { WiretwinDispatcherOptions } from '../src/index.ts';
import { versions } from './support/clients.ts';
import { startSite } from './support/site.ts';

const refusal = new Error('not the one I know');

describe.each(versions)('%s: connect.checkServerIdentity', (_, undici) => {
	it('is asked before anything is sent, also on a connection that is used again', async () => {
		await using site = await startSite();
		const asked: unknown[] = [];
		let verdict: Error | undefined;
		const dispatcher = site.dispatcherWith({
			connect: {
				checkServerIdentity: (hostname, { fingerprint256 }) => {
					asked.push([hostname, fingerprint256.length]);
					return verdict;
				},
			},
		});
		const { body } = await undici.request(site.at('/bytes/3'), { dispatcher });
		expect(await body.text()).toHaveLength(3);
		verdict = refusal;
		await expect(undici.request(site.at('/echo'), { dispatcher, method: 'POST', body: 'secret' })).rejects.toBe(
			refusal,
		);
		await expect(undici.fetch(site.at('/echo'), { dispatcher })).rejects.toMatchObject({ cause: refusal });
		const { hostname } = new URL(site.at('/'));
		expect(asked).toEqual(Array.from({ length: 3 }, () => [hostname, 95]));
		expect(site.mirror.requests.map(({ path }) => path)).toEqual(['/bytes/3']);
		expect(site.mirror.connections.length).toBe(1);
	});
});

describe.each(versions)('%s: the name in the hello', (_, undici) => {
	it.each([
		[{ headers: { host: 'www.mirror.test' } }, 'www.mirror.test'],
		[{ headers: { host: 'other.mirror.test:1' }, servername: 'www.mirror.test' }, 'www.mirror.test'],
		[{ headers: { host: '127.0.0.1' } }, null],
		[{}, 'www.mirror.test'],
	] as const)('%j', async (options, expected) => {
		await using site = await startSite();
		const address = new URL(site.at('/bytes/3'));
		// A host that is dialled by its name, so that it is not what undici's DNS interceptor makes.
		if ('headers' in options) address.hostname = 'localhost';
		const { body } = await undici.request(address, { dispatcher: site.dispatcher, ...options });
		await body.text();
		expect(site.mirror.connections.at(-1)?.negotiated?.serverName).toBe(expected);
	});
});

it('refuses options of connections that it could not heed', async () => {
	await using site = await startSite();
	for (const connect of [{ rejectUnauthorized: false }, { ca: '' }, { checkServerIdentity: 'pin' }]) {
		const options = { connect } as unknown as WiretwinDispatcherOptions;
		expect(() => site.dispatcherWith(options)).toThrow(expect.objectContaining({ code: 'UND_ERR_INVALID_ARG' }));
	}
});
