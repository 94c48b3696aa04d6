import type { LookupAddress, LookupOptions } from 'node:dns';
import type { ExchangeRequest } from 'wiretwin';
import { functionOption } from './function-option.ts';

/** `dns.lookup` with `all: true`, as an exchange asks it. */
export type LookupFunction = NonNullable<ExchangeRequest['lookup']>;

/** What a client may give: an answer of one address, too, as Node's sockets take it without `autoSelectFamily`. */
type NodeLookup = (
	hostname: string,
	options: LookupOptions & { all: true },
	callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
) => void;

/** Made once for each function and family: an exchange keeps the answers of a function by its identity. */
const known = new WeakMap<NodeLookup, Map<string, LookupFunction>>();

/**
 * Node's options `lookup`, `family` and `hints` of a request as one function; `undefined` if it has none of them.
 * Throws `TypeError` for a `lookup` that cannot be called.
 */
export function lookupOf(options: {
	readonly lookup?: unknown;
	readonly family?: unknown;
	readonly hints?: unknown;
}): LookupFunction | undefined {
	const lookup = functionOption('lookup', options.lookup);
	const family = options.family === 4 || options.family === 6 ? options.family : 0;
	if (!lookup && family === 0) return undefined;
	const hints = typeof options.hints === 'number' ? options.hints : 0;
	return completed((lookup ?? process.getBuiltinModule('node:dns').lookup) as NodeLookup, family, hints);
}

function completed(lookup: NodeLookup, family: 0 | 4 | 6, hints: number): LookupFunction {
	let variants = known.get(lookup);
	if (!variants) {
		variants = new Map();
		known.set(lookup, variants);
	}
	const key = `${family} ${hints}`;
	let variant = variants.get(key);
	if (!variant) {
		variant = (hostname, options, callback) =>
			lookup(hostname, { ...options, family, hints }, (error, found, foundFamily) => {
				const one = typeof found === 'string' ? [{ address: found, family: foundFamily ?? 4 }] : found;
				callback(error, one);
			});
		variants.set(key, variant);
	}
	return variant;
}
