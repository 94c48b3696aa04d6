import type { LayoutRequest } from '@wiretwin/profiles';
import { StoringSource } from '../response/storing-source.ts';
import type { ResponseHead } from '../types/exchange.ts';
import { type CachedHop, settleCache } from './cached.ts';
import type { Hop } from './hop.ts';
import { type HopOptions, runHop } from './run-hop.ts';

/**
 * Asks for a kept answer again behind the back of who is shown it (`stale-while-revalidate`): one at a time for each. What becomes
 * of it nobody waits for, and a failure changes nothing.
 * @param learn takes what the head asks to be remembered
 */
export function renew(
	cached: CachedHop,
	again: LayoutRequest['validators'] | 'unconditionally',
	hop: Hop,
	options: HopOptions,
	learn: (head: ResponseHead) => unknown,
): void {
	const { cache, key, forgotten } = cached;
	if (!cache.renews(key)) return;
	const validators = again === 'unconditionally' ? undefined : again;
	const answer = cached.plan?.type === 'stored' ? cached.plan.answer : undefined;
	const plan = { type: 'send', answer: validators && answer, validators, store: true, waits: false } as const;
	const behind: HopOptions = { ...options, background: true, signal: undefined };
	const ask = async (): Promise<void> => {
		const { transport, running, timeouts, proxy } = options;
		const addresses = transport.lookUp(hop.url, hop.method, timeouts, undefined, running.waits, proxy);
		behind.addresses = addresses && (await addresses);
		running.assertOpen();
		const { head, exchange } = await runHop(validators ? { ...hop, validators } : hop, behind);
		await learn(head);
		const { keep, stored } = settleCache({ cache, key, plan, forgotten }, hop, head, exchange);
		if (stored) return;
		if (keep === undefined) {
			exchange.discard();
			return;
		}
		const source = new StoringSource(exchange, cache.largest, { store: keep });
		for (let left = cache.largest; left > 0; ) {
			const part = await source.read();
			if (part === null) return;
			left -= part.byteLength;
		}
		source.cancel();
	};
	void ask()
		.catch(() => {})
		.finally(() => cache.renewed(key));
}
