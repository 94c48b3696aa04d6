import { createHash } from 'node:crypto';
import type { NativeTransportOptions } from '@wiretwin/core-native';
import { objectOption } from './checks.ts';
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
]);

/** The pool of a request with TLS options of its own. */
export type RequestTls = {
	/** Equal for requests that may share connections; holds no secret. */
	key: string;
	native: NativeTransportOptions;
};

/** Reads `tls` of a request over the options of its transport; `undefined` if it says nothing that those do not. */
export function normalizeRequestTls(value: unknown, base: NativeTransportOptions): RequestTls | undefined {
	const given = objectOption(value, 'tls');
	refuseUnknown(given, known, 'tls');
	const own = trustOptions(given);
	const { insecure: _, ...rest } = base;
	const isInsecure = given.insecure === undefined ? base.insecure === true : own.insecure === true;
	if (Object.keys(own).every((name) => name === 'insecure') && isInsecure === (base.insecure === true))
		return undefined;
	const native: NativeTransportOptions = { ...rest, ...own };
	delete native.insecure;
	if (isInsecure) native.insecure = true;
	const hash = createHash('sha256').update(JSON.stringify([isInsecure, own], bytesAsText));
	return { key: hash.digest('base64'), native };
}

function bytesAsText(_name: string, value: unknown): unknown {
	return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
