import type { NativeTransportOptions } from '@wiretwin/core-native';
import { cookieHost, isAddress } from '../cookies/site.ts';
import { objectOption, refuse, stringOption } from './checks.ts';
import { isIP } from './ip-version.ts';
import { refuseUnknown } from './near-match.ts';
import { trustOptions } from './transport-options.ts';

const known: ReadonlySet<string> = new Set([
	'insecure',
	'ca',
	'cert',
	'key',
	'pfx',
	'passphrase',
	'trustStore',
	'localAddress',
	'servername',
]);

/** The pool of a request with TLS options of its own. */
export type RequestTls = {
	/** Equal for requests that may share connections; holds no secret. */
	key: string;
	native: NativeTransportOptions;
};

/**
 * Reads `tls` of a request to a host over the options of its transport; `undefined` if it says nothing that those do not.
 */
export function normalizeRequestTls(value: unknown, base: NativeTransportOptions, url: URL): RequestTls | undefined {
	const given = objectOption(value, 'tls');
	refuseUnknown(given, known, 'tls');
	const own: Partial<NativeTransportOptions> = trustOptions(given);
	const serverName = stringOption(given.servername, 'servername');
	if (serverName !== undefined && !isShownAnyway(serverName, cookieHost(url))) own.serverName = checkedName(serverName);
	const { insecure: _, ...rest } = base;
	const isInsecure = given.insecure === undefined ? base.insecure === true : own.insecure === true;
	if (Object.keys(own).every((name) => name === 'insecure') && isInsecure === (base.insecure === true))
		return undefined;
	const native: NativeTransportOptions = { ...rest, ...own };
	delete native.insecure;
	if (isInsecure) native.insecure = true;
	const { createHash } = process.getBuiltinModule('node:crypto');
	const hash = createHash('sha256').update(JSON.stringify([isInsecure, own], bytesAsText));
	return { key: hash.digest('base64'), native };
}

/** A host's own name, and none for an address, are what every connection has. */
function isShownAnyway(serverName: string, host: string): boolean {
	return serverName.toLowerCase() === host || (serverName === '' && isAddress(host));
}

function checkedName(serverName: string): string {
	return /^[\w.-]{0,253}$/.test(serverName) || isIP(serverName) ? serverName : refuse('servername', 'a host name');
}

function bytesAsText(_name: string, value: unknown): unknown {
	return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
