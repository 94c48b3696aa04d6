import type { Agent, ClientRequest } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { http } from './node-modules.ts';
import type { AgentRequestOptions } from './request-options.ts';

/** Node's own agent, as it is at run time: `addRequest` is public behaviour without a type. */
type NodeAgent = { addRequest(request: ClientRequest, options: AgentRequestOptions): void };

let nodeAgents: { http: Agent; https: HttpsAgent } | undefined;

/**
 * Sends a request without us, because the caller brings his own socket: `socketPath` names one that no browser could
 * reach, `createConnection` makes one.
 */
export function sendByNode(request: ClientRequest, options: AgentRequestOptions): void {
	const isHttps = request.protocol === 'https:';
	const { createConnection } = options;
	if (typeof createConnection !== 'function') {
		// Not the global one: that may be an agent of ours.
		nodeAgents ??= {
			http: new http.Agent({ keepAlive: true }),
			https: new (process.getBuiltinModule('node:https').Agent)({ keepAlive: true }),
		};
		const agent: unknown = isHttps ? nodeAgents.https : nodeAgents.http;
		(agent as NodeAgent).addRequest(request, options);
		return;
	}
	const agent: unknown = Object.assign(new http.Agent(), { createConnection });
	(agent as NodeAgent).addRequest(request, options);
}
