import type { UrlRules } from '@wiretwin/profiles';
import { RedirectError } from '../errors/classes.ts';
import type { RequestSummary } from '../errors/wiretwin-error.ts';
import { headerValues } from '../headers/caller-headers.ts';
import { hasBadPort } from '../options/bad-ports.ts';
import { locationText, spellAsBrowser } from '../options/browser-url.ts';

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Where a response points to (fetch: "location URL"), `undefined` if it is no redirect. 300, 304 and a redirect status
 * without Location are ordinary responses. Throws for a target that is not http(s). Userinfo in it is dropped.
 */
export function redirectTarget(
	status: number,
	rawHeaders: readonly string[],
	current: URL,
	request: RequestSummary,
	rules: UrlRules | undefined,
): URL | undefined {
	if (!redirectStatuses.has(status)) return undefined;
	const values = headerValues(rawHeaders, 'location');
	const location = values[0];
	if (location === undefined) return undefined;
	if (rules?.showsEmptyLocation && values.every((value) => value === '')) return undefined;
	let target: URL;
	try {
		// Browsers read the field as UTF-8 where it is valid, and pass other bytes on as they are.
		target = spellAsBrowser(new URL(locationText(asUtf8(location), rules), current), rules);
	} catch (cause) {
		throw refusal('ERR_REDIRECT_LOCATION', 'points to something that is not a URL', request, cause);
	}
	if (values.length > 1 && values.some((value) => value !== location)) {
		throw refusal('ERR_REDIRECT_LOCATION', 'has several Location fields that differ', request);
	}
	if (target.protocol !== 'http:' && target.protocol !== 'https:') {
		throw refusal('ERR_REDIRECT_SCHEME', `points to scheme "${target.protocol}"`, request);
	}
	if (hasBadPort(target)) {
		throw refusal('ERR_REDIRECT_PORT', `points to port ${target.port}, which no browser connects to`, request);
	}
	target.username = '';
	target.password = '';
	if (target.hash === '' && current.hash !== '') target.hash = current.hash;
	return target;
}

/** Error for a redirect that is not followed. */
export function refusal(
	code: `ERR_REDIRECT_${string}`,
	what: string,
	request: RequestSummary,
	cause?: unknown,
): RedirectError {
	return new RedirectError(`The redirect ${what} (${code}): ${request.method} ${request.url}`, {
		code,
		phase: 'redirect',
		request,
		cause,
	});
}

function asUtf8(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII needs no decoding
	if (/^[\x00-\x7f]*$/.test(text)) return text;
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
	} catch {
		return text.replaceAll(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
	}
}
