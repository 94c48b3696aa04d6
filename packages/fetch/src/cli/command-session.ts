import dns from 'node:dns';
import { readFile } from 'node:fs/promises';
import type { LookupFunction, ProxyOptions, SessionOptions, TimeoutOptions } from '../types/options.ts';
import { type CliCommand, UsageError } from './arguments.ts';
import { browserArgument } from './browser-argument.ts';

/** Options of the session that a command line asks for. */
export async function sessionOptions(command: CliCommand): Promise<SessionOptions> {
	const options: SessionOptions = { redirect: command.has('location') ? 'follow' : 'manual' };
	const browser = command.value('browser');
	if (browser !== undefined) options.browser = await browserArgument(browser);
	const os = command.value('os');
	if (os !== undefined) options.os = os as NonNullable<SessionOptions['os']>;
	const proxy = proxyOption(command);
	if (proxy !== undefined) options.proxy = proxy;
	if (command.has('insecure')) options.insecure = true;
	const roots = command.value('cacert');
	if (roots !== undefined) options.ca = await readFile(roots);
	await readClientCertificate(command, options);
	const resolve = command.values('resolve');
	if (resolve.length > 0) options.resolve = resolveMap(resolve);
	const [family] = command.all('ipv4', 'ipv6').slice(-1);
	if (family) options.lookup = familyLookup(family.name === 'ipv4' ? 4 : 6);
	const address = command.value('interface');
	if (address !== undefined) options.localAddress = address;
	if (command.has('http1.1')) options.http1 = true;
	if (command.has('http2')) options.http2 = true;
	const redirects = number(command, 'max-redirs', -1);
	if (redirects !== undefined) options.maxRedirects = redirects === -1 ? Number.MAX_SAFE_INTEGER : redirects;
	const size = number(command, 'max-filesize', 0);
	if (size !== undefined) options.maxResponseBytes = size;
	const timeout = timeouts(command);
	if (timeout) options.timeout = timeout;
	return options;
}

/** `-4` and `-6`. */
function familyLookup(family: 4 | 6): LookupFunction {
	return (host, options, found) => dns.lookup(host, { ...options, family }, found);
}

function timeouts(command: CliCommand): TimeoutOptions | undefined {
	const total = milliseconds(command, 'max-time');
	const step = milliseconds(command, 'connect-timeout');
	const limits: TimeoutOptions = {};
	if (total !== undefined) limits.total = total;
	if (step !== undefined) Object.assign(limits, { resolve: step, connect: step, proxy: step, tls: step });
	return total === undefined && step === undefined ? undefined : limits;
}

/** curl's options for one proxy, in one; without any of them the environment says which, as for curl. */
function proxyOption(command: CliCommand): ProxyOptions | undefined {
	const [chosen = { name: 'proxy', value: 'env' }] = command
		.all('proxy', 'socks4', 'socks4a', 'socks5', 'socks5-hostname')
		.slice(-1);
	if (chosen.value === '') return undefined;
	const scheme = chosen.name === 'proxy' ? '' : `${chosen.name === 'socks5-hostname' ? 'socks5h' : chosen.name}://`;
	const proxy: ProxyOptions = { url: `${scheme}${chosen.value}`, noProxy: 'env' };
	const credentials = command.value('proxy-user');
	if (credentials !== undefined) {
		const [username, password = ''] = splitAtColon(credentials);
		proxy.username = username;
		proxy.password = password;
	}
	const fields = command.values('proxy-header').map((line) => {
		const [name, value] = splitAtColon(line);
		if (value === undefined) throw new UsageError('a field of --proxy-header has no colon');
		return [name.trim(), value.trim()] as const;
	});
	if (fields.length > 0) proxy.headers = fields;
	const direct = command.value('noproxy');
	if (direct !== undefined) proxy.noProxy = direct.split(/[\s,]+/);
	return proxy;
}

async function readClientCertificate(command: CliCommand, options: SessionOptions): Promise<void> {
	const given = command.value('cert');
	if (given === undefined) return;
	// A drive letter of Windows has a colon too.
	const [, file = '', password] = /^((?:[A-Za-z]:[\\/])?[^:]*)(?::(.*))?$/s.exec(given) ?? [];
	const passphrase = command.value('pass') ?? password;
	if (passphrase !== undefined) options.passphrase = passphrase;
	const bytes = await readFile(file);
	if (command.value('cert-type')?.toUpperCase() === 'P12') {
		options.pfx = bytes;
		return;
	}
	options.cert = bytes;
	const key = command.value('key');
	options.key = key === undefined ? bytes : await readFile(key);
}

function resolveMap(entries: readonly string[]): Record<string, string[]> {
	const map: Record<string, string[]> = {};
	for (const entry of entries) {
		const match = /^([^:]+):([0-9]+):(.+)$/.exec(entry);
		if (!match) throw new UsageError('--resolve takes host:port:address');
		map[`${match[1]}:${match[2]}`] = (match[3] as string).split(',').map((address) => address.replace(/^\[|\]$/g, ''));
	}
	return map;
}

function splitAtColon(text: string): [before: string, after?: string] {
	const colon = text.indexOf(':');
	return colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

function milliseconds(command: CliCommand, name: string): number | undefined {
	const text = command.value(name);
	if (text === undefined) return undefined;
	const seconds = Number(text);
	if (!(seconds >= 0)) throw new UsageError(`--${name} takes a number of seconds`);
	return seconds === 0 ? undefined : Math.ceil(seconds * 1000); // 0 is no limit, as for curl
}

function number(command: CliCommand, name: string, least: number): number | undefined {
	const text = command.value(name);
	if (text === undefined) return undefined;
	const value = Number(text);
	if (!Number.isInteger(value) || value < least) throw new UsageError(`--${name} takes a whole number`);
	return value;
}
