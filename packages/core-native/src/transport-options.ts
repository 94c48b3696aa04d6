import { checkedBytes } from './bytes.ts';
import { isIP } from './ip-version.ts';
import { invalidArgument } from './native-error.ts';
import { checkBoolean, checkFields, checkHost, checkInteger, checkProtocols } from './request-check.ts';
import type {
	NativeAddressGuard,
	NativeIdentity,
	NativeNameServers,
	NativeProxy,
	NativeTransportOptions,
} from './types.ts';

/** Options as they cross: JSON text for everything but the profile and the one binary part. */
export type CheckedTransportOptions = { profile: string; json: string; pfx: Uint8Array | undefined };

/** A profile is tens of kB; more than this is a mistake or an attack (FAULTS N05). */
const profileMax = 1024 * 1024;
/** A list of networks is written by hand; more is a mistake. */
const allowedNetworksMax = 1000;
/** Its own length field and what that can say (RFC 9849 section 4). */
const echConfigsMax = 2 + 65_535;
/** On macOS nobody has run the other one yet; elsewhere there is only the thread. */
const defaultIo = process.platform === 'linux' ? 'auto' : 'thread';
/** `IO_THREADS_MAX` of the engine's limits.rs. */
const ioThreadsMax = 64;
/** What `WIRETWIN_IO` said when this thread made its first transport: asking the environment takes longer than all other checks. */
let ioOfEnvironment: string | undefined;
const proxyKinds = new Set(['http', 'https', 'socks4', 'socks4a', 'socks5', 'socks5h']);
const optionNames = new Set<string>([
	'profile',
	'proxy',
	'insecure',
	'ca',
	'trustStore',
	'identity',
	'localAddress',
	'hopLimit',
	'resolve',
	'dns',
	'protocols',
	'idleTimeoutMs',
	'maxHttp1Connections',
	'resumption',
	'serverName',
	'keyLog',
	'denyPrivateAddresses',
	'ech',
	'io',
	'ioThreads',
] satisfies Array<keyof NativeTransportOptions>);

/** Reads every option once and checks it. Throws `TypeError` with `ERR_INVALID_ARG`; a message never holds a value. */
export function checkTransportOptions(options: NativeTransportOptions): CheckedTransportOptions {
	if (typeof options !== 'object' || options === null) throw invalidArgument('options must be an object');
	for (const name of Object.keys(options)) {
		if (!optionNames.has(name)) throw invalidArgument(`unknown transport option ${JSON.stringify(name.slice(0, 64))}`);
	}
	const { profile, proxy, ca, identity, localAddress, hopLimit, resolve, idleTimeoutMs, maxHttp1Connections } = options;
	const { trustStore, dns, protocols, serverName, keyLog, denyPrivateAddresses, ech } = options;
	if (typeof profile !== 'string') throw invalidArgument('profile must be JSON text');
	if (profile.length > profileMax) throw invalidArgument(`profile must be at most ${profileMax} characters`);
	const checkedIdentity = identity === undefined ? undefined : checkIdentity(identity);
	// What is not given does not cross: most transports say three or four things.
	const crossing: { [name in Exclude<keyof NativeTransportOptions, 'profile'>]?: unknown } = {};
	if (proxy !== undefined) crossing.proxy = checkProxy(proxy);
	if (checkBoolean(options.insecure, 'insecure', false)) crossing.insecure = true;
	if (ca !== undefined) crossing.ca = checkList(ca, 'ca').map((item) => pemText(item, 'ca'));
	if (trustStore !== undefined) crossing.trustStore = checkTrustStore(trustStore);
	if (checkedIdentity !== undefined) crossing.identity = checkedIdentity.json;
	if (localAddress !== undefined) crossing.localAddress = checkAddress(localAddress, 'localAddress');
	if (hopLimit !== undefined) crossing.hopLimit = checkInteger(hopLimit, 'hopLimit', 1, 255);
	if (resolve !== undefined) crossing.resolve = checkResolve(resolve);
	if (dns !== undefined) crossing.dns = checkNameServers(dns);
	if (protocols !== undefined) crossing.protocols = checkProtocols(protocols);
	if (idleTimeoutMs !== undefined) crossing.idleTimeoutMs = checkInteger(idleTimeoutMs, 'idleTimeoutMs', 0, 2 ** 31);
	if (maxHttp1Connections !== undefined)
		crossing.maxHttp1Connections = checkInteger(maxHttp1Connections, 'maxHttp1Connections', 1, 65_535);
	if (!checkBoolean(options.resumption, 'resumption', true)) crossing.resumption = false;
	if (serverName !== undefined) crossing.serverName = serverName === '' ? '' : checkHost(serverName, 'serverName');
	if (keyLog !== undefined) crossing.keyLog = checkPath(keyLog, 'keyLog');
	if (denyPrivateAddresses !== undefined) crossing.denyPrivateAddresses = checkGuard(denyPrivateAddresses);
	if (ech !== undefined) crossing.ech = checkEch(ech);
	const { io, ioThreads } = checkIo(options);
	if (io !== 'auto') crossing.io = io;
	if (ioThreads !== 1) crossing.ioThreads = ioThreads;
	const json = JSON.stringify(crossing);
	return { profile, json, pfx: checkedIdentity?.pfx };
}

function checkProxy(proxy: NativeProxy): object {
	if (typeof proxy !== 'object' || proxy === null) throw invalidArgument('proxy must be an object');
	const { kind, host, port, username, password, headers } = proxy;
	if (!proxyKinds.has(kind)) throw invalidArgument('proxy.kind is unknown');
	const pairs = headers === undefined ? [] : checkList(headers, 'proxy.headers');
	return {
		kind,
		host: checkHost(host, 'proxy.host'),
		port: checkInteger(port, 'proxy.port', 1, 65_535),
		username: checkOptionalText(username, 'proxy.username'),
		password: checkOptionalText(password, 'proxy.password'),
		headers: pairs.map((pair) => {
			const [name, value] = checkFields(checkList(pair, 'proxy.headers') as string[], 'proxy.headers').split('\0');
			if (name === undefined || value === undefined) throw invalidArgument('proxy.headers must hold pairs');
			return [name, value];
		}),
	};
}

function checkIdentity(identity: NativeIdentity): { json: object; pfx: Uint8Array | undefined } {
	if (typeof identity !== 'object' || identity === null) throw invalidArgument('identity must be an object');
	const passphrase = checkOptionalText(identity.passphrase, 'identity.passphrase');
	if ('pfx' in identity) {
		return { json: { passphrase }, pfx: checkedBytes(identity.pfx, 'identity.pfx') };
	}
	const cert = pemText(identity.cert, 'identity.cert');
	return { json: { cert, key: pemText(identity.key, 'identity.key'), passphrase }, pfx: undefined };
}

function checkResolve(resolve: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
	if (typeof resolve !== 'object' || resolve === null) throw invalidArgument('resolve must be an object');
	const entries = Object.entries(resolve).map(([name, addresses]): [string, string[]] => {
		const list = checkList(addresses, 'resolve').map(checkDialTarget);
		if (list.length === 0) throw invalidArgument('resolve must name at least one address for each host');
		return [name.toLowerCase(), list];
	});
	return Object.fromEntries(entries);
}

/** `ip`, `ip:port` or `[v6]:port`. */
function checkDialTarget(value: unknown): string {
	if (typeof value !== 'string') throw invalidArgument('resolve must list IP addresses, each with or without a port');
	const [, version6, version4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value) ?? [];
	if (port === undefined) return checkAddress(value, 'resolve');
	const family = version6 === undefined ? 4 : 6;
	if (isIP(version6 ?? version4 ?? '') !== family || Number(port) > 65_535) {
		throw invalidArgument('resolve must list IP addresses, each with or without a port');
	}
	return value;
}

function checkNameServers(dns: NativeNameServers): object {
	if (typeof dns !== 'object' || dns === null) throw invalidArgument('dns must be an object');
	const { servers, overHttps } = dns;
	if (servers !== undefined && overHttps !== undefined) throw invalidArgument('dns has servers or overHttps');
	return {
		servers: servers === undefined ? undefined : checkList(servers, 'dns.servers').map(checkServer),
		overHttps:
			overHttps === undefined
				? undefined
				: {
						host: checkHost(overHttps.host, 'dns.overHttps.host'),
						port: checkInteger(overHttps.port, 'dns.overHttps.port', 1, 65_535),
						authority: checkUrlPart(overHttps.authority, 'dns.overHttps.authority'),
						target: checkUrlPart(overHttps.target, 'dns.overHttps.target'),
					},
		httpsRecords: checkBoolean(dns.httpsRecords, 'dns.httpsRecords', true),
	};
}

function checkServer(value: unknown): string {
	const address = checkDialTarget(value);
	if (isIP(address) !== 0) throw invalidArgument('dns.servers must have ports');
	return address;
}

/** As much as a head may have of it. */
const urlPartMax = 8192;

function checkUrlPart(value: unknown, what: string): string {
	const isPart = typeof value === 'string' && value.length <= urlPartMax && /^[!-~]+$/.test(value);
	return isPart ? value : invalidUrlPart(what);
}

function invalidUrlPart(what: string): never {
	throw invalidArgument(`${what} must be a part of a URL`);
}

function checkGuard(guard: NativeAddressGuard): NativeAddressGuard {
	if (typeof guard !== 'object' || guard === null) throw invalidArgument('denyPrivateAddresses must be an object');
	const allow = checkList(guard.allow, 'denyPrivateAddresses.allow');
	if (allow.length > allowedNetworksMax) {
		throw invalidArgument(`denyPrivateAddresses.allow must hold at most ${allowedNetworksMax} networks`);
	}
	return {
		allow: allow.map((network) => checkNetwork(network, 'denyPrivateAddresses.allow')),
		proxies: checkBoolean(guard.proxies, 'denyPrivateAddresses.proxies', false),
	};
}

/** `ip` or `ip/prefix`. */
function checkNetwork(value: unknown, what: string): string {
	const [, address = '', prefix] = (typeof value === 'string' && /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(value)) || [];
	const family = isIP(address);
	if (family === 0 || Number(prefix ?? 0) > (family === 4 ? 32 : 128)) {
		throw invalidArgument(`${what} must hold IP addresses and networks like "10.0.0.0/8"`);
	}
	return value as string;
}

function checkEch(ech: NonNullable<NativeTransportOptions['ech']>): {
	onlyGrease: boolean;
	configs: Record<string, number[]>;
} {
	if (typeof ech !== 'object' || ech === null) throw invalidArgument('ech must be an object');
	const { onlyGrease, configs } = ech;
	if (configs !== undefined && (typeof configs !== 'object' || configs === null)) {
		throw invalidArgument('ech.configs must be an object');
	}
	const lists = Object.entries(configs ?? {}).map(([name, list]): [string, number[]] => {
		const bytes = checkedBytes(list, 'ech.configs');
		if (bytes.length > echConfigsMax)
			throw invalidArgument(`ech.configs must hold at most ${echConfigsMax} bytes for a host`);
		return [name.toLowerCase(), Array.from(bytes)];
	});
	return { onlyGrease: checkBoolean(onlyGrease, 'ech.onlyGrease', false), configs: Object.fromEntries(lists) };
}

function checkPath(value: unknown, what: string): string {
	if (typeof value !== 'string' || !process.getBuiltinModule('node:path').isAbsolute(value) || value.includes('\0')) {
		throw invalidArgument(`${what} must be the absolute path of a file`);
	}
	return value;
}

function checkTrustStore(value: unknown): NonNullable<NativeTransportOptions['trustStore']> {
	if (value === 'bundled' || value === 'system' || value === 'combined' || value === 'none') return value;
	throw invalidArgument('trustStore must be "bundled", "system", "combined" or "none"');
}

function checkIo(options: NativeTransportOptions): { io: string; ioThreads: number } {
	const ioThreads = options.ioThreads === undefined ? 1 : checkInteger(options.ioThreads, 'ioThreads', 1, ioThreadsMax);
	if (options.io === 'loop' && ioThreads > 1) throw invalidArgument('ioThreads must be 1 with io "loop"');
	ioOfEnvironment ??= process.env.WIRETWIN_IO ?? defaultIo;
	const io = options.io ?? ioOfEnvironment;
	if (io !== 'auto' && io !== 'thread' && io !== 'loop') throw invalidArgument('io must be "auto", "thread" or "loop"');
	// The loop of a JavaScript thread is one: who asks for threads has them, whatever the environment says.
	return { io: ioThreads > 1 ? 'thread' : io, ioThreads };
}

function checkAddress(value: unknown, what: string): string {
	if (typeof value !== 'string' || isIP(value) === 0) throw invalidArgument(`${what} must be an IP address`);
	return value;
}

function checkOptionalText(value: unknown, what: string): string | undefined {
	if (value !== undefined && typeof value !== 'string') throw invalidArgument(`${what} must be a string`);
	return value;
}

function checkList(value: unknown, what: string): unknown[] {
	if (!Array.isArray(value)) throw invalidArgument(`${what} must be an array`);
	return Array.from(value);
}

function pemText(value: unknown, what: string): string {
	if (typeof value === 'string') return value;
	return Buffer.from(checkedBytes(value, what)).toString('latin1');
}
