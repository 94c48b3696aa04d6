import { isWiretwinError } from 'wiretwin';

/**
 * A failure as Node's `fetch` words it. ky knows failures of the network by this message alone. Mistakes of the caller
 * would fail again, so they are not turned into something that is retried.
 */
export function toFetchError(error: unknown, input: string | URL | Request): unknown {
	if (
		!isWiretwinError(error) ||
		error.code === 'ERR_ADDRESS_DENIED' ||
		(error.phase === 'input' && !isOtherScheme(input))
	)
		return error;
	return new TypeError('fetch failed', { cause: error });
}

/** A scheme without a network behind it is a network error by the fetch standard ("scheme fetch"). */
function isOtherScheme(input: string | URL | Request): boolean {
	const text = input instanceof URL ? input.href : typeof input === 'string' ? input : input.url;
	return URL.canParse(text) && !/^https?:$/.test(new URL(text).protocol);
}
