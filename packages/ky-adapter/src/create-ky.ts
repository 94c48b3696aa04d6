import defaultKy, { type KyInstance } from 'ky';
import type { PageClient, Session } from 'wiretwin';
import { type WiretwinFetchOptions, type WiretwinRequestOptions, wiretwinFetch } from './wiretwin-fetch.ts';

/** What is used of ky, in versions 1 and 2. */
// biome-ignore lint/suspicious/noExplicitAny: the options differ between versions of ky
export type KyLike = { extend(options: any): KyLike };

/** Options of one request in a `beforeRequest` hook of ky 1, by Request. */
const fromContext = new WeakMap<Request, WiretwinRequestOptions>();

/**
 * The installed ky over a session, or over a page (`session.open`) that asks. A request's `context: { wiretwin: { transport,
 * kind, ... } }` is heeded, so that callers and hooks can switch the browser or proxy with options that ky's types know.
 * @example const api = createKy(session).extend({ prefix: 'https://example.test/api' });
 */
export function createKy(session: Session | PageClient, options?: WiretwinFetchOptions): KyInstance;
/** The same for an instance of ky 1 or 2 of your own, which is extended. */
export function createKy<Instance extends KyLike>(
	session: Session | PageClient,
	ky: Instance,
	options?: WiretwinFetchOptions,
): ReturnType<Instance['extend']>;
export function createKy(
	session: Session | PageClient,
	kyOrOptions: KyLike | WiretwinFetchOptions = {},
	options: WiretwinFetchOptions = {},
): KyLike {
	const given = typeof kyOrOptions === 'function' ? (kyOrOptions as KyLike) : undefined;
	const fetch = wiretwinFetch(session, given ? options : (kyOrOptions as WiretwinFetchOptions));
	return (given ?? defaultKy).extend({
		fetch: (input: Request, init?: object) => {
			const context = fromContext.get(input);
			return fetch(input, context === undefined ? init : { wiretwin: context, ...init });
		},
		hooks: { init: [readContext], beforeRequest: [rememberContext] },
	});
}

type KyOptions = { context?: { wiretwin?: WiretwinRequestOptions }; wiretwin?: WiretwinRequestOptions };

/** ky 2: what is found here goes to `fetch` with every attempt. */
function readContext(options: KyOptions): void {
	const { context } = options;
	if (context?.wiretwin !== undefined) options.wiretwin ??= context.wiretwin;
}

/** ky 1 has no `init` hook, but calls this one, with two arguments, before every attempt. */
function rememberContext(request: Request | object, options?: KyOptions): void {
	const given = options?.context?.wiretwin;
	if (given !== undefined) fromContext.set(request as Request, given);
}
