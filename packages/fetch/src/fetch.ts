import { InvalidArgumentError } from './errors/classes.ts';
import { initKeys } from './options/fetch-init.ts';
import { refuseUnknown } from './options/near-match.ts';
import { sessionKeys } from './options/session-options.ts';
import { transportKeys } from './options/transport-options.ts';
import type { WiretwinResponse } from './response/wiretwin-response.ts';
import { createSession, Session } from './session.ts';
import type { FetchInit, OneShotInit, SessionOptions } from './types/options.ts';

const perCall: ReadonlySet<string> = new Set(initKeys.filter((key) => key !== 'transport' && key !== 'proxy'));
/** Options that nothing of one call could use. */
const ofLongerLife: ReadonlySet<string> = new Set(['state', 'stateKey', 'har']);
const perSession: ReadonlySet<string> = new Set(
	[...transportKeys, ...sessionKeys].filter((key) => !ofLongerLife.has(key)),
);
const known: ReadonlySet<string> = new Set([...perCall, ...perSession]);

/**
 * Sends one request that shares nothing with any other: its cookies, connection and TLS tickets are gone afterwards.
 * Redirects of the call itself see each other's cookies. Use `createSession` for anything with a second request.
 */
export function fetch(input: string | URL | Request, init?: OneShotInit): Promise<WiretwinResponse>;
/** The same as `session.fetch(input, init)`. */
export function fetch(input: string | URL | Request, init: FetchInit & { session: Session }): Promise<WiretwinResponse>;
export async function fetch(
	input: string | URL | Request,
	init: OneShotInit | (FetchInit & { session: Session }) = {},
): Promise<WiretwinResponse> {
	if (typeof init !== 'object' || init === null)
		throw new InvalidArgumentError('The second argument of fetch must be an object.');
	if (init.session !== undefined) {
		const { session, ...rest } = init;
		if (session instanceof Session) return session.fetch(input, rest);
		throw new InvalidArgumentError('Option "session" must be made by createSession().', 'ERR_INVALID_OPTION');
	}
	refuseUnknown(init, known, 'the options of fetch');
	const session = createSession(pick(init, perSession, perCall) as SessionOptions);
	let response: WiretwinResponse | undefined;
	try {
		response = await session.fetch(input, pick(init, perCall, undefined) as FetchInit);
		return response;
	} finally {
		// The connection closes with the body: at once when the call failed, else when the body has been read or dropped.
		if (response === undefined) await session.close();
		else session.closeWhenIdle();
	}
}

function pick(init: object, keys: ReadonlySet<string>, except: ReadonlySet<string> | undefined): object {
	return Object.fromEntries(
		Object.entries(init).filter(([key]) => {
			if (key === 'defaultHeaders') return except !== undefined; // of the session here: `false` and lists both work
			return keys.has(key) && !except?.has(key);
		}),
	);
}
