import type { Cookie } from 'tough-cookie';
import { InvalidArgumentError } from '../errors/classes.ts';
import { refuseUnknown } from '../options/near-match.ts';
import { parseTarget } from '../options/target.ts';
import type { CookieInput, CookieRecord } from '../types/cookies.ts';
import type { CookieToStore } from './browser-cookies.ts';
import { firstPartyContext } from './context.ts';
import { maxNameValueBytes, type ParsedSetCookie, type SameSite } from './parse-set-cookie.ts';
import { isSecureChannel } from './site.ts';

const sameSiteNames: { readonly [value: string]: NonNullable<CookieRecord['sameSite']> } = {
	strict: 'Strict',
	lax: 'Lax',
	none: 'None',
};

/** Public form of a stored cookie. */
export function toRecord(cookie: Cookie, partitionKey: string | undefined): CookieRecord {
	const record: CookieRecord = {
		name: readable(cookie.key),
		value: readable(cookie.value),
		domain: cookie.domain ?? '',
		path: cookie.path ?? '/',
		secure: cookie.secure,
		httpOnly: cookie.httpOnly,
	};
	if (cookie.hostOnly === false) record.hostOnly = false;
	const sameSite = sameSiteNames[cookie.sameSite ?? ''];
	if (sameSite !== undefined) record.sameSite = sameSite;
	const expiry = cookie.expiryTime();
	if (expiry !== undefined && Number.isFinite(expiry)) record.expiresAtMs = expiry;
	if (partitionKey !== undefined) record.partitionKey = partitionKey;
	return record;
}

/** Names and values of cookies in wire order. An ordinary object, also with a cookie named `__proto__`. */
export function toNameValues(cookies: readonly Cookie[]): Record<string, string> {
	const values: Record<string, string> = {};
	for (const cookie of cookies) {
		const name = readable(cookie.key);
		if (Object.hasOwn(values, name)) continue; // the first on the wire is the most specific
		// Assigning to `__proto__` would set the prototype.
		Object.defineProperty(values, name, {
			value: readable(cookie.value),
			enumerable: true,
			configurable: true,
			writable: true,
		});
	}
	return values;
}

const inputKeys: ReadonlySet<string> = new Set([
	'name',
	'value',
	'domain',
	'path',
	'secure',
	'httpOnly',
	'hostOnly',
	'sameSite',
	'expiresAtMs',
	'partitionKey',
] satisfies ReadonlyArray<keyof CookieInput>);

/** A cookie of `setCookies`, checked; `url` stands for a domain that is not named. */
export function cookieFromInput(input: unknown, url: URL | undefined): CookieToStore {
	if (typeof input !== 'object' || input === null) throw new InvalidArgumentError('A cookie is an object.');
	refuseUnknown(input, inputKeys, 'a cookie');
	const record = input as CookieInput;
	const host = hostOf(record);
	const target = host === undefined ? url : parseTarget(`https://${host}/`);
	if (target === undefined) {
		throw new InvalidArgumentError('A cookie needs a domain, or the cookies a URL beside them.');
	}
	const parsed = cookieFromParts(record.name, record.value, target);
	const isDomainCookie = record.hostOnly === undefined ? record.domain?.startsWith('.') === true : !record.hostOnly;
	if (isDomainCookie) parsed.domain = target.hostname;
	parsed.path = pathOf(record);
	parsed.secure ||= flag(record.secure, 'secure');
	parsed.httpOnly ||= flag(record.httpOnly, 'httpOnly');
	parsed.sameSite = sameSiteOf(record);
	parsed.expiresAtMs = expiryOf(record);
	parsed.partitioned = record.partitionKey !== undefined;
	const context = firstPartyContext(target);
	if (record.partitionKey !== undefined) context.partitionKey = partitionKeyOf(record);
	return { parsed, url: target, context };
}

function hostOf({ domain }: CookieInput): string | undefined {
	if (domain === undefined) return undefined;
	const host = typeof domain === 'string' ? domain.replace(/^\./, '') : '';
	if (!/^[^\s/?#@\\]+$/.test(host)) throw new InvalidArgumentError('"domain" of a cookie must be a host name.');
	return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function pathOf({ path = '/' }: CookieInput): string {
	if (typeof path === 'string' && path.startsWith('/') && !refused.test(path)) return path;
	throw new InvalidArgumentError('"path" of a cookie must begin with "/" and hold no ";" or control character.');
}

function flag(value: unknown, key: string): boolean {
	if (value === undefined || typeof value === 'boolean') return value === true;
	throw new InvalidArgumentError(`"${key}" of a cookie must be true or false.`);
}

function sameSiteOf({ sameSite }: CookieInput): SameSite | undefined {
	if (sameSite === undefined) return undefined;
	const lower = String(sameSite).toLowerCase();
	if (lower === 'strict' || lower === 'lax' || lower === 'none') return lower;
	throw new InvalidArgumentError('"sameSite" of a cookie must be "Strict", "Lax" or "None".');
}

function expiryOf({ expiresAtMs }: CookieInput): number | undefined {
	if (expiresAtMs === undefined || (typeof expiresAtMs === 'number' && Number.isFinite(expiresAtMs)))
		return expiresAtMs;
	throw new InvalidArgumentError('"expiresAtMs" of a cookie must be milliseconds since 1970.');
}

function partitionKeyOf({ partitionKey }: CookieInput): string {
	if (typeof partitionKey === 'string' && /^https?:\/\/[^\s/?#@]+$/.test(partitionKey)) return partitionKey;
	throw new InvalidArgumentError('"partitionKey" of a cookie must be a site such as "https://shop.example".');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const refused = /[\x00-\x1f\x7f;]/;

/** A cookie that the caller sets by name and value; text beyond ASCII becomes UTF-8. */
export function cookieFromParts(name: string, value: string, url: URL): ParsedSetCookie {
	if (typeof name !== 'string' || typeof value !== 'string')
		throw new InvalidArgumentError('A cookie has a text name and value.');
	if (refused.test(name) || name.includes('=') || name.trim() !== name) {
		throw new InvalidArgumentError('The cookie name holds "=", ";", white space at its ends or a control character.');
	}
	if (refused.test(value))
		throw new InvalidArgumentError(`The value of cookie "${name}" holds ";" or a control character.`);
	const wireName = Buffer.from(name, 'utf8').toString('latin1');
	const wireValue = Buffer.from(value, 'utf8').toString('latin1');
	if (wireName.length + wireValue.length > maxNameValueBytes || wireName.length + wireValue.length === 0) {
		throw new InvalidArgumentError(`Name and value of a cookie are 1 to ${maxNameValueBytes} bytes together.`);
	}
	// Prefixed names are only valid with these attributes, so they are implied.
	const prefixed = /^__(?:secure|host|http)-/i.test(name);
	if (prefixed && !isSecureChannel(url))
		throw new InvalidArgumentError(`Cookie "${name}" can only be set for an https URL.`);
	return {
		name: wireName,
		value: wireValue,
		expiresAtMs: undefined,
		domain: '',
		path: '/',
		secure: prefixed,
		httpOnly: /^__(?:host-)?http-/i.test(name),
		sameSite: undefined,
		partitioned: false,
	};
}

/** Stored text is latin1 as received; where its bytes are UTF-8 it is shown as such. */
function readable(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the latin1 range beyond ASCII
	if (!/[\x80-\xff]/.test(text) || /[^\x00-\xff]/.test(text)) return text;
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
	} catch {
		return text;
	}
}
