import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream';
import type { ConformanceDriver, DriverRequest, DriverResponse } from '@wiretwin/adapter-conformance';
import { wiretwinAgent } from '../../src/index.ts';

/** What Node's own response looks like to the table. */
export function shown(response: IncomingMessage, body: AsyncIterable<Uint8Array> = response): DriverResponse {
	return {
		status: response.statusCode ?? 0,
		header: (name) => {
			const value = response.headers[name.toLowerCase()];
			return (Array.isArray(value) ? value[0] : value) ?? null;
		},
		setCookies: () => response.headers['set-cookie'] ?? [],
		body,
	};
}

function send(
	agent: http.Agent,
	{ url, method, headers, body, signal, timeoutMs }: DriverRequest,
): Promise<DriverResponse> {
	return new Promise((resolve, reject) => {
		const options = {
			agent,
			...(method ? { method } : {}),
			...(headers ? { headers } : {}),
			...(signal ? { signal } : {}),
		};
		const request = (url.startsWith('https:') ? https : http).request(url, options);
		request.on('response', (response) => resolve(shown(response)));
		request.on('error', reject);
		if (timeoutMs !== undefined) {
			request.setTimeout(timeoutMs, () => request.destroy(new Error('timeout')));
		}
		if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) request.end(body);
		else pipeline(body, request, (error) => error && reject(error));
	});
}

/** `node:http` and `node:https` with the agent. */
export const nodeDriver: ConformanceDriver = {
	name: 'node:http(s)',
	lacks: ['redirects'],
	equivalent: () => ({ kind: 'navigate' }),
	open(session) {
		const agent = wiretwinAgent(session);
		return { request: (request) => send(agent, request) };
	},
};
