import { InvalidArgumentError } from '../errors/classes.ts';
import { refuseBadPort } from './bad-ports.ts';

/**
 * Parses the URL of a request with the WHATWG parser, the only one used (R07). http and https only; userinfo is refused
 * as the fetch standard does, without showing it.
 */
export function parseTarget(input: unknown): URL {
	return checkTarget(parse(input));
}

/** For `fetch`, which reads `data:` and `blob:` as well. */
export function parseFetchTarget(input: unknown): URL {
	const url = parse(input);
	return isLocal(url) ? url : checkTarget(url);
}

/** The last good target of a call: the same text is not parsed and judged again. Nobody else sees this URL, so it stays as it is. */
let last: { readonly text: string; readonly url: URL } | undefined;
/** Longer texts, of which some are megabytes, are not kept. */
const keptMax = 2048;

/** Where a call of `fetch` goes. Read only: the next call may get the same one. */
export function parseCallTarget(input: unknown): URL {
	if (last !== undefined && last.text === input) return last.url;
	const url = parseFetchTarget(input);
	refuseBadPort(url);
	// Some browsers write a pipe in their own way (`spellAsBrowser`).
	if (typeof input === 'string' && input.length <= keptMax && !input.includes('|')) last = { text: input, url };
	return url;
}

/** The URL names bytes of this process, which no connection carries. */
export function isLocal({ protocol }: URL): boolean {
	return protocol === 'data:' || protocol === 'blob:';
}

function parse(input: unknown): URL {
	try {
		return new URL(input instanceof URL ? input.href : String(input));
	} catch {
		throw new InvalidArgumentError('The URL is not valid: an absolute http or https URL is needed.', 'ERR_INVALID_URL');
	}
}

/** The same for a URL that is used before its owner could change it: not copied. */
export function checkTarget(url: URL): URL {
	if (url.protocol !== 'http:' && url.protocol !== 'https:') {
		throw new InvalidArgumentError(
			`Scheme "${url.protocol}" is not supported, only http and https.`,
			'ERR_INVALID_URL',
		);
	}
	if (url.username !== '' || url.password !== '') {
		throw new InvalidArgumentError(
			'The URL holds credentials; send them in the "authorization" header.',
			'ERR_INVALID_URL',
		);
	}
	return url;
}
