import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';

/** Collects garbage until `condition` holds; finalizers run between the collections. */
export async function collectUntil(condition: () => boolean): Promise<void> {
	setFlagsFromString('--expose-gc');
	const gc = runInNewContext('gc') as () => void;
	await expect
		.poll(
			() => {
				gc();
				return condition();
			},
			{ timeout: 60_000, interval: 5 },
		)
		.toBe(true);
}
