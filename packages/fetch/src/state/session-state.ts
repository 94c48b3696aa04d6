import type { BrowserCookies } from '../cookies/browser-cookies.ts';
import { run, type Steps } from '../cookies/steps.ts';
import { InvalidArgumentError } from '../errors/classes.ts';
import { readExportedAltSvc } from '../memory/alt-svc.ts';
import { readExportedHsts } from '../memory/hsts.ts';
import type { SessionMemory } from '../memory/session-memory.ts';
import type { Transport } from '../transport.ts';
import type { ExportedAltSvc, ExportedHsts } from '../types/memory.ts';
import type { SessionState } from '../types/state.ts';
import { type RestoredCookie, readExportedCookie } from './exported-cookie.ts';
import { type StateKeys, sealTickets } from './sealed-tickets.ts';

/** More cookies than a browser keeps are not taken from a state. */
const maxCookies = 10_000;
/** A session remembers the hints of 1000 origins. */
const maxHintOrigins = 1000;
/** Longest text of a state, in characters: the largest tickets that can be sealed, and as much again. */
const maxStateText = 128 * 1024 * 1024;

/** A state from outside, checked as far as it can be without the session. */
export type CheckedState = Omit<SessionState, 'cookies' | 'clientHints' | 'hsts' | 'altSvc'> & {
	cookies: readonly RestoredCookie[];
	clientHints: ReadonlyArray<readonly [origin: string, names: readonly string[]]>;
	hsts: readonly ExportedHsts[];
	altSvc: readonly ExportedAltSvc[];
};

/** Everything that another process needs to go on; tickets only if there is a key to seal them with. */
export async function exportState(
	transport: Transport,
	cookies: BrowserCookies,
	memory: SessionMemory,
	keys: StateKeys,
): Promise<SessionState> {
	const listed = await cookies.list();
	const now = Date.now();
	return {
		version: 1,
		browser: transport.profile.name,
		os: transport.profile.os,
		...variantOf(transport.profile),
		// A caller can put cookies into the jar that no server could set; they would be refused when the state is read.
		cookies: listed
			.map(({ cookie, partitionKey }) => ({
				...cookie.toJSON(),
				// tough-cookie leaves empty ones out.
				key: cookie.key,
				value: cookie.value,
				...(partitionKey === undefined ? {} : { partitionKey }),
			}))
			.filter((each) => typeof readExportedCookie(each, now) !== 'string'),
		tickets: keys.length === 0 ? '' : sealTickets(transport.exportTickets(), keys),
		clientHints: memory.hints.export(),
		hsts: memory.hsts.export(),
		altSvc: memory.altSvc.export(),
	};
}

/** What of a browser its name and system do not say. */
function variantOf({ fullVersion, brand }: { fullVersion: string | undefined; brand: string | undefined }) {
	return { ...(fullVersion === undefined ? {} : { fullVersion }), ...(brand === undefined ? {} : { brand }) };
}

/** Checks a state that comes from outside: JSON text, its bytes, or the parsed object. Throws `ERR_INVALID_OPTION`. */
export function readState(input: unknown): CheckedState {
	const state = parsed(input) as Partial<SessionState> | null;
	if (typeof state !== 'object' || state === null) throw invalid('is not an object');
	if (state.version !== 1) throw invalid('has a version that this release does not know');
	const { version, browser, os, fullVersion, brand, tickets } = state;
	if (typeof browser !== 'string' || typeof os !== 'string') throw invalid('names no browser and os');
	for (const text of [fullVersion, brand]) {
		if (text !== undefined && typeof text !== 'string') throw invalid('has a brand or full version that is no text');
	}
	if (typeof tickets !== 'string') throw invalid('has no tickets');
	return {
		version,
		browser,
		os,
		...variantOf({ fullVersion, brand }),
		tickets,
		cookies: readCookies(state.cookies),
		clientHints: readHints(state.clientHints),
		hsts: listed('hsts', readExportedHsts(state.hsts ?? [])),
		altSvc: listed('altSvc', readExportedAltSvc(state.altSvc ?? [])),
	};
}

function parsed(input: unknown): unknown {
	const text = input instanceof Uint8Array ? Buffer.from(input).toString('utf8') : input;
	if (typeof text !== 'string') return input;
	if (text.length > maxStateText) throw invalid('is too long');
	try {
		return JSON.parse(text);
	} catch {
		throw invalid('is not JSON');
	}
}

function readCookies(input: unknown): RestoredCookie[] {
	if (!Array.isArray(input) || input.length > maxCookies) throw invalid('has no valid list of cookies');
	const now = Date.now();
	const cookies: RestoredCookie[] = [];
	for (let index = 0; index < input.length; index++) {
		const read = readExportedCookie(input[index], now);
		if (typeof read === 'string') throw invalid(`has a cookie (cookies[${index}]) that ${read}`);
		if (!read.expired) cookies.push(read);
	}
	return cookies;
}

function readHints(input: unknown): Array<readonly [string, readonly string[]]> {
	if (typeof input !== 'object' || input === null) throw invalid('has no client hints');
	const entries = Object.entries(input);
	if (entries.length > maxHintOrigins) throw invalid('has client hints of too many origins');
	return entries.map(([origin, names]) => {
		if (!URL.canParse(origin) || new URL(origin).origin !== origin) throw invalid('has client hints of no origin');
		if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
			throw invalid('has client hints that are no list of names');
		return [origin, names as string[]] as const;
	});
}

/** Fills a new session from a checked state, the tickets apart; a promise for an asynchronous store only. */
export function importState(state: CheckedState, cookies: BrowserCookies, memory: SessionMemory): void | Promise<void> {
	for (const [origin, names] of state.clientHints) memory.hints.restore(origin, names);
	memory.restore(state);
	return run(restoreCookies(state.cookies, cookies));
}

function* restoreCookies(restored: readonly RestoredCookie[], cookies: BrowserCookies): Steps<void> {
	for (const { cookie, partitionKey } of restored) yield* cookies.restore(cookie, partitionKey);
}

/** A text says what is wrong with a part. */
function listed<T>(name: string, read: T[] | string): T[] {
	if (typeof read === 'string') throw invalid(`has a part "${name}" that ${read}`);
	return read;
}

function invalid(what: string): InvalidArgumentError {
	return new InvalidArgumentError(`Option "state" ${what}.`, 'ERR_INVALID_OPTION');
}
