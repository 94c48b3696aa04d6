import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpRequest } from '@smithy/protocol-http';
import type { ConformanceDriver, DriverResponse, RequestBody } from '@wiretwin/adapter-conformance';
import axios from 'axios';
import needle from 'needle';
import nodeFetch from 'node-fetch';
import superagent from 'superagent';
import { wiretwinAgent, wiretwinAgents } from '../../src/index.ts';
import { shown } from './node-driver.ts';

/** What a script that names `accept` or is known for it sends: fields of the page's own front page. */
const asScript = (url: string) => ({
	kind: 'fetch' as const,
	layout: { referer: new URL('/', url).href, origin: new URL(url).origin },
});

/** A body as these clients take it: text, a Buffer, or a Node stream. */
export function nodeBody(body: RequestBody): string | Buffer | Readable {
	if (typeof body === 'string') return body;
	return body instanceof Uint8Array ? Buffer.from(body) : Readable.from(body, { objectMode: false });
}

export const axiosDriver: ConformanceDriver = {
	name: 'axios',
	equivalent: (url) => ({ ...asScript(url), headers: { Accept: 'application/json, text/plain, */*' } }),
	open(session) {
		const agent = wiretwinAgent(session);
		const client = axios.create({ httpAgent: agent, httpsAgent: agent, proxy: false, maxBodyLength: Infinity });
		return {
			async request({ url, method = 'GET', headers = {}, body, signal, timeoutMs, follow }) {
				const response = await client.request<IncomingMessage>({
					url,
					method,
					headers,
					responseType: 'stream',
					validateStatus: () => true,
					maxRedirects: follow ? 20 : 0,
					...(body === undefined ? {} : { data: nodeBody(body) }),
					...(signal ? { signal } : {}),
					...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
				});
				const fields = response.headers as Record<string, string | string[] | undefined>;
				return {
					status: response.status,
					header: (name) => [fields[name.toLowerCase()]].flat()[0] ?? null,
					setCookies: () => [fields['set-cookie'] ?? []].flat(),
					body: response.data,
				};
			},
		};
	},
};

export const nodeFetchDriver: ConformanceDriver = {
	name: 'node-fetch',
	lacks: ['timeout'],
	equivalent: asScript,
	open(session) {
		const agent = wiretwinAgent(session);
		return {
			async request({ url, method = 'GET', headers = {}, body, signal, follow }): Promise<DriverResponse> {
				const response = await nodeFetch(url, {
					agent,
					method,
					headers,
					redirect: follow ? 'follow' : 'manual',
					...(body === undefined ? {} : { body: nodeBody(body) }),
					...(signal ? { signal: signal as never } : {}),
				});
				return {
					status: response.status,
					header: (name) => response.headers.get(name),
					setCookies: () => response.headers.raw()['set-cookie'] ?? [],
					body: (response.body ?? Readable.from([])) as AsyncIterable<Uint8Array>,
				};
			},
		};
	},
};

export const superagentDriver: ConformanceDriver = {
	name: 'superagent',
	// `buffer(false)` leaves the response's errors to nobody, and the upload is over before an answer is listened for.
	lacks: ['stream', 'upload-stream'],
	equivalent: () => ({ kind: 'navigate' }),
	open(session) {
		const agent = wiretwinAgent(session);
		return {
			async request({ url, method = 'GET', headers = {}, body, signal, timeoutMs, follow }) {
				signal?.throwIfAborted();
				const request = superagent(method, url)
					.agent(agent as never)
					.set(headers)
					.redirects(follow ? 10 : 0)
					.ok(({ status }) => !follow || status < 300 || status > 399)
					.buffer(true)
					.parse(superagent.parse.image as never);
				if (timeoutMs !== undefined) request.timeout(timeoutMs);
				if (body !== undefined) request.send(nodeBody(body) as string);
				const aborted = new Promise<never>((_resolve, reject) => {
					signal?.addEventListener('abort', () => {
						request.abort(); // which settles nothing itself
						reject(signal.reason);
					});
				});
				const response = await Promise.race([request, aborted]);
				return shown(
					response as unknown as IncomingMessage,
					Readable.from(Buffer.isBuffer(response.body) ? [response.body] : []),
				);
			},
		};
	},
};

export const needleDriver: ConformanceDriver = {
	name: 'needle',
	except: {
		'R02 POST is repeated with its body after 307': 'it repeats a 307 as GET',
		'R03 an endless chain ends in an error': 'it gives the last answer of a chain',
		"N10 the session's denyPrivateAddresses holds behind a redirect":
			'it shows the redirect first and never ends its body when the next request fails',
	},
	equivalent: asScript,
	open(session) {
		const agent = wiretwinAgent(session);
		return {
			async request({ url, method = 'GET', headers = {}, body, signal, timeoutMs = 0, follow }) {
				signal?.throwIfAborted();
				const stream = needle.request(method as 'get', url, body === undefined ? null : (nodeBody(body) as Buffer), {
					agent: agent as never,
					headers: { ...headers },
					follow_max: follow ? 10 : 0,
					parse_response: false,
					decode_response: false,
					compressed: true,
					response_timeout: timeoutMs,
					open_timeout: 0,
					...(signal ? { signal } : {}),
				});
				const failed = new Promise<never>((_resolve, reject) => {
					stream.on('err', reject);
					stream.on('error', reject);
					stream.on('done', (error: unknown) => error && reject(error));
				});
				failed.catch(() => undefined);
				const [response] = (await Promise.race([once(stream, 'response'), failed])) as [IncomingMessage];
				return shown(response, stream as unknown as AsyncIterable<Uint8Array>);
			},
		};
	},
};

export const smithyDriver: ConformanceDriver = {
	name: "the AWS SDK's handler",
	lacks: ['redirects', 'upload-error'],
	equivalent: () => ({ kind: 'navigate' }),
	open(session) {
		const { http, https } = wiretwinAgents(session);
		const handler = new NodeHttpHandler({ httpAgent: http, httpsAgent: https as never, throwOnRequestTimeout: true });
		return {
			async request({ url, method = 'GET', headers = {}, body, signal, timeoutMs }) {
				const { protocol, hostname, port, pathname, searchParams } = new URL(url);
				const request = new HttpRequest({
					protocol,
					hostname,
					path: pathname,
					query: Object.fromEntries(searchParams),
					method,
					headers: { ...headers },
					...(port === '' ? {} : { port: Number(port) }),
					...(body === undefined ? {} : { body: nodeBody(body) }),
				});
				const { response } = await handler.handle(request, {
					...(signal ? { abortSignal: signal } : {}),
					...(timeoutMs === undefined ? {} : { requestTimeout: timeoutMs }),
				});
				return shown(response.body as IncomingMessage);
			},
		};
	},
};
