import type { MemoryCookieStore, Store } from 'tough-cookie';

/** Counts the changes of one store. */
export type StoreVersion = { value: number };

/** Each way in which tough-cookie, of any release, changes a store. */
const changes = ['putCookie', 'updateCookie', 'removeCookie', 'removeCookies', 'removeAllCookies'] as const;

const versions = new WeakMap<Store, StoreVersion>();

/** tough-cookie's own store in memory, of whatever copy of the package; one that was derived from it may do anything. */
export function isMemoryStore(store: Store): store is MemoryCookieStore {
	return (
		Object.getPrototypeOf(store)?.constructor?.name === 'MemoryCookieStore' &&
		store.synchronous === true &&
		Object.hasOwn(store, 'idx')
	);
}

/** A store in memory without a cookie; any other store has to be asked. */
export function isEmpty(store: Store): boolean {
	if (!isMemoryStore(store)) return false;
	for (const _domain in store.idx) return false;
	return true;
}

/**
 * Starts to count the changes of a store, whoever makes them: the jar and store stay the caller's own objects, and the
 * counting methods are hidden properties of the store. `undefined`: nobody could be sure of a count.
 */
export function versionOf(store: Store): StoreVersion | undefined {
	const known = versions.get(store);
	if (known || !isMemoryStore(store) || !Object.isExtensible(store)) return known;
	const version: StoreVersion = { value: 0 };
	for (const name of changes) {
		const change = store[name] as (...args: unknown[]) => unknown;
		Object.defineProperty(store, name, {
			configurable: true,
			writable: true,
			value(this: unknown, ...args: unknown[]) {
				version.value += 1;
				return change.apply(this, args);
			},
		});
	}
	versions.set(store, version);
	return version;
}
