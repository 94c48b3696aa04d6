/**
 * One listener per signal, however many requests share it: ten thousand requests under one signal would otherwise make
 * Node warn of a leak, and each removal would walk the list.
 */
const waiting = new WeakMap<AbortSignal, { callbacks: Set<() => void>; listener: () => void }>();

/** Signals that have had several requests at once. */
const shared = new WeakSet<AbortSignal>();

/** The signal has been that of several requests at once. */
export function isShared(signal: AbortSignal): boolean {
	return shared.has(signal);
}

/** Calls back once when `signal` aborts. Returns the function that stops waiting; the last one removes the listener. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
	let entry = waiting.get(signal);
	if (!entry) {
		const callbacks = new Set<() => void>();
		const listener = () => {
			waiting.delete(signal);
			for (const each of callbacks) each();
		};
		entry = { callbacks, listener };
		waiting.set(signal, entry);
		signal.addEventListener('abort', listener, { once: true });
	}
	const { callbacks, listener } = entry;
	if (callbacks.size === 1) shared.add(signal);
	callbacks.add(callback);
	return () => {
		callbacks.delete(callback);
		if (callbacks.size === 0 && waiting.get(signal)?.listener === listener) {
			waiting.delete(signal);
			signal.removeEventListener('abort', listener);
		}
	};
}
