import type { Cookie, Store } from 'tough-cookie';

type Done<T> = (error: Error | null, result?: T) => void;

/**
 * Calls a tough-cookie store through its callback form. A synchronous store answers inside the call, so no promise is
 * made and a jar in memory costs no turn of the event loop; any other store gives a promise.
 */
function call<T>(start: (done: Done<T>) => void): T | Promise<T> {
	let settled = false;
	let failure: Error | null = null;
	let result: T | undefined;
	let resolveLater: ((value: T) => void) | undefined;
	let rejectLater: ((error: Error) => void) | undefined;
	start((error, value) => {
		if (settled) return;
		settled = true;
		failure = error;
		result = value;
		if (error) rejectLater?.(error);
		else resolveLater?.(value as T);
	});
	if (settled) {
		if (failure) throw failure;
		return result as T;
	}
	return new Promise<T>((resolve, reject) => {
		resolveLater = resolve;
		rejectLater = reject;
	});
}

/** All cookies whose domain matches `host`, whatever their path. */
export function findForHost(store: Store, host: string): Cookie[] | Promise<Cookie[]> {
	return call<Cookie[]>((done) =>
		store.findCookies(host, null, true, done as (error: Error | null, cookies?: Cookie[]) => void),
	);
}

/** The cookie in one slot. */
export function findSlot(
	store: Store,
	domain: string,
	path: string,
	name: string,
): Cookie | undefined | Promise<Cookie | undefined> {
	return call<Cookie | undefined>((done) => store.findCookie(domain, path, name, done as never));
}

/** Stores a new cookie. */
export function put(store: Store, cookie: Cookie): void | Promise<void> {
	return call<void>((done) => store.putCookie(cookie, done));
}

/** Replaces a cookie of the same slot. */
export function update(store: Store, previous: Cookie, next: Cookie): void | Promise<void> {
	return call<void>((done) => store.updateCookie(previous, next, done));
}

/** Removes one slot. */
export function remove(store: Store, cookie: Cookie): void | Promise<void> {
	return call<void>((done) => store.removeCookie(cookie.domain, cookie.path, cookie.key, done));
}

/** Every cookie, in order of creation. */
export function all(store: Store): Cookie[] | Promise<Cookie[]> {
	return call<Cookie[]>((done) => store.getAllCookies(done as never));
}

/** Empties the store. */
export function removeAll(store: Store): void | Promise<void> {
	return call<void>((done) => store.removeAllCookies(done));
}
