// A status below 100, which browsers show as it is and undici's parser refuses.
import { sharedAuthority, startFault } from '@wiretwin/mirror';
import { expect, test } from 'vitest';
import { createSession } from 'wiretwin';
import { wiretwinDispatcher } from '../src/index.ts';
import { fetches, versions } from './support/clients.ts';

for (const [name, send] of [
	...fetches.map(([each, bind]) => [each, bind] as const),
	...versions.map(
		([each, undici]) =>
			[
				`${each} request`,
				(dispatcher: unknown) => async (url: string) =>
					(await undici.request(url, { dispatcher } as object)).body.text(),
			] as const,
	),
]) {
	test(`F07 ${name}: a status of 99 is the failure that undici's parser makes of it`, async () => {
		await using fault = await startFault('F07', { variant: 'status-99' });
		await using session = createSession({ ca: sharedAuthority().caPem });
		const dispatcher = wiretwinDispatcher(session);
		const error = await (send as (given: unknown) => (url: string) => Promise<unknown>)(dispatcher)(
			`${fault.url}/`,
		).catch((reason: unknown) => reason);
		const { code, cause } = error as { code?: string; cause?: { code?: string } };
		expect(code ?? cause?.code).toBe('HPE_INVALID_STATUS');
		expect(session.transport.stats().exchanges).toBe(0);
	});
}
