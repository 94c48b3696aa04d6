import { Readable } from 'node:stream';
import { Octokit } from '@octokit/core';
import type { ConformanceDriver, DriverRequest } from '@wiretwin/adapter-conformance';
import nodeFetch from 'node-fetch';
import { wiretwinAgent } from '../../src/index.ts';
import { nodeBody } from './client-drivers.ts';

/** What Octokit resolves with, and what it hangs on its errors. */
type OctokitResponse = { status: number; headers: Record<string, string | undefined>; data: unknown };

/** Octokit has no agent of its own any more: it takes a fetch, and node-fetch takes an agent. */
export const octokitDriver: ConformanceDriver = {
	name: 'Octokit',
	lacks: ['timeout', 'repeated-fields'],
	equivalent: (url) => ({
		kind: 'fetch',
		layout: { referer: new URL('/', url).href, origin: new URL(url).origin },
		headers: { accept: 'application/vnd.github.v3+json' },
	}),
	open(session) {
		const agent = wiretwinAgent(session);
		const fetch = (url: string, init: object) => nodeFetch(url, { ...init, agent });
		const octokit = new Octokit({ request: { fetch } });
		return {
			async request(request) {
				const { status, headers, data } = await send(octokit, request);
				return {
					status,
					header: (name) => headers[name.toLowerCase()] ?? null,
					setCookies: () => [headers['set-cookie'] ?? []].flat(),
					body: bodyOf(data),
				};
			},
		};
	},
};

/** One request; what Octokit makes an error of for its status is a response to the table. */
async function send(
	octokit: Octokit,
	{ url, method = 'GET', headers, body, signal, follow }: DriverRequest,
): Promise<OctokitResponse> {
	try {
		return (await octokit.request({
			method: method as 'GET',
			url,
			headers: { ...headers },
			request: { redirect: follow ? 'follow' : 'manual', signal, parseSuccessResponseBody: false },
			...(body === undefined ? {} : { data: nodeBody(body) }),
		} as never)) as OctokitResponse;
	} catch (error) {
		const { response } = error as { response?: OctokitResponse };
		if (response) return response;
		throw error;
	}
}

function bodyOf(data: unknown): AsyncIterable<Uint8Array> {
	if (data instanceof Readable) return data;
	if (data instanceof ArrayBuffer) return Readable.from([Buffer.from(data)]);
	return Readable.from(data ? [Buffer.from(typeof data === 'string' ? data : JSON.stringify(data))] : []);
}
