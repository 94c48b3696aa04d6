import { isWiretwinError, type WiretwinError } from 'wiretwin';

/** The system call that Node names for a failure in a phase. */
const systemCalls: Readonly<Record<string, string>> = {
	resolve: 'getaddrinfo',
	connect: 'connect',
	proxy: 'connect',
	send: 'write',
	head: 'read',
	body: 'read',
};

/** Streams that the peer ended: what a client that did not ask for HTTP/2 takes for a connection that is gone. */
const lostStreams: ReadonlySet<string> = new Set(['ERR_H2_GOAWAY', 'ERR_H2_REFUSED_STREAM', 'ERR_H2_STREAM_RESET']);

function codeOf({ code, nodeCode }: WiretwinError): string {
	if (lostStreams.has(code)) return 'ECONNRESET';
	return nodeCode ?? (code.startsWith('ERR_TIMEOUT_') ? 'ETIMEDOUT' : code);
}

/**
 * A failure as Node's own sockets report it: `code` in Node's spelling (`ECONNREFUSED`), because that is what clients
 * look at to decide on a retry. The full story is its `cause`. Anything else, an abort's reason for example, stays.
 */
export function toNodeError(error: unknown, host: string, port: number): Error {
	if (!isWiretwinError(error)) return error instanceof Error ? error : new Error(String(error), { cause: error });
	const code = codeOf(error);
	const systemCall = systemCalls[error.phase];
	const errno = (process.getBuiltinModule('node:os').constants.errno as Readonly<Record<string, number>>)[code];
	const isSystem = errno !== undefined || code === 'ENOTFOUND';
	const message = !isSystem
		? error.message
		: error.phase === 'resolve'
			? `${systemCall} ${code} ${host}`
			: error.phase === 'connect'
				? `connect ${code} ${host}:${port}`
				: code === 'ECONNRESET' && error.phase === 'head'
					? 'socket hang up'
					: `${systemCall ?? error.phase} ${code}`;
	return Object.assign(new Error(message, { cause: error }), {
		code,
		...(errno === undefined ? {} : { errno: -errno }),
		...(systemCall === undefined || !isSystem ? {} : { syscall: systemCall }),
		...(error.phase === 'resolve' ? { hostname: host } : {}),
		...(error.phase === 'connect' ? { address: host, port } : {}),
	});
}
