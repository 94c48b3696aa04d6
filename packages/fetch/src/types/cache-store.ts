/**
 * Where a session keeps answers that are to outlive it: bytes by key, what they mean is the session's business (`cache: { store }`).
 * `fileCache` of `wiretwin/file-cache` is one. A store may lose anything at any time. What a call rejects with, and what
 * has been damaged, counts as not kept; no request fails by it. A call that takes longer than 5 s is passed over.
 */
export type CacheStore = {
	/** Room, bytes. What is longer than an eighth of it, or than 32 MiB, is not given to the store. */
	readonly maxBytes: number;
	/** What is kept under a key, as it was given. */
	get(key: string): Promise<Uint8Array | undefined>;
	/** Keeps bytes in the place of what was there. The store drops what was used longest ago where it has no room. */
	set(key: string, value: Uint8Array): Promise<void>;
	/** Removes one; what is not there is no error. */
	delete(key: string): Promise<void>;
	/** Removes what is of an origin, whose keys begin with it and a blank (`https://shop.example `); without one, everything. */
	clear(origin?: string): Promise<void>;
};
