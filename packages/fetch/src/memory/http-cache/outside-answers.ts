import type { CacheStore } from '../../types/cache-store.ts';
import { decodeAnswer, encodeAnswer } from './answer-codec.ts';
import { type AnswerStore, largestShare } from './answer-store.ts';
import { type StoredAnswer, sizeOf } from './stored-answer.ts';

/** Checking and copying a body takes its time at once, some 30 ms for this much. */
const largestBody = 32 * 1024 * 1024;
/** A store that does not answer for so long is passed over: the network is faster. */
const patienceMs = 5000;
/** What waits for the store takes memory. Beyond this an answer is not kept. */
const maxWaitingBytes = 32 * 1024 * 1024;
/** A store that falls further behind is emptied rather than left with what is no longer true. */
const maxWaiting = 1024;

/** What is to be done in the store: an answer to keep, or something to remove. */
type Change = { readonly answer?: StoredAnswer; readonly bytes: number; apply(): Promise<void> };

const everything = 'clear';

/** Answers in a store of the caller's. Changes are made one after the other; what waits is known already. */
export class OutsideAnswers implements AnswerStore {
	readonly largest: number;
	readonly #store: CacheStore;
	readonly #onError: ((error: unknown) => void) | undefined;
	/** By what they change: `key ...`, `origin ...` or everything. The first is being made. */
	readonly #waiting = new Map<string, Change>();
	#bytes = 0;
	#working: Promise<void> | undefined;

	/** @param onError told of each call that fails or takes too long */
	constructor(store: CacheStore, onError?: (error: unknown) => void) {
		this.#store = store;
		this.#onError = onError;
		this.largest = Math.min(Math.floor(store.maxBytes / largestShare), largestBody);
	}

	async find(key: string): Promise<StoredAnswer | undefined> {
		const change = this.#waiting.get(`key ${key}`);
		if (change) return change.answer;
		if (this.#waiting.has(everything) || this.#waiting.has(`origin ${originOf(key)}`)) return undefined;
		const bytes = await this.#attempt(() => this.#store.get(key));
		if (bytes === undefined) return undefined;
		const answer = decodeAnswer(key, bytes);
		if (answer === undefined) this.remove(key);
		return answer;
	}

	keep(key: string, answer: StoredAnswer): void {
		const bytes = sizeOf(key, answer);
		if (answer.body.byteLength > this.largest || this.#bytes + bytes > maxWaitingBytes) {
			this.remove(key);
			return;
		}
		this.#change(`key ${key}`, { answer, bytes, apply: () => this.#store.set(key, encodeAnswer(key, answer)) });
	}

	remove(key: string): void {
		this.#change(`key ${key}`, { bytes: 0, apply: () => this.#store.delete(key) });
	}

	clearOrigin(origin: string): void {
		for (const [name, change] of this.#waiting) if (name.startsWith(`key ${origin} `)) this.#drop(name, change);
		this.#change(`origin ${origin}`, { bytes: 0, apply: () => this.#store.clear(origin) });
	}

	clear(): void {
		for (const [name, change] of this.#waiting) this.#drop(name, change);
		this.#change(everything, { bytes: 0, apply: () => this.#store.clear() });
	}

	flush(): Promise<void> | undefined {
		const working = this.#working;
		return working && settledWithin(working, patienceMs).catch((error: unknown) => this.#tell(error));
	}

	#change(name: string, change: Change): void {
		const before = this.#waiting.get(name);
		if (before) this.#drop(name, before);
		if (this.#waiting.size >= maxWaiting) {
			this.clear();
			return;
		}
		this.#waiting.set(name, change);
		this.#bytes += change.bytes;
		this.#working ??= this.#work();
	}

	#drop(name: string, change: Change): void {
		this.#waiting.delete(name);
		this.#bytes -= change.bytes;
	}

	async #work(): Promise<void> {
		// Not before the call that asked for it has returned: its answer is on its way to the reader.
		await undefined;
		for (const [name, change] of this.#waiting) {
			await this.#attempt(change.apply);
			if (this.#waiting.get(name) === change) this.#drop(name, change);
		}
		this.#working = undefined;
	}

	async #attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
		try {
			return await settledWithin(call(), patienceMs);
		} catch (error) {
			this.#tell(error);
			return undefined;
		}
	}

	/** As with a session's other listeners: what one throws surfaces as uncaught, and touches no request. */
	#tell(error: unknown): void {
		try {
			this.#onError?.(error);
		} catch (thrown) {
			process.nextTick(() => {
				throw thrown;
			});
		}
	}
}

const originOf = (key: string): string => key.slice(0, key.indexOf(' '));

async function settledWithin<T>(promise: Promise<T>, ms: number): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`the store of the cache did not answer for ${ms} ms`)), ms);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}
