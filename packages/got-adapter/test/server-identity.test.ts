import { startSite } from '@wiretwin/adapter-conformance';
import type { Got } from 'got';
import { describe, expect, test } from 'vitest';
import { createGot, wiretwinAgent } from '../src/index.ts';
import { gotDriver, versions } from './got-driver.ts';

const refusal = new Error('not the one I know');

describe.each(versions)('%s: https.checkServerIdentity', (name, version) => {
	test.each(['h2', 'http/1.1'] as const)(
		'refuses before %s has seen the request, with or without createGot',
		async (protocol) => {
			await using site = await startSite(gotDriver(name, version), { mirror: { protocols: [protocol] } });
			const asked: string[] = [];
			const ways: ReadonlyArray<readonly [string, Got]> = [
				['createGot', createGot(site.session, version)],
				['agent', version.extend({ agent: wiretwinAgent(site.session) } as unknown as Parameters<Got['extend']>[0])],
			];
			for (const [way, client] of ways) {
				const checked = (verdict: Error | undefined) => ({
					https: {
						checkServerIdentity: (hostname: string, { fingerprint256 }: { fingerprint256: string }) => {
							asked.push(`${hostname} ${fingerprint256.length}`);
							return verdict;
						},
					},
					retry: { limit: 0 },
				});
				const failure = await client
					.post(site.at('/echo', 'www.mirror.test'), { ...checked(refusal), body: 'secret' })
					.then(
						() => undefined,
						(error: Error) => error,
					);
				expect(failure).toMatchObject({ name: 'RequestError', message: refusal.message, cause: refusal });
				expect(await client(site.at(`/bytes/3?${way}`, 'www.mirror.test'), checked(undefined)).text()).toHaveLength(3);
			}
			expect(new Set(asked)).toEqual(new Set(['www.mirror.test 95']));
			expect([asked.length, site.mirror.requests.map(({ path }) => path)]).toEqual([
				4,
				['/bytes/3?createGot', '/bytes/3?agent'],
			]);
			expect(site.mirror.connections.length).toBe(1);
		},
	);

	test('is asked again for the target of a redirect', async () => {
		await using site = await startSite(gotDriver(name, version));
		const hosts: string[] = [];
		const target = encodeURIComponent(site.at('/bytes/2', 'api.mirror.test'));
		const checkServerIdentity = (hostname: string) => {
			hosts.push(hostname);
			return hostname === 'api.mirror.test' ? refusal : undefined;
		};
		const attempt = createGot(site.session, version)(site.at(`/redirect/302?to=${target}`, 'www.mirror.test'), {
			https: { checkServerIdentity },
			retry: { limit: 0 },
		});
		await expect(attempt).rejects.toMatchObject({ cause: refusal });
		expect(hosts).toEqual(['www.mirror.test', 'api.mirror.test']);
		expect(site.mirror.requests.map(({ authority }) => authority.split(':')[0])).toEqual(['www.mirror.test']);
	});
});
