import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { until } from './run.ts';

/** Collects garbage until `condition` holds; finalizers run between the collections. */
export async function collectUntil(condition: () => boolean): Promise<void> {
	setFlagsFromString('--expose-gc');
	const gc = runInNewContext('gc') as () => void;
	await until(() => {
		gc();
		return condition();
	});
}
