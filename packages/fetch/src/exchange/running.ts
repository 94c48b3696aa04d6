import { StateError } from '../errors/classes.ts';
import { type RequestSummary, summarize } from '../errors/wiretwin-error.ts';
import type { Exchange } from './exchange.ts';
import { Waits } from './waits.ts';

/**
 * The life of a session: what it has to stop when it is closed, and whether it is. An array, because a `Set` that gains
 * and loses a member with each request keeps garbage alive (see `ExchangeTable` of core-native).
 */
export class RunningExchanges {
	readonly #list: Exchange[] = [];
	/** What waits before its exchange begins, or behind its head. */
	readonly waits = new Waits();
	#closed = false;
	/** Called once nothing runs, if somebody waits for it. */
	#onIdle: (() => void) | undefined;

	get closed(): boolean {
		return this.#closed;
	}

	/**
	 * Throws `ERR_SESSION_CLOSED` once the session is closed. To be asked in the turn in which a request is given to the
	 * engine: whatever was awaited before, the session may have been closed meanwhile.
	 */
	assertOpen(method?: string, url?: URL): void {
		if (this.#closed) throw closedError(method !== undefined && url ? summarize(method, url) : undefined);
	}

	/** What the caller's own code has been asked for, unless the session is closed or the signal aborts before it answers. */
	until<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
		if (!this.#closed) return this.waits.until(answer, signal);
		answer.catch(() => undefined);
		return Promise.reject(closedError(undefined));
	}

	add(exchange: Exchange): void {
		if (exchange.place >= 0) return;
		exchange.place = this.#list.length;
		this.#list.push(exchange);
	}

	/** Idempotent. */
	delete(exchange: Exchange): void {
		this.#remove(exchange);
		if (this.#onIdle && this.#list.length === 0) this.#onIdle();
	}

	/** Refuses from now on and stops what runs. Idempotent. */
	close(): void {
		this.#closed = true;
		for (const exchange of [...this.#list]) exchange.abort(closedError(undefined));
		this.waits.end(() => closedError(undefined));
	}

	/** Calls back once nothing runs: now, or whenever the last one has ended. */
	whenIdle(callback: () => void): void {
		this.#onIdle = callback;
		if (this.#list.length === 0) callback();
	}

	#remove(exchange: Exchange): void {
		const { place } = exchange;
		// An array is asked for -1 by its text, which is slow, and the end of each request comes here twice.
		if (place < 0 || this.#list[place] !== exchange) return;
		exchange.place = -1;
		const last = this.#list.pop() as Exchange;
		if (last === exchange) return;
		last.place = place;
		this.#list[place] = last;
	}
}

function closedError(request: RequestSummary | undefined): StateError {
	const where = request === undefined ? '' : `: ${request.method} ${request.url}`;
	return new StateError(`The session is closed (ERR_SESSION_CLOSED)${where}.`, {
		code: 'ERR_SESSION_CLOSED',
		phase: 'input',
		request,
	});
}
