import { type StoredAnswer, sizeOf } from './stored-answer.ts';

/** An answer may take an eighth of the room, as in Chromium's memory cache. */
export const largestShare = 8;

/** Where answers are kept, by key: the origin, a blank, whose they are, a blank, the URL. Never fails: what cannot be kept is not. */
export interface AnswerStore {
	/** Largest body that is kept. */
	readonly largest: number;
	/** An answer, which counts as used; a promise where the store is asynchronous. */
	find(key: string): StoredAnswer | undefined | Promise<StoredAnswer | undefined>;
	keep(key: string, answer: StoredAnswer): void;
	remove(key: string): void;
	clearOrigin(origin: string): void;
	clear(): void;
	/** Settles when what was kept and removed so far is where it belongs; `undefined`: it is. */
	flush(): Promise<void> | undefined;
}

/** Answers in memory. */
export class MemoryAnswers implements AnswerStore {
	readonly largest: number;
	/** The one used longest ago first. */
	readonly #answers = new Map<string, StoredAnswer>();
	readonly #maxBytes: number;
	#bytes = 0;

	constructor(maxBytes: number) {
		this.#maxBytes = maxBytes;
		this.largest = Math.floor(maxBytes / largestShare);
	}

	find(key: string): StoredAnswer | undefined {
		const answer = this.#answers.get(key);
		if (answer === undefined) return undefined;
		this.#answers.delete(key);
		this.#answers.set(key, answer);
		return answer;
	}

	keep(key: string, answer: StoredAnswer): void {
		this.remove(key);
		const size = sizeOf(key, answer);
		if (answer.body.byteLength > this.largest || size > this.#maxBytes) return;
		this.#answers.set(key, answer);
		this.#bytes += size;
		for (const oldest of this.#answers.keys()) {
			if (this.#bytes <= this.#maxBytes) return;
			this.remove(oldest);
		}
	}

	remove(key: string): void {
		const answer = this.#answers.get(key);
		if (answer === undefined) return;
		this.#answers.delete(key);
		this.#bytes -= sizeOf(key, answer);
	}

	clearOrigin(origin: string): void {
		for (const key of [...this.#answers.keys()]) if (key.startsWith(`${origin} `)) this.remove(key);
	}

	clear(): void {
		this.#answers.clear();
		this.#bytes = 0;
	}

	flush(): undefined {
		return undefined;
	}
}
