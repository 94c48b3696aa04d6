import type { ExchangeRequest } from 'wiretwin';
import type { LookupFunction } from './lookup.ts';
import { fieldValue, type RequestHead } from './request-head.ts';
import type { RequestTls } from './request-tls.ts';
import type { ExpectedServer } from './server-identity.ts';

/** Where Node was told to connect to. */
export type Target = {
	scheme: 'http' | 'https';
	/** Name or address, IPv6 without brackets. */
	host: string;
	/** `undefined`: the scheme's own. */
	port: number | undefined;
	/** The client gave its headers as a list: their order and case are wanted exactly so. */
	ordered: boolean;
	/** How the host's addresses are found; `undefined`: as the session does. */
	lookup: LookupFunction | undefined;
	/** TLS of the request's own. */
	tls: RequestTls | undefined;
	/** Who may answer there. */
	server: ExpectedServer;
};

/** Where a request goes: to the target, or through it if it is a proxy. */
export type Route = {
	url: string;
	/** Host and port of the URL as `Host` has them. */
	authority: string;
	proxy?: NonNullable<ExchangeRequest['proxy']>;
};

/**
 * Reads the request target. A whole URL is what a client sends to a proxy that it was configured with; the request then
 * goes through that proxy as a browser's does (a tunnel for https). Throws for `CONNECT` and `*`.
 */
export function routeOf(head: RequestHead, target: Target): Route {
	const authority = authorityOf(target);
	if (head.target.startsWith('/')) return { url: `${target.scheme}://${authority}${head.target}`, authority };
	if (head.method === 'CONNECT') {
		throw refusal(
			'A tunnel of the client\'s own would carry no browser\'s bytes. Set the option "proxy" of the session.',
		);
	}
	if (!/^https?:\/\//i.test(head.target) || !URL.canParse(head.target)) {
		throw refusal('The request target is neither a path nor a web address.');
	}
	const { host } = new URL(head.target);
	return {
		url: head.target,
		authority: host,
		proxy: { url: `${target.scheme}://${authority}`, ...credentialsOf(head) },
	};
}

/** Port that a scheme leaves out. */
export function defaultPort(scheme: 'http' | 'https'): number {
	return scheme === 'https' ? 443 : 80;
}

/** Host and port as a URL has them. */
export function authorityOf({ host, port, scheme }: Target): string {
	const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
	return port === undefined || port === defaultPort(scheme) ? name : `${name}:${port}`;
}

/** Takes the credentials for the proxy out of the head: they are not for the site. */
function credentialsOf(head: RequestHead): { username?: string; password?: string } {
	const value = fieldValue(head.fields, 'proxy-authorization');
	if (value === undefined) return {};
	head.fields = head.fields.filter(
		(_, index, all) => all[index - (index % 2)]?.toLowerCase() !== 'proxy-authorization',
	);
	const [, encoded] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(value) ?? [];
	if (encoded === undefined) throw refusal('Only Basic credentials can be given to a proxy.');
	const [username = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
	return { username, password: password.join(':') };
}

function refusal(message: string): TypeError {
	return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG' });
}
