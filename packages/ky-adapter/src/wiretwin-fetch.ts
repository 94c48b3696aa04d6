import type { FetchInit, PageClient, Session, Transport, WiretwinResponse } from 'wiretwin';
import { toFetchError } from './errors.ts';
import { readRequest } from './request.ts';

/** How every request through one `wiretwinFetch` is sent. */
export type WiretwinFetchOptions = {
	/** Other browsers or proxies, for `transport: '<name>'` in a request. They stay the caller's to close. */
	transports?: Readonly<Record<string, Transport>> | undefined;
	/**
	 * What requests are for. @default what `session.fetch` would choose, but `fetch` for requests that accept JSON:
	 * nobody navigates to them
	 */
	kind?: FetchInit['kind'] | undefined;
};

/** What one request may ask for beyond the Fetch standard: `ky(url, { transport: 'firefox', kind: 'image' })`. */
export type WiretwinRequestOptions = Omit<
	FetchInit,
	'method' | 'headers' | 'body' | 'signal' | 'timeout' | 'transport' | 'duplex' | 'keepalive' | 'window'
> & {
	/** Connections to use, themselves or their name in `transports`. The session's cookies go along all the same. */
	transport?: Transport | string | undefined;
};

/** A `fetch` as ky and others take it: a `Request`, or a URL with an init. Unknown init keys are refused. */
export type WiretwinFetch = (
	input: string | URL | Request,
	init?: RequestInit & WiretwinRequestOptions & { wiretwin?: WiretwinRequestOptions },
) => Promise<WiretwinResponse>;

/**
 * A `fetch` over a session, or over a page (`session.open`) that asks: its cookies, redirects by the browser's rules, a real `Response`. Failures of the network are
 * `TypeError('fetch failed')` with the error of wiretwin as `cause`, which is what ky retries; wrong arguments and the
 * signal's reason come as they are. Throws `TypeError` with code `ERR_INVALID_ARG` if `session` is none or an option unknown.
 * @example const api = ky.create({ fetch: wiretwinFetch(session) });
 */
export function wiretwinFetch(session: Session | PageClient, options: WiretwinFetchOptions = {}): WiretwinFetch {
	checkArguments(session, options);
	return async (input, given = {}) => {
		const init = requestInit(given, options);
		try {
			const call = await readRequest(input, init, options.kind);
			return await session.fetch(call.input, call.init);
		} catch (error) {
			throw toFetchError(error, input);
		}
	};
}

const optionNames: ReadonlySet<string> = new Set(['kind', 'transports']);

function checkArguments(session: unknown, options: unknown): void {
	if (typeof (session as Partial<Session> | undefined)?.fetch !== 'function') {
		throw invalid('A fetch for ky needs a session: createSession({ ... }).');
	}
	if (typeof options !== 'object' || options === null) throw invalid('The options of wiretwinFetch are an object.');
	for (const name of Object.keys(options)) {
		if (optionNames.has(name) || (options as Record<string, unknown>)[name] === undefined) continue;
		throw invalid(
			`Option "${name}" is not one of wiretwinFetch; ky's own belong to ky, those of connections to the session.`,
		);
	}
}

function invalid(message: string): TypeError {
	return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG' });
}

/** What ky forwards, flat or under `wiretwin`, as an init of `session.fetch`. Throws `TypeError` for an unknown name. */
function requestInit(given: object, { transports }: WiretwinFetchOptions): FetchInit {
	const { wiretwin, ...flat } = given as { wiretwin?: object };
	const init: Record<string, unknown> = wiretwin === undefined ? flat : { ...flat, ...wiretwin };
	const { transport } = init;
	if (typeof transport === 'string') {
		if (!transports || !Object.hasOwn(transports, transport)) {
			const known = Object.keys(transports ?? {}).join(', ') || 'none';
			throw new TypeError(`There is no transport named ${JSON.stringify(transport)}; given are: ${known}.`);
		}
		init.transport = transports[transport];
	}
	return init as FetchInit;
}
