import { InvalidArgumentError } from '../errors/classes.ts';
import { headerValues } from '../headers/caller-headers.ts';
import { toughCookie } from './tough-cookie.ts';

/** What a response says about cookies. */
export type CookieFields = {
	/** Set-Cookie lines, latin1 as received. */
	lines: readonly string[];
	/** The server's clock, milliseconds since 1970: the life of cookies is counted from it. */
	serverMs?: number | undefined;
	/** `Clear-Site-Data` names the cookies. */
	clears?: boolean;
};

/** What the fields of a response say about cookies; `undefined` = nothing, as most do. */
export function cookieFields(rawHeaders: readonly string[]): CookieFields | undefined {
	if (!Array.isArray(rawHeaders)) throw new InvalidArgumentError('The fields of a response must be a list.');
	let isTold = false;
	for (let index = 0; index < rawHeaders.length; index += 2) {
		const name: unknown = rawHeaders[index];
		if (typeof name !== 'string') throw new InvalidArgumentError('The fields of a response must be texts.');
		if (name.length !== 10 && name.length !== 15) continue;
		const lower = name.toLowerCase();
		if (lower === 'set-cookie' || lower === 'clear-site-data') isTold = true;
	}
	if (!isTold) return undefined;
	return {
		lines: checkLines(headerValues(rawHeaders, 'set-cookie')),
		serverMs: toughCookie().parseDate(headerValues(rawHeaders, 'date')[0])?.getTime(),
		clears: clearsCookies(headerValues(rawHeaders, 'clear-site-data')),
	};
}

/** Throws `ERR_INVALID_ARG` unless these are Set-Cookie lines. */
export function checkLines(lines: readonly string[]): readonly string[] {
	if (Array.isArray(lines) && lines.every((line) => typeof line === 'string')) return lines;
	throw new InvalidArgumentError('Set-Cookie lines must be a list of texts.');
}

/** Types are quoted and in lower case; what is not known is passed over (W3C Clear Site Data 3.1, seen in both browsers). */
function clearsCookies(values: readonly string[]): boolean {
	const types = values.flatMap((value) => value.split(',')).map((type) => type.trim());
	return types.includes('"cookies"') || types.includes('"*"');
}
