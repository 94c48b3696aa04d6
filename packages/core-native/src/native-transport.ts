import { checkedBytes } from './bytes.ts';
import { type ExchangePort, exchangePort } from './exchange-port.ts';
import { explainRefusal } from './load-binding.ts';
import type { TransportHandle } from './native-binding.ts';
import { invalidArgument, NativeError } from './native-error.ts';
import { checkRequest } from './request-check.ts';
import { checkTransportOptions } from './transport-options.ts';
import type {
	NativeExchange,
	NativeExchangeHandler,
	NativeRequest,
	NativeTransport,
	NativeTransportOptions,
} from './types.ts';

/**
 * A pool of connections with one profile, proxy, trust setting and identity. Opens nothing until the first exchange.
 * Throws `TypeError` (`ERR_INVALID_ARG`) for malformed options and `NativeError` for a profile, certificate or key that
 * the engine refuses.
 */
export function createNativeTransport(options: NativeTransportOptions): NativeTransport {
	const checked = checkTransportOptions(options);
	const port = exchangePort();
	try {
		const { id, handle } = port.createTransport(checked);
		return new Transport(port, id, handle);
	} catch (error) {
		throw explainRefusal(error);
	}
}

class Transport implements NativeTransport {
	readonly #port: ExchangePort;
	readonly #id: number;
	readonly #handle: TransportHandle;
	#closing: Promise<void> | undefined;

	constructor(port: ExchangePort, id: number, handle: TransportHandle) {
		this.#port = port;
		this.#id = id;
		this.#handle = handle;
	}

	get closed(): boolean {
		return this.#closing !== undefined;
	}

	exchange(request: NativeRequest, handler: NativeExchangeHandler): NativeExchange {
		this.#refuseWhenClosed();
		if (typeof handler?.onHead !== 'function' || typeof handler.onError !== 'function') {
			throw invalidArgument('handler must have the methods onHead and onError');
		}
		const checked = checkRequest(request);
		if (checked.hold && typeof handler.onPhase !== 'function') {
			throw invalidArgument('a request with hold needs a handler with the method onPhase');
		}
		// A getter of the request may have closed this transport.
		this.#refuseWhenClosed();
		return this.#port.start(this.#id, this, checked, handler);
	}

	exportTickets(): Uint8Array {
		this.#refuseWhenClosed();
		return this.#handle.exportTickets();
	}

	importTickets(tickets: Uint8Array): void {
		this.#refuseWhenClosed();
		this.#handle.importTickets(checkedBytes(tickets, 'tickets'));
	}

	forgetNames(): void {
		this.#refuseWhenClosed();
		this.#handle.forgetNames();
	}

	close(): Promise<void> {
		this.#closing ??= this.#port.closeTransport(this.#id);
		return this.#closing;
	}

	stats(): { connections: number; exchanges: number } {
		return this.#handle.stats();
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	#refuseWhenClosed(): void {
		if (this.#closing) throw new NativeError({ code: 'ERR_SESSION_CLOSED', phase: 'queue', replayable: true });
	}
}
