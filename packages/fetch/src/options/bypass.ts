import { refuse } from './checks.ts';
import { isIP } from './ip-version.ts';

/** Whether a host goes past the proxy. */
export type Bypass = (host: string, port: number) => boolean;

/**
 * Reads `noProxy`, with the rules of curl for `NO_PROXY`: `*`, a name (its subdomains too), `.suffix`, an address, a network
 * (`10.0.0.0/8`, `fd00::/8`), each with an optional `:port`; several in one text apart by commas or blanks.
 */
export function bypassRule(value: unknown): Bypass {
	if (value === undefined) return () => false;
	const list = value === 'env' ? [process.env.no_proxy ?? process.env.NO_PROXY ?? ''] : value;
	if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
		return refuse('proxy.noProxy', 'a list of host names or "env"');
	}
	const items = (list as string[]).flatMap((item) => item.toLowerCase().split(/[\s,]+/)).filter((item) => item !== '');
	const rules = items.map(readRule);
	return (host, port) => {
		const name = host.toLowerCase().replace(/\.$/, '');
		return rules.some((rule) => rule(name, port));
	};
}

function readRule(text: string): Bypass {
	if (text === '*') return () => true;
	const network = readNetwork(text);
	if (network) return network;
	const [, named = text, port] = (text.includes('::') ? null : /^(.+?):([0-9]+)$/.exec(text)) ?? [];
	const name = named
		.replace(/^\*?\./, '')
		.replace(/^\[|\]$/g, '')
		.replace(/\.$/, '');
	return (host, hostPort) =>
		(port === undefined || Number(port) === hostPort) && (host === name || host.endsWith(`.${name}`));
}

/** `undefined` for what is no network. A name that resolves into one is not in it: nothing is looked up for this. */
function readNetwork(text: string): Bypass | undefined {
	const [, address = '', bits = ''] = /^\[?([0-9a-f.:]+)\]?\/([0-9]{1,3})$/.exec(text) ?? [];
	const version = isIP(address);
	if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) return undefined;
	const type = version === 4 ? 'ipv4' : 'ipv6';
	const network = new (process.getBuiltinModule('node:net').BlockList)();
	network.addSubnet(address, Number(bits), type);
	return (host) => isIP(host) === version && network.check(host, type);
}
