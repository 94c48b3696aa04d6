import { Cookie } from 'tough-cookie';
import type { BrowserCookies } from '../cookies/browser-cookies.ts';
import { answerOf, run, type Steps } from '../cookies/steps.ts';
import { InvalidArgumentError } from '../errors/classes.ts';
import type { ClientHintMemory } from '../exchange/client-hints.ts';
import type { Transport } from '../transport.ts';
import type { ExportedCookie, SessionState } from '../types/state.ts';
import { type StateKeys, sealTickets } from './sealed-tickets.ts';

/** More cookies than a browser keeps are not taken from a state. */
const maxCookies = 10_000;

/** Everything that another process needs to go on; tickets only if there is a key to seal them with. */
export async function exportState(
	transport: Transport,
	cookies: BrowserCookies,
	hints: ClientHintMemory,
	keys: StateKeys,
): Promise<SessionState> {
	const listed = await cookies.list();
	return {
		version: 1,
		browser: transport.profile.name,
		os: transport.profile.os,
		cookies: listed.map(({ cookie, partitionKey }) => ({
			...cookie.toJSON(),
			...(partitionKey === undefined ? {} : { partitionKey }),
		})),
		tickets: keys.length === 0 ? '' : sealTickets(transport.exportTickets(), keys),
		clientHints: hints.export(),
	};
}

/** Checks a state that comes from outside: JSON text, its bytes or the parsed object. */
export function readState(input: unknown): SessionState {
	let value: unknown = input;
	if (typeof input === 'string' || input instanceof Uint8Array) {
		try {
			value = JSON.parse(typeof input === 'string' ? input : Buffer.from(input).toString('utf8'));
		} catch {
			throw invalid('is not JSON');
		}
	}
	const state = value as Partial<SessionState> | null;
	if (typeof state !== 'object' || state === null) throw invalid('is not an object');
	if (state.version !== 1) throw invalid('has a version that this release does not know');
	if (typeof state.browser !== 'string' || typeof state.os !== 'string') throw invalid('names no browser and os');
	if (!Array.isArray(state.cookies) || state.cookies.length > maxCookies) throw invalid('has no valid list of cookies');
	if (typeof state.tickets !== 'string') throw invalid('has no tickets');
	if (typeof state.clientHints !== 'object' || state.clientHints === null) throw invalid('has no client hints');
	return state as SessionState;
}

/** Fills a new session from a checked state, the tickets apart; a promise for an asynchronous store only. */
export function importState(
	state: SessionState,
	cookies: BrowserCookies,
	hints: ClientHintMemory,
): void | Promise<void> {
	for (const [origin, names] of Object.entries(state.clientHints)) {
		if (Array.isArray(names))
			hints.restore(
				origin,
				names.filter((name) => typeof name === 'string'),
			);
	}
	return run(restoreCookies(state.cookies, cookies));
}

function* restoreCookies(exported: readonly ExportedCookie[], cookies: BrowserCookies): Steps<void> {
	for (const each of exported) {
		const cookie = restoreCookie(each);
		const { partitionKey } = each;
		if (!cookie) continue;
		yield* answerOf(cookies.restore(cookie, typeof partitionKey === 'string' ? partitionKey : undefined));
	}
}

function restoreCookie(exported: ExportedCookie): Cookie | undefined {
	const cookie = Cookie.fromJSON(exported);
	// A state is trusted with its content but not with its shape: control characters would end up on the wire.
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
	if (!cookie?.domain || /[\x00-\x1f\x7f;]/.test(cookie.key + cookie.value)) return undefined;
	return cookie;
}

function invalid(what: string): InvalidArgumentError {
	return new InvalidArgumentError(`Option "state" ${what}.`, 'ERR_INVALID_OPTION');
}
