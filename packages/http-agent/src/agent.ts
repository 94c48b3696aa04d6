import type { ClientRequest } from 'node:http';
import type { Bindable } from 'wiretwin';
import { ExchangeBridge } from './exchange-bridge.ts';
import { sendByNode } from './node-fallback.ts';
import { http } from './node-modules.ts';
import { type AgentOptions, type AgentSettings, normalizeAgentOptions, type RequestKind } from './options.ts';
import {
	type AgentRequestOptions,
	bringsOwnSocket,
	impossibleOption,
	targetOf,
	unnamedPort,
} from './request-options.ts';
import { ignore, VirtualSocket, VirtualTlsSocket } from './virtual-socket.ts';

/** What the browser does with a request that went through an agent, for adapters; `undefined` for any other. */
export function sentKind(request: { socket?: unknown } | undefined): RequestKind | undefined {
	return request?.socket instanceof VirtualSocket ? request.socket.requestKind : undefined;
}

/** The fields of a request that went through an agent, name and value in turn, as they were sent; `undefined` for any other. */
export function sentHeaders(request: { socket?: unknown } | undefined): readonly string[] | undefined {
	return request?.socket instanceof VirtualSocket ? request.socket.requestHeaders : undefined;
}

/** What Node's agents use of a request beyond its types. */
type AgentRequest = ClientRequest & { onSocket(socket: VirtualSocket, error?: Error): void; timeout?: number };

/**
 * An agent for `node:http` and `node:https` whose requests are the browser's on the wire. It keeps no sockets: connections
 * are pooled by the session or transport, and closed with it. Made by `wiretwinAgent` or `wiretwinAgents`.
 */
export class WiretwinAgent extends http.Agent {
	/** `http:`, `https:`, or undefined for both. */
	declare readonly protocol: string;
	declare readonly defaultPort: number;
	readonly #settings: AgentSettings;

	/** @internal Without settings it is what Node makes of the global agent for `agent: false`: one connection a request. */
	constructor(settings?: AgentSettings, protocol?: 'http:' | 'https:') {
		super({ keepAlive: true });
		Object.assign(this, {
			protocol,
			defaultPort: protocol === undefined ? unnamedPort : protocol === 'https:' ? 443 : 80,
		});
		this.#settings = settings ?? { ...globalSettings(), closes: true };
	}

	/** What an agent of ours was made of; `undefined` for any other. */
	static settingsOf(agent: unknown): AgentSettings | undefined {
		return agent instanceof WiretwinAgent ? agent.#settings : undefined;
	}

	/** Called by ClientRequest in place of opening a socket. */
	addRequest(request: ClientRequest, options: AgentRequestOptions): void {
		const owner = request as AgentRequest;
		const { protocol } = request;
		const isWebSocket = String(request.getHeader('upgrade')).toLowerCase() === 'websocket';
		const isOwn = bringsOwnSocket(options, isWebSocket);
		if (isOwn && !this.#settings.guarded) {
			const port = targetOf(options, protocol, undefined).port ?? (protocol === 'https:' ? 443 : 80);
			sendByNode(request, { ...options, port });
			return;
		}
		const target = targetOf(options, protocol, request.getHeader('host'));
		const { highWaterMark } = options;
		const socket =
			target.scheme === 'https' ? new VirtualTlsSocket(target.host, highWaterMark) : new VirtualSocket(highWaterMark);
		const bridge = new ExchangeBridge(request, socket, target, this.#settings);
		socket.attach(bridge);
		// Node lets go of a socket in the tick in which its error may be on the way: a signal that fires at the last byte.
		socket.on('error', ignore);
		socket.once('free', socket.release);
		owner.onSocket(socket);
		process.nextTick(awaitHead, bridge);
		if (owner.timeout) socket.setTimeout(owner.timeout);
		if (isOwn) socket.destroy(deniedError());
		const impossible = impossibleOption(options);
		if (impossible !== undefined) socket.destroy(impossibleError(impossible));
	}
}

function awaitHead(bridge: ExchangeBridge): void {
	bridge.awaitHead();
}

function globalSettings(): AgentSettings {
	const settings =
		WiretwinAgent.settingsOf(process.getBuiltinModule('node:https').globalAgent) ??
		WiretwinAgent.settingsOf(http.globalAgent);
	if (settings) return settings;
	throw Object.assign(new TypeError('Agents are made by wiretwinAgent(session).'), { code: 'ERR_INVALID_ARG' });
}

/** A socket of the system's, or one that the caller opens, would reach what the guard refuses. */
function deniedError(): Error {
	const message = 'socketPath and createConnection go past denyPrivateAddresses of the session.';
	return Object.assign(new TypeError(message), { code: 'ERR_ADDRESS_DENIED' });
}

function impossibleError(name: string): Error {
	const message = `Option "${name}" cannot be fulfilled: the engine has nothing like it.`;
	return Object.assign(new TypeError(message), { code: 'ERR_INVALID_OPTION' });
}

/**
 * An agent over a session, a transport or a page (`session.open`), for both `node:http` and `node:https`.
 * @example https.get('https://example.com/', { agent: wiretwinAgent(session) }, (response) => response.pipe(process.stdout));
 */
export function wiretwinAgent(target: Bindable, options: AgentOptions = {}): WiretwinAgent {
	return new WiretwinAgent(normalizeAgentOptions(target, options), undefined);
}

/**
 * One agent a protocol, for clients that want them named: got's `agent: {http, https}`, the AWS SDK's handler.
 * @example await got('https://example.com/', { agent: wiretwinAgents(session) });
 */
export function wiretwinAgents(
	target: Bindable,
	options: AgentOptions = {},
): { http: WiretwinAgent; https: WiretwinAgent } {
	const settings = normalizeAgentOptions(target, options);
	return { http: new WiretwinAgent(settings, 'http:'), https: new WiretwinAgent(settings, 'https:') };
}
