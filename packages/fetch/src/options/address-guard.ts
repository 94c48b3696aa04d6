import type { NativeTransportOptions } from '@wiretwin/core-native';
import { booleanOption, objectOption, refuse } from './checks.ts';
import { isIP } from './ip-version.ts';
import { refuseUnknown } from './near-match.ts';

/** A list of networks is written by hand; more is a mistake. */
const maxNetworks = 1000;
const known: ReadonlySet<string> = new Set(['allow', 'proxies']);

/** Reads `denyPrivateAddresses`; `undefined` = any address may be connected to. */
export function addressGuard(value: unknown): NativeTransportOptions['denyPrivateAddresses'] {
	if (value === undefined || value === false) return undefined;
	if (value === true) return { allow: [], proxies: false };
	const given = objectOption(value, 'denyPrivateAddresses', 'a boolean, or an object with "allow" or "proxies"');
	refuseUnknown(given, known, 'denyPrivateAddresses');
	const { allow = [] } = given;
	if (!Array.isArray(allow) || allow.length > maxNetworks || !allow.every(isNetwork)) {
		refuse('denyPrivateAddresses.allow', 'a list of addresses and networks, as ["10.1.0.0/16"]');
	}
	return { allow: [...allow], proxies: booleanOption(given.proxies, 'denyPrivateAddresses.proxies', false) };
}

function isNetwork(value: unknown): boolean {
	const [, address = '', prefix] = (typeof value === 'string' && /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(value)) || [];
	const family = isIP(address);
	return family !== 0 && Number(prefix ?? 0) <= (family === 4 ? 32 : 128);
}
