import type { NativeProxy } from '@wiretwin/core-native';
import { isEngineField } from '@wiretwin/profiles';
import { InvalidArgumentError } from '../errors/classes.ts';
import { checkFieldName, checkFieldValue } from '../headers/check.ts';
import { type Bypass, bypassRule } from './bypass.ts';
import { objectOption, refuse, stringOption } from './checks.ts';
import { refuseUnknown } from './near-match.ts';

const kinds = ['http', 'https', 'socks4', 'socks4a', 'socks5', 'socks5h'] as const;
const defaultPorts: Record<(typeof kinds)[number], number> = {
	http: 80,
	https: 443,
	socks4: 1080,
	socks4a: 1080,
	socks5: 1080,
	socks5h: 1080,
};
/** RFC 1035 2.3.4, the engine's limit. */
const maxHost = 255;
const known: ReadonlySet<string> = new Set(['url', 'username', 'password', 'headers', 'noProxy']);

/** A checked `proxy` option: how to reach it and which hosts go past it. */
export type NormalizedProxy = { native: NativeProxy; bypass: Bypass };

/** Reads `proxy`. Errors never show the URL, which may hold a password. */
export function normalizeProxy(value: unknown): NormalizedProxy {
	if (typeof value === 'string' || value instanceof URL) return { native: parseProxyUrl(value), bypass: () => false };
	const object = objectOption(value, 'proxy', 'a URL or an object with a "url"');
	refuseUnknown(object, known, 'proxy');
	if (typeof object.url !== 'string' && !(object.url instanceof URL)) refuse('proxy.url', 'a URL');
	const native = parseProxyUrl(object.url as string | URL);
	const username = stringOption(object.username, 'proxy.username');
	const password = stringOption(object.password, 'proxy.password');
	if (username !== undefined) native.username = username;
	if (password !== undefined) native.password = password;
	if (object.headers !== undefined) native.headers = proxyHeaders(object.headers);
	return { native, bypass: bypassRule(object.noProxy) };
}

/** `host:port:user:password`, as lists of proxies have it, with or without a scheme in front. */
const listed = /^(?:([a-z0-9]+):\/\/)?([^:@/\s]+):([0-9]{1,5}):([^:@\s]+):(\S+)$/i;

function parseProxyUrl(value: string | URL): NativeProxy {
	if (value === 'env') refuse('proxy', "a URL; 'env' is an option of sessions and transports");
	const [, scheme = 'http', host, port, username, password] = (typeof value === 'string' && listed.exec(value)) || [];
	if (username !== undefined && password !== undefined) {
		return { ...parseProxyUrl(`${scheme}://${host}:${port}`), username, password };
	}
	let url: URL;
	try {
		url = new URL(typeof value === 'string' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? `http://${value}` : value);
	} catch {
		throw new InvalidArgumentError('Option "proxy" is not a valid URL.', 'ERR_INVALID_OPTION');
	}
	const kind = kinds.find((candidate) => `${candidate}:` === url.protocol);
	if (kind === undefined) refuse('proxy', `a URL with one of the schemes ${kinds.join(', ')}`);
	if (url.hostname === '' || url.hostname.length > maxHost)
		refuse('proxy', `a URL with a host of at most ${maxHost} characters`);
	if (url.port === '0') refuse('proxy', 'a URL whose port is not 0');
	const native: NativeProxy = {
		kind,
		host: url.hostname.replace(/^\[|\]$/g, ''),
		port: url.port === '' ? defaultPorts[kind] : Number(url.port),
	};
	if (url.username !== '' || url.password !== '') {
		native.username = decode(url.username);
		native.password = decode(url.password);
	}
	return native;
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text; // a lone percent sign is meant literally
	}
}

/**
 * What a caller may say to his proxy all the same. All other fields of the engine's say where the CONNECT request ends or
 * goes: a second one would let two proxies see two requests (F12).
 */
const ofProxies: ReadonlySet<string> = new Set(['connection', 'proxy-authorization', 'proxy-connection']);

function proxyHeaders(value: unknown): Array<readonly [string, string]> {
	const entries = Array.isArray(value) ? (value as unknown[]) : Object.entries(objectOption(value, 'proxy.headers'));
	return entries.map((entry) => {
		const [name, text] = Array.isArray(entry) ? (entry as unknown[]) : [];
		if (typeof name !== 'string' || typeof text !== 'string') return refuse('proxy.headers', 'names with text values');
		checkFieldName(name);
		if (isEngineField(name) && !ofProxies.has(name.toLowerCase()))
			refuse('proxy.headers', `without "${name}", which CONNECT has from the engine`);
		return [name, checkFieldValue(name, text)] as const;
	});
}
