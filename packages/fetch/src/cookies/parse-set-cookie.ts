import type { CookieRules } from '@wiretwin/profiles';
import { trimmed } from '../headers/trimmed.ts';
import { toughCookie } from './tough-cookie.ts';

/** Name and value together, RFC 6265bis 5.6 step 5. */
export const maxNameValueBytes = 4096;
/** A longer attribute value is ignored, RFC 6265bis 5.6. */
export const maxAttributeBytes = 1024;

export type SameSite = 'strict' | 'lax' | 'none';

export type ParsedSetCookie = {
	name: string;
	value: string;
	/** Milliseconds since 1970; `-Infinity` = expire now; `undefined` = until the session ends. */
	expiresAtMs: number | undefined;
	/** Lower case without the leading dot; empty = host only. */
	domain: string;
	/** Only if it starts with `/`; else the default path applies. */
	path: string | undefined;
	secure: boolean;
	httpOnly: boolean;
	/** `undefined` = missing or unknown: what it then is depends on the browser. */
	sameSite: SameSite | undefined;
	partitioned: boolean;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for; a tab may be white space
const controlCharacterNotTab = /[\x00-\x08\x0a-\x1f\x7f]/;
/** Prefixes of names that promise something of the cookie. */
export const hiddenPrefix = /^__(?:secure|host|http|host-http)-/i;

/** Chromium's rules, which the documents of its family need not name. */
export const chromiumCookies: CookieRules = {
	withoutEquals: 'value',
	keepsTab: false,
	isUtf8: false,
	keepsPlace: false,
	hostPrefixWithoutPath: false,
	unstatedSameSite: 'lax',
	clears: 'site',
};

/**
 * Parses one Set-Cookie field value as the browser does (RFC 6265bis 5.6). `undefined` when the whole cookie is refused.
 * `line` is latin1 as received; `skewMs` is how far our clock is ahead of the server's.
 */
export function parseSetCookie(
	line: string,
	nowMs: number,
	rules: CookieRules = chromiumCookies,
	skewMs = 0,
): ParsedSetCookie | undefined {
	if (controlCharacterNotTab.test(line)) return undefined;
	const parts = line.split(';');
	const pair = splitPair(parts[0] ?? '');
	const isName = pair.hasEquals || rules.withoutEquals === 'name';
	const name = isName ? pair.name : '';
	const text = isName ? pair.value : pair.name;
	const value = rules.isUtf8 ? asUtf8(text) : text;
	if (name === '' && (value === '' || rules.withoutEquals === 'name')) return undefined;
	if (name.length + value.length > maxNameValueBytes) return undefined;
	if (!rules.keepsTab && (name.includes('\t') || value.includes('\t'))) return undefined;
	// A nameless cookie is serialised as its bare value, so it could pose as a prefixed one (6265bis 5.7 step 21).
	// Chromium also refuses one with an equals sign, which would read back as a name and value.
	if (name === '' && (hiddenPrefix.test(value) || value.includes('='))) return undefined;
	const cookie: ParsedSetCookie = {
		name,
		value,
		expiresAtMs: undefined,
		domain: '',
		path: undefined,
		secure: false,
		httpOnly: false,
		sameSite: undefined,
		partitioned: false,
	};
	readAttributes(parts, cookie, nowMs, skewMs);
	return cookie;
}

/** Bytes that are not UTF-8 become U+FFFD. Latin1 in and out. */
function asUtf8(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range
	if (/^[\x00-\x7f]*$/.test(text)) return text;
	return Buffer.from(Buffer.from(text, 'latin1').toString('utf8'), 'utf8').toString('latin1');
}

function readAttributes(parts: readonly string[], cookie: ParsedSetCookie, nowMs: number, skewMs: number): void {
	let maxAgeSeen = false;
	for (let index = 1; index < parts.length; index++) {
		const attribute = splitPair(parts[index] ?? '');
		if (attribute.value.length > maxAttributeBytes) continue;
		switch (attribute.name.toLowerCase()) {
			case 'expires': {
				if (maxAgeSeen) break; // Max-Age wins wherever it stands
				const date = toughCookie().parseDate(attribute.value);
				if (date) cookie.expiresAtMs = date.getTime() + skewMs;
				break;
			}
			case 'max-age': {
				if (!/^-?[0-9]+$/.test(attribute.value)) break;
				maxAgeSeen = true;
				const seconds = Number(attribute.value);
				cookie.expiresAtMs = seconds <= 0 ? Number.NEGATIVE_INFINITY : nowMs + seconds * 1000;
				break;
			}
			case 'domain':
				cookie.domain = attribute.value.replace(/^\./, '').toLowerCase();
				break;
			case 'path':
				cookie.path = attribute.value.startsWith('/') ? attribute.value : undefined;
				break;
			case 'secure':
				cookie.secure = true;
				break;
			case 'httponly':
				cookie.httpOnly = true;
				break;
			case 'samesite':
				cookie.sameSite = sameSiteOf(attribute.value);
				break;
			case 'partitioned':
				cookie.partitioned = true;
				break;
		}
	}
}

function sameSiteOf(value: string): SameSite | undefined {
	const lower = value.toLowerCase();
	return lower === 'strict' || lower === 'lax' || lower === 'none' ? lower : undefined;
}

function splitPair(text: string): { name: string; value: string; hasEquals: boolean } {
	const equals = text.indexOf('=');
	if (equals === -1) return { name: trim(text), value: '', hasEquals: false };
	return { name: trim(text.slice(0, equals)), value: trim(text.slice(equals + 1)), hasEquals: true };
}

/** Space and tab only: `String.trim` would also take away NBSP, which is data here. */
function trim(text: string): string {
	return trimmed(text, ' \t');
}
