import { type Handler, type Mirror, mirrorHosts, type RequestRecord, startMirror } from '@wiretwin/mirror';
import { WiretwinHttpClient, type WiretwinHttpClientOptions } from '../../src/index.ts';

const www = 'www.mirror.test';

/** A mirror and a client that trusts it. */
export async function start(handler?: Handler, options: WiretwinHttpClientOptions = {}) {
	const mirror = await startMirror(handler ? { handler } : {});
	const trust = { ca: mirror.caPem, resolve: Object.fromEntries(mirrorHosts.map((host) => [host, '127.0.0.1'])) };
	const client = new WiretwinHttpClient({ ...trust, ...options });
	return {
		mirror,
		client,
		trust,
		at: (path: string, host = www) => `${mirror.urlFor(host)}${path}`,
		async [Symbol.asyncDispose]() {
			await client.close();
			await mirror.close();
		},
	};
}

/** First value of a field. */
export function field(request: RequestRecord | undefined, name: string): string | undefined {
	return request?.headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** Last request to a path. */
export function last(mirror: Mirror, path: string): RequestRecord | undefined {
	return mirror.requests.findLast((request) => request.path === path);
}
