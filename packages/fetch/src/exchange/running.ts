import type { Exchange } from './exchange.ts';

/**
 * Exchanges that a session has to stop when it is closed. An array, because a `Set` that gains and loses a member with
 * each request keeps garbage alive (see `ExchangeTable` of core-native).
 */
export class RunningExchanges {
	readonly #list: Exchange[] = [];

	get size(): number {
		return this.#list.length;
	}

	add(exchange: Exchange): void {
		if (exchange.place >= 0) return;
		exchange.place = this.#list.length;
		this.#list.push(exchange);
	}

	/** Idempotent. */
	delete(exchange: Exchange): void {
		const { place } = exchange;
		if (this.#list[place] !== exchange) return;
		exchange.place = -1;
		const last = this.#list.pop() as Exchange;
		if (last === exchange) return;
		last.place = place;
		this.#list[place] = last;
	}

	toArray(): Exchange[] {
		return [...this.#list];
	}
}
