import type { Cookie } from 'tough-cookie';
import { InvalidArgumentError } from '../errors/classes.ts';
import type { CookieRecord } from '../types/response.ts';
import { maxNameValueBytes, type ParsedSetCookie } from './parse-set-cookie.ts';
import { isSecureChannel } from './site.ts';

const sameSiteNames: { readonly [value: string]: CookieRecord['sameSite'] } = {
	strict: 'Strict',
	lax: 'Lax',
	none: 'None',
};

/** Public form of a stored cookie. */
export function toRecord(cookie: Cookie, partitionKey: string | undefined): CookieRecord {
	const expiry = cookie.expiryTime();
	return {
		name: readable(cookie.key),
		value: readable(cookie.value),
		domain: cookie.domain ?? '',
		path: cookie.path ?? '/',
		secure: cookie.secure,
		httpOnly: cookie.httpOnly,
		hostOnly: cookie.hostOnly ?? true,
		sameSite: sameSiteNames[cookie.sameSite ?? ''],
		expiresAtMs: expiry === undefined || !Number.isFinite(expiry) ? undefined : expiry,
		partitionKey,
	};
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
