/**
 * Lets the requests of one turn leave in the order of the calls although the body of one has to be read first: who calls
 * later waits for it. Costs a look at a field where nobody waits.
 */
export class SendOrder {
	#last: Promise<void> | undefined;

	/** What has to be over before a request that is called now may leave; `undefined` = nothing. */
	get before(): Promise<void> | undefined {
		return this.#last;
	}

	/** Keeps those back that are called later. Returns how to let them go: once the request has left, or never will. */
	keepBack(): () => void {
		const { promise, resolve } = Promise.withResolvers<void>();
		this.#last = promise;
		return () => {
			if (this.#last === promise) this.#last = undefined;
			resolve();
		};
	}
}
