import type { StoredAnswer } from './stored-answer.ts';

/** Milliseconds for which a request waits for another: then it goes to the server as if there were none (both browsers). */
export const longestWaitMs = 20_000;
/** Requests that are waited for; those whose bodies nobody reads would stay, so the oldest is let go. */
const maxTurns = 1000;

/** A body that can be read on for others than its reader. */
export type Hurried = { drain(): void };

/** Requests that are under way for what may be kept, by key: who wants the same meanwhile waits. */
export class Turns {
	readonly #turns = new Map<string, Turn>();

	of(key: string): Turn | undefined {
		return this.#turns.get(key);
	}

	/** Takes the place of who has it. */
	take(key: string): Turn {
		const turn: Turn = new Turn(() => {
			if (this.#turns.get(key) === turn) this.#turns.delete(key);
		});
		this.#turns.set(key, turn);
		if (this.#turns.size > maxTurns) this.#oldest()?.over();
		return turn;
	}

	#oldest(): Turn | undefined {
		for (const turn of this.#turns.values()) return turn;
		return undefined;
	}
}

/** One of them. */
export class Turn {
	readonly #leave: () => void;
	#waiting = new Set<() => void>();
	#body: WeakRef<Hurried> | undefined;
	#coming: (() => StoredAnswer) | undefined;
	#isOver = false;

	constructor(leave: () => void) {
		this.#leave = leave;
	}

	get isOver(): boolean {
		return this.#isOver;
	}

	/** Its head has come, and its body is on the way. */
	get isReading(): boolean {
		return this.#body !== undefined;
	}

	/** What will be kept, without its body, once its head has come; `undefined` also if nothing will. */
	get coming(): StoredAnswer | undefined {
		return this.#coming?.();
	}

	/** @param body weakly: a response that is dropped must be collected */
	reads(body: Hurried, coming: (() => StoredAnswer) | undefined): void {
		this.#body = new WeakRef(body);
		this.#coming = coming;
		this.#tell();
	}

	/** Nobody has to wait any more: the answer is kept, or will not be. */
	over(): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#leave();
		this.#tell();
	}

	/** The same unless its body is on the way. */
	overWithoutBody(): void {
		if (!this.isReading) this.over();
	}

	/** Reads the body on, so that who waits for it does not depend on its reader. */
	hurry(): void {
		const body = this.#body?.deref();
		if (body) body.drain();
		else if (this.isReading) this.over();
	}

	/**
	 * Waits for the next that becomes of it; `false`: that takes longer than `ms`.
	 * @param until calls back when nobody wants to know any more; returns how to call back no longer
	 */
	news(ms: number | undefined, until: ((stop: () => void) => () => void) | undefined): Promise<boolean> {
		return new Promise((resolve) => {
			const settle = (isNews: boolean): void => {
				this.#waiting.delete(told);
				clearTimeout(timer);
				leave?.();
				resolve(isNews);
			};
			const told = (): void => settle(true);
			const timer = ms === undefined ? undefined : setTimeout(settle, Math.max(0, ms), false);
			this.#waiting.add(told);
			const leave = until?.(told);
		});
	}

	#tell(): void {
		for (const told of [...this.#waiting]) told();
	}
}
