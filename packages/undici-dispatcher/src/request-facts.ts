import { isIP } from 'node:net';
import { type ParsedUrlQueryInput, stringify } from 'node:querystring';
import type { DispatchOptions } from './contract.ts';
import { undiciError } from './errors.ts';

/** Where the request goes, and under which URL the session's cookies are looked up. */
export type Target = {
	url: URL;
	cookieUrl: URL;
	/** Host field to send instead of the caller's; `undefined` = leave it as it is. */
	host?: string;
	/** Where the host of `url` is to be dialled; `undefined` = it is looked up. */
	address?: string;
	/** Name for the hello and the certificate instead of the host's; `''`: none is shown. */
	servername?: string;
};

/** Reads origin, path and query. Throws `UND_ERR_INVALID_ARG`. */
export function readTarget(options: DispatchOptions, host: string | undefined): Target {
	const { origin, servername } = options;
	if (typeof options.path !== 'string') throw invalid('path must be a string');
	const path = options.query ? withQuery(options.path, options.query) : options.path;
	if (origin === undefined || origin === null) throw invalid('origin is required');
	const base = typeof origin === 'string' ? origin : origin.origin;
	// Joined as text: as a reference, `//other.example/` would be another host.
	const text = path.startsWith('/') ? base.replace(/\/$/, '') + path : path;
	const url = parse(text);
	if (!path.startsWith('/') && url.origin !== new URL(base).origin) throw invalid('path must not name another origin');
	const shown = url.protocol === 'https:' ? serverNameOf(servername, host) : undefined;
	const unchanged: Target = { url, cookieUrl: url, ...(shown === undefined ? {} : { servername: shown }) };
	if (!servername || host === undefined) return unchanged;
	const address = url.hostname.replace(/^\[|\]$/g, '');
	if (isIP(address) === 0) return unchanged;
	const named = new URL(url);
	named.host = host; // keeps the port where the interceptor of undici 6 leaves it out
	// undici's DNS interceptor put an address into the origin. With TLS the name has to be in the hello.
	if (url.protocol !== 'https:') return { url, cookieUrl: named, host: named.host };
	return { url: named, cookieUrl: named, host: named.host, address };
}

/** As undici chooses it: the option, else what `Host` names, for an address none. */
function serverNameOf(servername: string | null | undefined, host: string | undefined): string | undefined {
	if (servername) return servername;
	const [, name] = /^(\[[^\]]*\]|[^:]*)/.exec(host ?? '') ?? [];
	if (!name) return undefined;
	return isIP(name.replace(/^\[|\]$/g, '')) === 0 ? name : '';
}

function parse(text: string): URL {
	try {
		return new URL(text);
	} catch {
		throw invalid('path must be an absolute URL or start with a slash');
	}
}

/** As undici does it: a blank is `%20`, not `+`. */
function withQuery(path: string, query: Record<string, unknown>): string {
	if (/[?#]/.test(path)) throw invalid('query params cannot be passed when the path has them already');
	const text = stringify(query as ParsedUrlQueryInput);
	return text === '' ? path : `${path}?${text}`;
}

function invalid(message: string): Error {
	return undiciError('UND_ERR_INVALID_ARG', message);
}
