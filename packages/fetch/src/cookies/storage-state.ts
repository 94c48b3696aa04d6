import { InvalidArgumentError } from '../errors/classes.ts';
import type { CookieInput, CookieRecord } from '../types/cookies.ts';

/** Cookies as Playwright's `storageState` has them; `expires` in seconds, -1 = until the session ends. */
export type StorageState = {
	cookies: ReadonlyArray<{
		name: string;
		value: string;
		domain: string;
		path: string;
		expires: number;
		httpOnly: boolean;
		secure: boolean;
		sameSite: 'Strict' | 'Lax' | 'None';
		partitionKey?: string;
	}>;
	/** Local storage, which an HTTP client has not. */
	origins: readonly unknown[];
};

/**
 * Cookies of a browser that Playwright drove (`await context.storageState()`, or the file it wrote), for `session.setCookies`.
 * @throws ERR_INVALID_ARG for what has no list of cookies
 */
export function parseStorageState(state: string | { readonly cookies: readonly unknown[] }): CookieInput[] {
	let parsed: unknown = state;
	if (typeof state === 'string') {
		try {
			parsed = JSON.parse(state);
		} catch {
			throw new InvalidArgumentError('The storage state is not JSON.');
		}
	}
	const { cookies } = (parsed ?? {}) as { cookies?: unknown };
	if (!Array.isArray(cookies)) throw new InvalidArgumentError('The storage state has no list of cookies.');
	return cookies.map(fromStored);
}

/** The same shape from `session.getAllCookies()`, for Playwright's `newContext({ storageState })`. */
export function formatStorageState(cookies: Iterable<CookieRecord>): StorageState {
	return { cookies: Array.from(cookies, toStored), origins: [] };
}

function fromStored(stored: unknown): CookieInput {
	if (typeof stored !== 'object' || stored === null)
		throw new InvalidArgumentError('A cookie of the storage state is no object.');
	const { name, value, domain, path, expires, httpOnly, secure, sameSite, partitionKey } = stored as Partial<
		StorageState['cookies'][number]
	>;
	return {
		name: name as string,
		value: value as string,
		domain,
		path,
		httpOnly,
		secure,
		// Firefox under Playwright says None for what was not stated; without Secure no browser has it.
		sameSite: sameSite === 'None' && secure !== true ? undefined : sameSite,
		...(typeof expires === 'number' && expires >= 0 ? { expiresAtMs: expires * 1000 } : {}),
		...(typeof partitionKey === 'string' ? { partitionKey } : {}),
	};
}

function toStored(record: CookieRecord): StorageState['cookies'][number] {
	const { name, value, path, httpOnly, secure, partitionKey } = record;
	return {
		name,
		value,
		domain: `${record.hostOnly === false ? '.' : ''}${record.domain}`,
		path,
		expires: record.expiresAtMs === undefined ? -1 : record.expiresAtMs / 1000,
		httpOnly,
		secure,
		sameSite: record.sameSite ?? 'Lax',
		...(partitionKey === undefined ? {} : { partitionKey }),
	};
}
