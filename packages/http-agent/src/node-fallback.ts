import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { AgentRequestOptions } from './request-options.ts';

/** Node's own agent, as it is at run time: `addRequest` is public behaviour without a type. */
type NodeAgent = { addRequest(request: ClientRequest, options: AgentRequestOptions): void };

/**
 * Sends a request without us, because the caller brings his own socket: `socketPath` names one that no browser could
 * reach, `createConnection` makes one.
 */
export function sendByNode(request: ClientRequest, options: AgentRequestOptions): void {
	const isHttps = request.protocol === 'https:';
	const { createConnection } = options;
	if (typeof createConnection !== 'function') {
		const agent: unknown = isHttps ? https.globalAgent : http.globalAgent;
		(agent as NodeAgent).addRequest(request, options);
		return;
	}
	const agent: unknown = Object.assign(new http.Agent(), { createConnection });
	(agent as NodeAgent).addRequest(request, options);
}
