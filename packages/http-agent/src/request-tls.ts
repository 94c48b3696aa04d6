import type { ExchangeRequest } from 'wiretwin';

/** TLS of a request as `session.exchange` takes it. */
export type RequestTls = NonNullable<ExchangeRequest['tls']>;

/** Node's options of one request that belong to its connection. */
export type NodeTlsOptions = {
	readonly ca?: unknown;
	readonly cert?: unknown;
	readonly key?: unknown;
	readonly pfx?: unknown;
	readonly passphrase?: unknown;
	readonly rejectUnauthorized?: unknown;
	readonly localAddress?: unknown;
	readonly servername?: unknown;
};

/**
 * Name for the hello and the certificate, as Node chooses it: the caller's, else what `Host` names, for an address none.
 * `undefined`: the host's own.
 */
export function serverNameOf(given: unknown, host: string, field: unknown): string | undefined {
	if (typeof given === 'string') return given;
	// Node writes the field itself, so most repeat the host.
	if (typeof field !== 'string' || field === '' || field === host || field.startsWith(`${host}:`)) return undefined;
	const [, name] = /^(\[[^\]]*\]|[^:]*)/.exec(field) ?? [];
	return name === undefined || name === '' || name === `[${host}]`
		? undefined
		: process.getBuiltinModule('node:net').isIP(unbracketed(name))
			? ''
			: name;
}

function unbracketed(host: string): string {
	return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/**
 * Reads them; `undefined` if there are none, so that the request shares the session's connections. As in Node, `ca` stands
 * for all roots. Throws `TypeError` for lists of several identities, of which an engine's connection has one.
 */
export function tlsOf(options: NodeTlsOptions, serverName?: string): RequestTls | undefined {
	const { ca, cert, key, pfx, passphrase, rejectUnauthorized, localAddress } = options;
	const tls: RequestTls = {};
	if (isGiven(ca)) Object.assign(tls, { ca: [ca].flat(), trustStore: 'none' });
	if (isGiven(cert)) tls.cert = one('cert', cert) as string;
	if (isGiven(key)) identity(tls, 'key', key, 'pem');
	if (isGiven(pfx)) identity(tls, 'pfx', pfx, 'buf');
	if (isGiven(passphrase) && (tls.key !== undefined || tls.pfx !== undefined)) tls.passphrase ??= passphrase as string;
	if (typeof tls.pfx === 'string') tls.pfx = Buffer.from(tls.pfx, 'latin1');
	if (typeof rejectUnauthorized === 'boolean') tls.insecure = !rejectUnauthorized;
	if (serverName !== undefined) tls.servername = serverName;
	if (isGiven(localAddress)) tls.localAddress = localAddress as string;
	return Object.keys(tls).length === 0 ? undefined : tls;
}

/** A key or container, alone or as Node's object with its own password. */
function identity(tls: RequestTls, name: 'key' | 'pfx', given: unknown, inside: 'pem' | 'buf'): void {
	const found = one(name, given);
	if (typeof found === 'object' && found !== null && inside in found) {
		const { [inside]: bytes, passphrase } = found as Record<string, unknown>;
		tls[name] = bytes as never;
		if (isGiven(passphrase)) tls.passphrase = passphrase as string;
	} else tls[name] = found as never;
}

function one(name: string, given: unknown): unknown {
	if (!Array.isArray(given)) return given;
	if (given.length === 1) return given[0];
	const message = `Option "${name}" must be one; a connection shows itself with one certificate.`;
	throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
}

function isGiven(value: unknown): boolean {
	return value !== undefined && value !== null;
}
