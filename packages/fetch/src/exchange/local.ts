import { InvalidArgumentError } from '../errors/classes.ts';
import { summarize } from '../errors/wiretwin-error.ts';
import type { NormalizedCall } from '../options/fetch-init.ts';
import { type BodySource, BytesSource, StreamSource } from '../response/body-source.ts';
import { matchesIntegrity, wrongIntegrity } from '../response/integrity.ts';
import { WiretwinResponse } from '../response/wiretwin-response.ts';
import type { ConnectionInfo } from '../types/response.ts';

/** Taken when the package is loaded: a program may put `session.fetch` in its place. */
const nodeFetch = globalThis.fetch;

export const noConnection: ConnectionInfo = {
	httpVersion: '1.1',
	remoteAddress: '',
	remotePort: 0,
	localAddress: '',
	localPort: 0,
	reused: false,
};

/** Reads a `data:` or `blob:` URL (fetch: scheme fetch): Node's own fetch does it as both browsers do. */
export async function readLocal(call: NormalizedCall): Promise<WiretwinResponse> {
	const { url, method, signal, headers } = call;
	signal?.throwIfAborted();
	const fields: Array<[string, string]> = [];
	for (let index = 0; index < headers.list.length; index += 2) {
		fields.push([headers.list[index] as string, headers.list[index + 1] as string]);
	}
	let answer: Response;
	try {
		answer = await nodeFetch(url, { method, headers: fields, signal: signal ?? null });
	} catch (error) {
		signal?.throwIfAborted();
		const what = `The ${url.protocol} URL cannot be read (ERR_INVALID_URL).`;
		throw new InvalidArgumentError(what, 'ERR_INVALID_URL', error);
	}
	const { integrity } = call.init;
	const body = answer.body as ReadableStream<Uint8Array> | null;
	let source: BodySource | null = body && new StreamSource(body);
	if (integrity) {
		const bytes = source ? await source.readAll() : undefined;
		if (!bytes || !matchesIntegrity(bytes, integrity)) throw wrongIntegrity(summarize(method, url));
		source = new BytesSource(bytes);
	}
	const facts = {
		status: answer.status,
		statusText: answer.statusText,
		url: answer.url,
		rawHeaders: [...answer.headers].flat(),
		connection: noConnection,
		redirects: [],
		timings: () => ({}),
		trailers: () => [],
		signal,
	};
	return new WiretwinResponse(facts, source);
}
