import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Dispatch, DispatchHandler, LegacyDispatchHandler } from './contract.ts';
import { DualHandler } from './dual-handler.ts';
import { undiciError } from './errors.ts';
import { isControllerHandler } from './response-sink.ts';

/** Wraps a `dispatch`, as undici's `interceptors.*` do. */
export type Interceptor = (dispatch: never) => unknown;

// biome-ignore lint/suspicious/noExplicitAny: listeners of every event of undici's have to fit
type Listener = (...args: any[]) => void;

type ClientMethod = 'request' | 'stream' | 'pipeline' | 'connect' | 'upgrade';

/**
 * What a `Dispatcher` of undici has besides `dispatch`, `close` and `destroy`. The client methods are undici's own, taken
 * from the installed package when one is called; everything else works without undici.
 */
export abstract class ClientMethods extends EventEmitter {
	/** Sends one request. */
	abstract readonly dispatch: Dispatch;
	/** Closing has begun. */
	abstract readonly closed: boolean;
	/** Everything has been aborted. */
	abstract readonly destroyed: boolean;
	/** Refuses more and waits for what runs. */
	abstract close(callback?: () => void): Promise<void>;
	/** Aborts what runs and refuses more. */
	abstract destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void>;

	/**
	 * A dispatcher whose requests go through interceptors, the last one outermost. It shares everything with this one.
	 * Throws `TypeError` for what is not an interceptor.
	 */
	compose(...interceptors: (Interceptor | readonly Interceptor[])[]): ComposedDispatcher {
		let dispatch: Dispatch = (options, handler) => this.dispatch(options, handler);
		for (const interceptor of interceptors.flat()) {
			if (interceptor === null || interceptor === undefined) continue;
			if (typeof interceptor !== 'function')
				throw new TypeError(`invalid interceptor, expected function received ${typeof interceptor}`);
			// No second argument: interceptors that depend on the origin take it from each request.
			dispatch = (interceptor as unknown as (dispatch: Dispatch) => Dispatch)(dispatch);
			if (typeof dispatch !== 'function' || dispatch.length !== 2) throw new TypeError('invalid interceptor');
		}
		const composed = dispatch;
		return new ComposedDispatcher(this, (options, handler) => composed(options, forInterceptors(handler)));
	}

	/** `dispatcher.request` of undici, which must be installed. `undici.request(url, { dispatcher })` has exact types. */
	request<Result = Promise<unknown>>(...args: unknown[]): Result {
		return this.#call('request', args) as Result;
	}

	/** `dispatcher.stream` of undici, which must be installed. */
	stream<Result = Promise<unknown>>(...args: unknown[]): Result {
		return this.#call('stream', args) as Result;
	}

	/** `dispatcher.pipeline` of undici, which must be installed. */
	pipeline<Result = unknown>(...args: unknown[]): Result {
		return this.#call('pipeline', args) as Result;
	}

	/** `dispatcher.connect` of undici; fails, since tunnels are the transport's `proxy` option. */
	connect<Result = Promise<unknown>>(...args: unknown[]): Result {
		return this.#call('connect', args) as Result;
	}

	/** `dispatcher.upgrade` of undici, which must be installed. */
	upgrade<Result = Promise<unknown>>(...args: unknown[]): Result {
		return this.#call('upgrade', args) as Result;
	}

	/** As `EventEmitter` has it, in the type that undici's declarations ask for. */
	override listeners(eventName: string | symbol): Listener[] {
		return super.listeners(eventName) as Listener[];
	}

	/** As `EventEmitter` has it, in the type that undici's declarations ask for. */
	override rawListeners(eventName: string | symbol): Listener[] {
		return super.rawListeners(eventName) as Listener[];
	}

	#call(method: ClientMethod, args: readonly unknown[]): unknown {
		return undiciMethods()[method].apply(this, args as never[]);
	}
}

/** What `compose` makes. */
export class ComposedDispatcher extends ClientMethods {
	readonly dispatch: Dispatch;
	readonly #inner: ClientMethods;

	constructor(inner: ClientMethods, dispatch: Dispatch) {
		super();
		this.#inner = inner;
		this.dispatch = dispatch;
	}

	get closed(): boolean {
		return this.#inner.closed;
	}

	get destroyed(): boolean {
		return this.#inner.destroyed;
	}

	close(callback?: () => void): Promise<void> {
		return this.#inner.close(callback);
	}

	destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> {
		return this.#inner.destroy(error, callback);
	}
}

function forInterceptors(handler: DispatchHandler | LegacyDispatchHandler): DispatchHandler | LegacyDispatchHandler {
	if (!handler || typeof handler !== 'object' || isControllerHandler(handler)) return handler;
	return new DualHandler(handler as LegacyDispatchHandler);
}

let methods: Record<ClientMethod, (...args: never[]) => unknown> | undefined;

/**
 * Loaded at the first call only: undici sets a global dispatcher when it is loaded, and code that never asked for it must
 * not get one (nodejs/undici#5858).
 */
function undiciMethods(): Record<ClientMethod, (...args: never[]) => unknown> {
	try {
		methods ??= createRequire(import.meta.url)('undici').Dispatcher.prototype as NonNullable<typeof methods>;
	} catch (error) {
		throw undiciError('UND_ERR_NOT_SUPPORTED', 'This method is undici\'s own: install the package "undici".', error);
	}
	return methods;
}
