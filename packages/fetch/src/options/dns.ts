import type { NativeTransportOptions } from '@wiretwin/core-native';
import { booleanOption, objectOption, refuse } from './checks.ts';
import { isIP } from './ip-version.ts';
import { refuseUnknown } from './near-match.ts';

/** As many as a system's resolver asks. */
const maxServers = 3;
const known: ReadonlySet<string> = new Set(['doh', 'servers', 'httpsRecords']);
const said = `'system', or an object with "doh", "servers" or "httpsRecords"`;

/** Reads `dns`; `undefined` = the system. */
export function nameServers(value: unknown): NativeTransportOptions['dns'] {
	if (value === undefined || value === 'system') return undefined;
	const given = objectOption(value, 'dns', said);
	refuseUnknown(given, known, 'dns');
	const { doh, servers } = given;
	if (doh !== undefined && servers !== undefined) refuse('dns.doh', 'given without "servers"');
	const httpsRecords = booleanOption(given.httpsRecords, 'dns.httpsRecords', true);
	return {
		...(doh === undefined ? {} : { overHttps: serverUrl(doh) }),
		...(servers === undefined ? {} : { servers: serverList(servers) }),
		httpsRecords,
	};
}

type OverHttps = NonNullable<NonNullable<NativeTransportOptions['dns']>['overHttps']>;

function serverUrl(value: unknown): OverHttps {
	const wanted = 'an https URL without user, as https://dns.example/dns-query';
	if ((typeof value !== 'string' && !(value instanceof URL)) || !URL.canParse(String(value))) refuse('dns.doh', wanted);
	const url = new URL(String(value));
	if (url.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.hash !== '')
		refuse('dns.doh', wanted);
	const { hostname, port, host } = url;
	return {
		host: hostname.replace(/^\[|\]$/g, ''),
		port: port === '' ? 443 : Number(port),
		authority: host,
		// Templates of RFC 8484 end so; what they stand for is put there anyway.
		target: `${url.pathname.replace(/%7B\?dns%7D$/i, '')}${url.search}`,
	};
}

function serverList(value: unknown): string[] {
	const wanted = `one to ${maxServers} addresses, each with or without a port, as ["10.0.0.53", "[fd00::53]:5353"]`;
	if (!Array.isArray(value) || value.length === 0 || value.length > maxServers) refuse('dns.servers', wanted);
	return (value as unknown[]).map((server) => withPort(server) ?? refuse('dns.servers', wanted));
}

/** `ip:port` or `[v6]:port`. */
function withPort(value: unknown): string | undefined {
	if (typeof value !== 'string') return undefined;
	const family = isIP(value);
	if (family !== 0 && !value.includes('%')) return family === 6 ? `[${value}]:53` : `${value}:53`;
	const [, version6, version4, port] = /^(?:\[([^\]%]+)\]|([^:]+)):(\d{1,5})$/.exec(value) ?? [];
	const ofFamily = isIP(version6 ?? version4 ?? '') === (version6 === undefined ? 4 : 6);
	return ofFamily && Number(port) >= 1 && Number(port) <= 65_535 ? value : undefined;
}
