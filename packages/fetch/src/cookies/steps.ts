/** Work over a store: what it yields is waited for. Nothing is waited for where the store answers inside the call. */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** One answer of a store, inside `Steps`. */
export function* answerOf<T>(answer: T | Promise<T>): Steps<T> {
	return answer instanceof Promise ? ((yield answer) as T) : answer;
}

/** Does the work: at once if no step needs a promise, else the rest of it in turns of its own. */
export function run<T>(steps: Steps<T>): T | Promise<T> {
	const first = steps.next();
	return first.done ? first.value : goOn(steps, first.value);
}

async function goOn<T>(steps: Steps<T>, first: Promise<unknown>): Promise<T> {
	let pending = first;
	for (;;) {
		const next = await pending.then(
			(value) => steps.next(value),
			(error: unknown) => steps.throw(error),
		);
		if (next.done) return next.value;
		pending = next.value;
	}
}
