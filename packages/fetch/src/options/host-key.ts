/**
 * A host, with a port or without, as requests name it: in lower case and in ASCII, without a dot at the end and with one, which makes it
 * no other host. None: it is no host, and no request would ever be meant.
 */
export function hostKeys(text: string): string[] {
	const isBareIpv6 = /^[^[:]*:[^:]*:/.test(text);
	const [, host = '', port] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(isBareIpv6 ? `[${text}]` : text) ?? [];
	// Neither the end of the host nor a user is meant.
	if (host === '' || /[\s/\\?#@]/.test(host) || !URL.canParse(`https://${host}`)) return [];
	const { hostname } = new URL(`https://${host}`);
	const behind = port === undefined ? '' : `:${Number(port)}`;
	if (hostname.startsWith('[')) return [behind === '' ? hostname.slice(1, -1) : hostname + behind];
	const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
	return [name + behind, `${name}.${behind}`];
}
