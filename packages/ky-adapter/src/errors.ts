import { isWiretwinError } from 'wiretwin';

/**
 * A failure as Node's `fetch` words it. ky knows failures of the network by this message alone. Mistakes of the caller
 * would fail again, so they are not turned into something that is retried.
 */
export function toFetchError(error: unknown): unknown {
	if (!isWiretwinError(error) || error.phase === 'input') return error;
	return new TypeError('fetch failed', { cause: error });
}
