/** Request/response and events over a WebSocket, as the Chrome DevTools Protocol and WebDriver BiDi both use it. */
export type JsonSocket = {
	call<T = unknown>(method: string, params?: object, extra?: object): Promise<T>;
	/** Resolves with the parameters of the next event that matches. */
	event<T = Record<string, unknown>>(method: string, matches?: (params: T) => boolean): Promise<T>;
	close(): void;
};

type Pending = { resolve(value: unknown): void; reject(error: Error): void; method: string };
type Waiter = {
	method: string;
	matches(params: unknown): boolean;
	resolve(params: unknown): void;
	reject(error: Error): void;
};
type Message = {
	id?: number;
	method?: string;
	params?: unknown;
	result?: unknown;
	error?: string | { message?: string };
	message?: string;
};

/** Connects and resolves once the socket is open. Everything pending is rejected when it closes. */
export async function openJsonSocket(url: string): Promise<JsonSocket> {
	const socket = new WebSocket(url);
	const pending = new Map<number, Pending>();
	const waiters = new Set<Waiter>();
	let lastId = 0;
	let closed: Error | undefined;
	// Whoever waits for several things hears of the first that fails; the others must not end the process.
	const quiet = <T>(promise: Promise<T>): Promise<T> => {
		promise.catch(() => {});
		return promise;
	};

	socket.addEventListener('message', (event) => {
		const message = JSON.parse(String(event.data)) as Message;
		if (message.id !== undefined) {
			const call = pending.get(message.id);
			pending.delete(message.id);
			if (message.error === undefined) call?.resolve(message.result);
			else call?.reject(new Error(`${call.method}: ${message.message ?? JSON.stringify(message.error)}`));
			return;
		}
		for (const waiter of waiters) {
			if (waiter.method !== message.method || !waiter.matches(message.params)) continue;
			waiters.delete(waiter);
			waiter.resolve(message.params);
		}
	});
	socket.addEventListener('close', () => {
		closed = new Error('the browser closed its control connection');
		for (const call of pending.values()) call.reject(closed);
		for (const waiter of waiters) waiter.reject(closed);
		pending.clear();
		waiters.clear();
	});
	await new Promise<void>((resolve, reject) => {
		socket.addEventListener('open', () => resolve());
		socket.addEventListener('error', () => reject(new Error(`cannot connect to ${url}`)));
	});

	return {
		call<T>(method: string, params: object = {}, extra: object = {}): Promise<T> {
			const id = ++lastId;
			if (closed) return quiet(Promise.reject(closed)); // a closed socket sends nothing, and says nothing
			const answer = new Promise<T>((resolve, reject) => {
				pending.set(id, { resolve: resolve as (value: unknown) => void, reject, method });
				socket.send(JSON.stringify({ id, method, params, ...extra }));
			});
			return quiet(answer);
		},
		event<T>(method: string, matches: (params: T) => boolean = () => true): Promise<T> {
			if (closed) return quiet(Promise.reject(closed));
			const seen = new Promise<T>((resolve, reject) => {
				waiters.add({
					method,
					matches: matches as (params: unknown) => boolean,
					resolve: resolve as (params: unknown) => void,
					reject,
				});
			});
			return quiet(seen);
		},
		close: () => socket.close(),
	};
}
