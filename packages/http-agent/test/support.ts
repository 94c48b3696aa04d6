import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Handler, type Mirror, type MirrorOptions, mirrorHosts, startMirror } from '@wiretwin/mirror';
import { createSession, type Session, type SessionOptions } from 'wiretwin';
import { type AgentOptions, type WiretwinAgent, wiretwinAgent } from '../src/index.ts';

/** A mirror, a session that trusts it, and an agent over it. */
export type Stage = AsyncDisposable & { mirror: Mirror; session: Session; agent: WiretwinAgent };

export async function startStage(
	handler?: Handler,
	options: { mirror?: MirrorOptions; session?: SessionOptions; agent?: AgentOptions } = {},
): Promise<Stage> {
	const mirror = await startMirror({ ...options.mirror, ...(handler ? { handler } : {}) });
	const resolve = Object.fromEntries(mirrorHosts.map((host) => [host, '127.0.0.1']));
	const session = createSession({ ca: mirror.caPem, resolve, ...options.session });
	return {
		mirror,
		session,
		agent: wiretwinAgent(session, options.agent),
		async [Symbol.asyncDispose]() {
			await session.close();
			await mirror.close();
		},
	};
}

/** The response to a request that is sent without a body. */
export async function responseOf(request: ClientRequest, body?: string): Promise<IncomingMessage> {
	const answered = once(request, 'response');
	request.end(body);
	const [response] = await answered;
	return response as IncomingMessage;
}

export async function textOf(response: IncomingMessage): Promise<string> {
	let text = '';
	for await (const chunk of response) text += chunk;
	return text;
}

/** `https.get` of a path, whole. */
export async function get(
	{ mirror, agent }: Stage,
	path: string,
	options: https.RequestOptions = {},
): Promise<{ response: IncomingMessage; text: string; request: ClientRequest }> {
	const url = `${mirror.url}${path}`;
	const request = (url.startsWith('https:') ? https : http).request(url, { agent, ...options });
	const response = await responseOf(request);
	return { response, text: await textOf(response), request };
}

/** A plain server of Node's own, for what the mirror does not do. */
export async function startNodeServer(
	listener: http.RequestListener,
): Promise<AsyncDisposable & { url: string; server: http.Server }> {
	const server = http.createServer(listener);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		server,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}
