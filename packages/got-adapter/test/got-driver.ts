import {
	type ConformanceDriver,
	copyVersion,
	type DriverRequest,
	type DriverResponse,
} from '@wiretwin/adapter-conformance';
import got, { type Got } from 'got';
import lowest14 from 'got-lowest-14';
import lowest15 from 'got-lowest-15';
import lowest16 from 'got-lowest-16';
import got14 from 'got14';
import got15 from 'got15';
import { createGot } from '../src/index.ts';

/** Every major version that the adapter promises to work with, the newest of each. The types of one stand for all: the tests use what they share. */
export const versions: ReadonlyArray<readonly [name: string, got: Got]> = [
	['got 14', got14 as unknown as Got],
	['got 15', got15 as unknown as Got],
	['got 16', got],
];

/** The first version of each that it works with. */
export const lowestVersions: ReadonlyArray<readonly [name: string, got: Got]> = (
	[
		['got-lowest-14', lowest14],
		['got-lowest-15', lowest15],
		['got-lowest-16', lowest16],
	] as const
).map(([copy, version]) => [`got ${copyVersion(import.meta.dirname, copy)}`, version as unknown as Got]);

/** One request as a got stream, which gives its head before its body. */
export function send(client: Got, request: DriverRequest): Promise<DriverResponse> {
	const { url, method = 'GET', headers = {}, body, signal, timeoutMs, follow = false } = request;
	return new Promise((resolve, reject) => {
		const stream = client.stream(url, {
			method: method as 'GET',
			headers,
			followRedirect: follow,
			throwHttpErrors: false,
			retry: { limit: 0 },
			...(body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : (body as string) }),
			...(signal ? { signal } : {}),
			...(timeoutMs === undefined ? {} : { timeout: { request: timeoutMs } }),
		});
		stream.once('error', reject);
		// A stream that may have a body waits for its writer.
		if (body === undefined && method !== 'GET' && method !== 'HEAD') stream.end();
		stream.once('response', (response) => {
			resolve({
				status: response.statusCode,
				header: (name) => [response.headers[name.toLowerCase()]].flat()[0] ?? null,
				setCookies: () => response.headers['set-cookie'] ?? [],
				body: stream,
			});
		});
	});
}

/** got over the adapter. */
export function gotDriver(
	name: string,
	version: Got,
	except: NonNullable<ConformanceDriver['except']> = {},
): ConformanceDriver {
	return {
		name,
		except,
		equivalent: () => ({ kind: 'navigate' }),
		open(session) {
			const client = createGot(session, version);
			return { request: (request) => send(client, request) };
		},
	};
}
