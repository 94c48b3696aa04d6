import type { LookupAddress } from 'node:dns';
import { ConnectionError, InvalidArgumentError, TimeoutError } from '../errors/classes.ts';
import { asFetchSaysIt } from '../errors/from-native.ts';
import { timedOut } from '../errors/timed-out.ts';
import type { RequestSummary, WiretwinError } from '../errors/wiretwin-error.ts';
import { onAbort } from '../exchange/abort-listeners.ts';
import type { Waits } from '../exchange/waits.ts';
import { refuse } from '../options/checks.ts';
import { isIP } from '../options/ip-version.ts';
import type { NormalizedTimeouts } from '../options/timeouts.ts';
import type { LookupFunction } from '../types/options.ts';

/** How long an answer is used again: a page's requests come in one burst, and a changed name is seen soon. */
const keepMs = 30_000;
/** Names whose answers are kept. */
const maxNames = 1000;

/** The caller's own name resolution, asked once for requests that come together. */
export class NameLookup {
	readonly #lookup: LookupFunction;
	readonly #answers = new Map<string, { addresses: Promise<readonly string[]>; until: number }>();
	static readonly #known = new WeakMap<LookupFunction, NameLookup>();

	/** The one of a function that comes with single requests: they share its answers. Throws for what is no function. */
	static of(lookup: LookupFunction): NameLookup {
		if (typeof lookup !== 'function') refuse('lookup', 'a function');
		let known = NameLookup.#known.get(lookup);
		if (!known) {
			known = new NameLookup(lookup);
			NameLookup.#known.set(lookup, known);
		}
		return known;
	}

	constructor(lookup: LookupFunction) {
		this.#lookup = lookup;
	}

	/**
	 * Addresses of a host, at least one. Rejects with `ERR_DNS_NOT_FOUND`, `ERR_TIMEOUT_RESOLVE`, the signal's reason, or that of
	 * the first of `ends` to be over: the function may never answer.
	 */
	async addresses(
		host: string,
		request: RequestSummary,
		timeouts: NormalizedTimeouts,
		signal: AbortSignal | undefined,
		ends: readonly Waits[],
	): Promise<readonly string[]> {
		const asked = this.#ask(host);
		const limitMs = Math.min(timeouts.resolve ?? Number.POSITIVE_INFINITY, timeouts.total ?? Number.POSITIVE_INFINITY);
		const stopped = Promise.withResolvers<never>();
		const phase = timeouts.resolve === limitMs ? 'resolve' : 'total';
		const timer = Number.isFinite(limitMs)
			? setTimeout(() => stopped.reject(timedOut(phase, limitMs, request)), limitMs)
			: undefined;
		const release = signal && onAbort(signal, () => stopped.reject(signal.reason));
		let over: { reason: unknown } | undefined;
		const leave = ends.map((waits) =>
			waits.add((reason) => {
				over ??= { reason };
				stopped.reject(reason);
			}),
		);
		try {
			return await Promise.race([asked, stopped.promise]);
		} catch (error) {
			if (error === over?.reason || error === signal?.reason || error instanceof TimeoutError) throw error;
			throw notFound(error, request);
		} finally {
			clearTimeout(timer);
			release?.();
			for (const each of leave) each();
		}
	}

	#ask(host: string): Promise<readonly string[]> {
		const known = this.#answers.get(host);
		if (known && known.until > performance.now()) return known.addresses;
		const addresses = this.#call(host);
		this.#answers.delete(host);
		this.#answers.set(host, { addresses, until: performance.now() + keepMs });
		const oldest = this.#answers.keys().next().value;
		if (this.#answers.size > maxNames && oldest !== undefined) this.#answers.delete(oldest);
		addresses.catch(() => this.#answers.delete(host)); // the next request asks again
		return addresses;
	}

	#call(host: string): Promise<readonly string[]> {
		return new Promise((resolve, reject) => {
			this.#lookup(host, { all: true }, (error, found) => {
				if (error) return reject(error);
				const list: Array<LookupAddress | string> = Array.isArray(found) ? found : [found];
				const addresses = list.map((entry) => (typeof entry === 'string' ? entry : entry?.address));
				if (addresses.length > 0 && addresses.every((address) => isIP(address ?? '') !== 0)) return resolve(addresses);
				return reject(new InvalidArgumentError('The "lookup" function gave no IP address.', 'ERR_INVALID_OPTION'));
			});
		});
	}
}

/** What getaddrinfo and DNS servers say (codes of `node:dns`). Anything else is the function's own failure. */
const saidByDns =
	/^(?:EAI_[A-Z]+|ENOTFOUND|ENODATA|ESERVFAIL|EREFUSED|ECONNREFUSED|ETIMEOUT|ECANCELLED|EBADRESP|EFORMERR)$/;

function notFound(error: unknown, request: RequestSummary): WiretwinError {
	const { code } = (error ?? {}) as { code?: unknown };
	const isOfDns = typeof code === 'string' && saidByDns.test(code);
	const where = `${request.method} ${request.url}`;
	const message = isOfDns
		? `Failed to fetch (the name could not be resolved, ERR_DNS_NOT_FOUND: ${where})`
		: `The name could not be resolved (ERR_DNS_NOT_FOUND): ${where}`;
	const failure = new ConnectionError(message, {
		code: 'ERR_DNS_NOT_FOUND',
		phase: 'resolve',
		request,
		cause: error,
		nodeCode: typeof code === 'string' ? code : 'ENOTFOUND',
	});
	return isOfDns ? asFetchSaysIt(failure) : failure;
}
