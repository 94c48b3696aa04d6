/** Node's `Response` comes with all of its fetch: 20 ms to load, in which the first request can be on its way. */
import type { WiretwinResponse } from './wiretwin-response.ts';

type ResponseClass = typeof WiretwinResponse;

let loaded: ResponseClass | undefined;
let loading: Promise<ResponseClass> | undefined;

/** The class of responses; a promise of it during the first requests of the process. */
export function responseClass(): ResponseClass | Promise<ResponseClass> {
	loading ??= load();
	return loaded ?? loading;
}

async function load(): Promise<ResponseClass> {
	// What this turn has to send goes first.
	await new Promise((resolve) => setImmediate(resolve));
	loaded = (await import('./wiretwin-response.ts')).WiretwinResponse;
	return loaded;
}
