import type { RequestRecord } from '../capture/records.ts';

/** When a request counts for `waitForRequest`. */
export type WaitOptions = {
	/** `complete`: its body has arrived; `head`: its head has. @default 'complete' */
	stage?: 'head' | 'complete';
};

type Waiter = {
	matches: (request: RequestRecord) => boolean;
	resolve: (request: RequestRecord) => void;
	reject: (error: Error) => void;
};

/** Promises for requests that may have arrived already, or not yet. */
export class RequestWaiters {
	readonly #requests: readonly RequestRecord[];
	#waiters: Waiter[] = [];

	constructor(requests: readonly RequestRecord[]) {
		this.#requests = requests;
	}

	wait(predicate: (request: RequestRecord) => boolean, { stage = 'complete' }: WaitOptions): Promise<RequestRecord> {
		return new Promise((resolve, reject) => {
			const matches = (request: RequestRecord) => (stage === 'head' || request.complete) && predicate(request);
			this.#waiters.push({ matches, resolve, reject });
			this.check();
		});
	}

	/** Something about the requests changed. */
	check(): void {
		this.#waiters = this.#waiters.filter((waiter) => {
			const found = this.#requests.find(waiter.matches);
			if (found) waiter.resolve(found);
			return !found;
		});
	}

	fail(error: Error): void {
		for (const { reject } of this.#waiters.splice(0)) reject(error);
	}
}
