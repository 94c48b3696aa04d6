import { InvalidArgumentError } from '../errors/classes.ts';
import { initKeys } from './fetch-init.ts';
import { nearest } from './near-match.ts';
import { fromOtherClient } from './other-clients.ts';
import { sessionKeys } from './session-options.ts';
import { transportKeys } from './transport-options.ts';

/** Of the fetch standard: programs pass them to whatever `fetch` they have, and neighbours leave out what they do not know. */
const ofTheStandard: ReadonlySet<string> = new Set([
	'body',
	'cache',
	'credentials',
	'duplex',
	'headers',
	'integrity',
	'keepalive',
	'method',
	'mode',
	'priority',
	'redirect',
	'referrer',
	'referrerPolicy',
	'signal',
	'window',
]);
const own: ReadonlySet<string> = new Set([...transportKeys, ...sessionKeys, ...initKeys]);

/** What a name promises, in any spelling, and what it is called where there is such an option. */
const promises: ReadonlyArray<readonly [name: RegExp, options: readonly string[]]> = [
	[/prox(y|ies)|^(https?)?agent$|^dispatcher$/i, ['proxy', 'proxyUrl']],
	[/browser|impersonat|emulat|profile|fingerprint|clientidentifier|^ja[34]/i, ['browser']],
	[
		/insecure|unauthorized|^verify|strictssl|(ignore|skip|disable).*(tls|ssl|https|cert)/i,
		['insecure', 'ignoreTlsErrors'],
	],
	[/tls|ssl|cipher|cert|trust|passphrase|localaddress|localport/i, []],
];

/**
 * Refuses an option that a neighbour's entry does not have and whose name promises something (a proxy, TLS, a browser, an
 * option of ours, another client's or a misspelt one): left out, the request would silently be another. Throws
 * `ERR_INVALID_OPTION`. Any other unknown name is left out, as by the neighbour.
 * @param elsewhere Options that belong to what the call is made on, and how they are written there.
 */
export function refusePromising(
	given: object | null | undefined,
	known: ReadonlySet<string>,
	where: string,
	elsewhere?: { readonly keys: ReadonlySet<string>; readonly written: (option: string) => string },
): void {
	for (const [name, value] of Object.entries(given ?? {})) {
		if (known.has(name) || ofTheStandard.has(name) || value === undefined || value === null) continue;
		const hint = hintFor(name, known, elsewhere);
		if (hint !== undefined)
			throw new InvalidArgumentError(`Unknown option "${name}" in ${where}.${hint}`, 'ERR_INVALID_OPTION');
	}
}

/** What to do instead, beginning with a space; `undefined`: the name promises nothing. */
function hintFor(
	name: string,
	known: ReadonlySet<string>,
	elsewhere: Parameters<typeof refusePromising>[3],
): string | undefined {
	const option = meant(name, known);
	if (option !== undefined) return ` Did you mean "${option}"?`;
	const other = elsewhere && (elsewhere.keys.has(name) ? name : meant(name, elsewhere.keys));
	if (elsewhere && other !== undefined) return ` It belongs to ${elsewhere.written(other)}.`;
	if (own.has(name)) return ` The createSession() of wiretwin has "${name}".`;
	const written = fromOtherClient(name, own);
	if (written !== undefined) return ` There is no such option here; wiretwin itself has ${written}.`;
	return promises.some(([promise]) => promise.test(name)) ? ' There is no such option here.' : undefined;
}

function meant(name: string, known: ReadonlySet<string>): string | undefined {
	for (const [promise, options] of promises) {
		const found = promise.test(name) && options.find((option) => known.has(option));
		if (found) return found;
	}
	return nearest(name, known);
}
