import { lookupOf } from './lookup.ts';
import { type NodeTlsOptions, serverNameOf, tlsOf } from './request-tls.ts';
import type { Target } from './route.ts';
import { expectedServer } from './server-identity.ts';

/** What Node hands to an agent with each request: the caller's options, host and port filled in. */
export type AgentRequestOptions = {
	readonly [name: string]: unknown;
	host?: string | null;
	port?: number | string | null;
	path?: string | null;
	socketPath?: string | null;
	createConnection?: (options: unknown, callback: unknown) => unknown;
	headers?: unknown;
	highWaterMark?: number;
	checkServerIdentity?: unknown;
	family?: unknown;
	hints?: unknown;
	lookup?: unknown;
	rejectUnauthorized?: unknown;
	minVersion?: unknown;
} & NodeTlsOptions;

/**
 * Port that an agent for both protocols names as the default one. Node compares it with the caller's, leaves it out of
 * `Host`, and hands it over when the caller named none; a real port would be wrong for one of the protocols.
 */
export const unnamedPort = 0.5;

/** Connection options that nothing here can fulfil: to ignore one could be dangerous. */
const unknownToEngine = ['crl', 'pskCallback', 'secureContext'] as const;

/** The first option that cannot be fulfilled, if the caller gave one. */
export function impossibleOption(options: AgentRequestOptions): string | undefined {
	return unknownToEngine.find((name) => options[name] !== undefined && options[name] !== null);
}

/**
 * Whether the caller brings a socket of his own. The package `ws` always names `createConnection`, for Node's default
 * agent; that is not a wish of its user's.
 */
export function bringsOwnSocket(options: AgentRequestOptions, isWebSocket: boolean): boolean {
	if (typeof options.socketPath === 'string' && options.socketPath !== '') return true;
	const { createConnection } = options;
	if (typeof createConnection !== 'function') return false;
	return !(isWebSocket && (createConnection.name === 'tlsConnect' || createConnection.name === 'netConnect'));
}

/** Where a request with this `Host` goes. Throws `TypeError` for options that cannot be read. */
export function targetOf(options: AgentRequestOptions, protocol: string, field: unknown): Target {
	const port = Number(options.port);
	const named = options.host || 'localhost';
	const host = named.startsWith('[') && named.endsWith(']') ? named.slice(1, -1) : named;
	const scheme = protocol === 'https:' ? 'https' : 'http';
	return {
		scheme,
		host,
		port: options.port === undefined || options.port === null || port === unnamedPort ? undefined : port,
		ordered: Array.isArray(options.headers),
		server: expectedServer(options),
		lookup: lookupOf(options),
		tls: tlsOf(options, scheme === 'https' ? serverNameOf(options.servername, host, field) : undefined),
	};
}
