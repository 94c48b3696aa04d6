import type { NativeDictionary } from '@wiretwin/core-native';
import { maxWork } from './match-pattern.ts';
import { type DictionaryTerms, readTerms } from './use-as-dictionary.ts';

/** Dictionaries of one origin in one partition; the one that came longest ago goes first. */
const maxOfOrigin = 100;
/** Share of the cache's room that dictionaries may have beside it. */
const share = 2;

/** An answer that later answers may be coded with. */
export type Dictionary = DictionaryTerms & {
	readonly native: NativeDictionary;
	/** Value of `available-dictionary`. */
	readonly hash: string;
	/** Milliseconds since 1970. */
	readonly expires: number;
	/** Counts what has come. */
	readonly turn: number;
};

/** Where dictionaries are kept: by who asked, and by the origin that they are of. */
type Shelf = { readonly partition: string; readonly origin: string; readonly dictionaries: Map<string, Dictionary> };

/** Answers that are kept as dictionaries (`Use-As-Dictionary`, RFC 9842), as Chromium 156 keeps them. */
export class DictionaryMemory {
	/** The one that a dictionary was added to longest ago first. */
	readonly #shelves = new Map<string, Shelf>();
	readonly #maxBytes: number;
	readonly #now: () => number;
	#bytes = 0;
	#turn = 0;
	#forgotten = 0;

	/**
	 * @param cacheBytes room of the cache that it is beside
	 * @param now clock, milliseconds since 1970
	 */
	constructor(cacheBytes: number, now: () => number = Date.now) {
		this.#maxBytes = Math.floor(cacheBytes / share);
		this.#now = now;
	}

	/** How often all has been forgotten: what was asked for before is no dictionary afterwards. */
	get forgotten(): number {
		return this.#forgotten;
	}

	/** Origins that have dictionaries. */
	get size(): number {
		return this.#shelves.size;
	}

	/**
	 * The dictionary for a request: one that names its destination rather than one for all, then the one whose pattern is
	 * longest, then the latest.
	 */
	find(partition: string, url: URL, destination: string): Dictionary | undefined {
		const shelf = this.#shelves.get(keyOf(partition, url.origin));
		if (shelf === undefined) return undefined;
		const now = this.#now();
		const work = { left: maxWork };
		let best: Dictionary | undefined;
		for (const each of shelf.dictionaries.values()) {
			const { destinations, expires, matches } = each;
			if (expires <= now || (destinations.length > 0 && !destinations.includes(destination))) continue;
			if ((best === undefined || isBetter(each, best)) && matches(url, work)) best = each;
		}
		return best;
	}

	/** Keeps an answer's whole body, if its fields ask for it. */
	learn(partition: string, url: URL, values: readonly string[], expires: number, body: Uint8Array): void {
		const terms = readTerms(values, url);
		if (terms === undefined || body.byteLength === 0 || body.byteLength > this.#maxBytes || expires <= this.#now())
			return;
		const { createHash } = process.getBuiltinModule('node:crypto');
		const sha256 = createHash('sha256').update(body).digest();
		const hash = `:${sha256.toString('base64')}:`;
		// Most are asked for again without having changed: what the transport has is used on.
		const before = this.#shelves.get(keyOf(partition, url.origin))?.dictionaries.get(nameOf(terms));
		const native = before?.hash === hash ? before.native : { bytes: body, sha256 };
		this.#put(partition, url.origin, { ...terms, native, hash, expires, turn: ++this.#turn });
	}

	/** The same answer came out of the cache, or was asked for again and still good. */
	renew(partition: string, url: URL, values: readonly string[], expires: number): void {
		const shelf = this.#shelves.get(keyOf(partition, url.origin));
		const terms = shelf && readTerms(values, url);
		const before = terms && shelf.dictionaries.get(nameOf(terms));
		if (before) this.#put(partition, url.origin, { ...before, expires, turn: ++this.#turn });
	}

	/** Removes what is of an origin, and what its documents have asked for (Clear-Site-Data). */
	clearOrigin(origin: string): void {
		for (const [key, shelf] of this.#shelves)
			if (shelf.origin === origin || shelf.partition.startsWith(`${origin} `)) this.#drop(key, shelf);
	}

	clear(): void {
		this.#forgotten++;
		this.#shelves.clear();
		this.#bytes = 0;
	}

	#put(partition: string, origin: string, dictionary: Dictionary): void {
		const key = keyOf(partition, origin);
		const { dictionaries } = this.#shelves.get(key) ?? { dictionaries: new Map<string, Dictionary>() };
		this.#take(dictionaries, nameOf(dictionary));
		dictionaries.set(nameOf(dictionary), dictionary);
		this.#bytes += sizeOf(dictionary);
		const oldest = dictionaries.keys().next().value;
		if (dictionaries.size > maxOfOrigin && oldest !== undefined) this.#take(dictionaries, oldest);
		this.#shelves.delete(key);
		this.#shelves.set(key, { partition, origin, dictionaries });
		this.#makeRoom();
	}

	#makeRoom(): void {
		for (const [key, shelf] of this.#shelves) {
			for (const name of shelf.dictionaries.keys()) {
				if (this.#bytes <= this.#maxBytes) return;
				this.#take(shelf.dictionaries, name);
			}
			this.#shelves.delete(key);
		}
	}

	#drop(key: string, { dictionaries }: Shelf): void {
		for (const name of dictionaries.keys()) this.#take(dictionaries, name);
		this.#shelves.delete(key);
	}

	#take(dictionaries: Map<string, Dictionary>, name: string): void {
		const found = dictionaries.get(name);
		if (found && dictionaries.delete(name)) this.#bytes -= sizeOf(found);
	}
}

const keyOf = (partition: string, origin: string): string => `${partition} ${origin}`;

/** Of two with the same pattern and destinations the later takes the place of the earlier. */
const nameOf = ({ match, destinations }: DictionaryTerms): string => JSON.stringify([match, destinations]);

/** Bytes of the body, and what the rest of a dictionary costs. */
const sizeOf = ({ native, match, id }: Dictionary): number => native.bytes.byteLength + match.length + id.length + 512;

function isBetter(one: Dictionary, other: Dictionary): boolean {
	const [isFor, isOtherFor] = [one.destinations.length > 0, other.destinations.length > 0];
	if (isFor !== isOtherFor) return isFor;
	if (one.match.length !== other.match.length) return one.match.length > other.match.length;
	return one.turn > other.turn;
}
