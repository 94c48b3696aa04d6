import type { Socket } from 'node:net';
import { CommandEncoder } from './command-encoder.ts';
import { EventReader } from './event-reader.ts';
import { Exchange, WeakExchange } from './exchange.ts';
import { ExchangeTable } from './exchange-table.ts';
import { KnownDictionaries } from './known-dictionaries.ts';
import { Litter } from './litter.ts';
import { loadBinding } from './load-binding.ts';
import { type Dispatch, event, eventsLost, type Port, type TransportHandle } from './native-binding.ts';
import { isNativeError, NativeError } from './native-error.ts';
import type { CheckedRequest } from './request-check.ts';
import type { CheckedTransportOptions } from './transport-options.ts';
import type { NativeDictionary, NativeExchangeHandler } from './types.ts';

/** Packed events of an ordinary wake-up fit; a larger batch comes in a buffer of its own. */
const eventsSize = 64 * 1024;

/**
 * Streamed bytes after which, without a doorbell, what is asked for next waits until the event loop has gone round. Node
 * calls a thread-safe function up to 1,000 times a turn while its answers bring new events, and the collector works, and
 * timers and sockets are looked at, between turns. Four pieces: with a doorbell it is one or two.
 */
const streamedPerTurn = 1024 * 1024;

/**
 * Events that are handed over in one turn of the event loop, two a small answer. What a caller does with an answer follows
 * at once, and the answers of a burst arrive together: 300 of them at 0.2 ms each would hold timers and sockets up for 60 ms.
 */
const eventsPerTurn = 64;

/**
 * Bytes of packed commands that cross at once, however many requests begin in one turn: one request of 16 kB does not make
 * a call of its own, and thousands do not make a buffer that no call can carry.
 */
const batchLimit = 4 * 1024 * 1024;

/** Profiles that the native half keeps for this thread; a program uses a handful. */
const profilesKept = 64;

const turnEnd = Promise.resolve();

let shared: ExchangePort | undefined;

/** The port of this thread, opened at the first call. */
export function exchangePort(): ExchangePort {
	shared ??= new ExchangePort();
	return shared;
}

/**
 * JavaScript's end of the seam: collects the commands of one turn into one native call, and takes the events of one
 * wake-up in one call. It also decides whether something is still waited for, which is what keeps the process alive.
 */
export class ExchangePort {
	readonly #port: Port;
	/** Where the native half rings with a byte in a pipe; without it a thread-safe function calls `#dispatch`. */
	readonly #doorbell: Socket | undefined;
	readonly #encoder = new CommandEncoder();
	readonly #events: EventReader;
	/** Exchanges that have not settled; weakly held while only the caller can make them go on. */
	readonly #exchanges = new ExchangeTable<Exchange | WeakExchange>();
	/** Exchanges in the commands that wait for the flush, to fail them if the native call throws. */
	#batch: Exchange[] = [];
	/** Memory for bodies that commands among those want whole. */
	#targets: Uint8Array[] = [];
	/** Flushes so far: numbers the batches. */
	#flushes = 0;
	/** Events that have come and wait for the next turn of the event loop. */
	#rest: EventReader | undefined;
	/** The native half has rung since then: its events wait until those before them are handed over. */
	#rung = false;
	/** What has come is taken in the next turn of the event loop. */
	#taking = false;
	/** Exchanges to look at again at the end of a dispatch. */
	#touched: Exchange[] = [];
	/** Exchanges that nothing is waited for of, to look at again when the event loop has gone round. */
	#idle: Exchange[] = [];
	#scheduled = false;
	#dispatching = false;
	/** Exchanges and closing transports that an event is awaited for. */
	#waiting = 0;
	/** What the doorbell or the native half was last told about `#waiting`. */
	#held = false;
	#nextTransport = 0;
	/** Numbers of the profiles that have crossed, by their text. */
	readonly #profiles = new Map<string, number>();
	readonly #litter = new Litter();
	/** Bytes of pieces handed out since the event loop was last seen to go round; only counted where there is no doorbell. */
	#streamedInTurn = 0;
	readonly #closing = new Map<number, () => void>();
	#dictionaries: KnownDictionaries | undefined;
	/** Stops an exchange whose last user has dropped it half-read. */
	readonly #abandoned = new FinalizationRegistry<WeakExchange>((weak) => {
		if (!this.#exchanges.delete(weak.id, weak)) return;
		this.#encoder.abort(weak.id);
		this.#schedule();
	});

	constructor() {
		const bytes = Buffer.allocUnsafeSlow(eventsSize);
		this.#events = new EventReader(bytes);
		this.#port = loadBinding().openPort(
			bytes,
			this.#dispatch,
			hasDoorbell(),
			watchesSockets() ? this.#take : undefined,
		);
		const descriptor = this.#port.doorbell();
		if (descriptor !== null) this.#doorbell = watch(descriptor, this.#take);
	}

	createTransport(options: CheckedTransportOptions): { id: number; handle: TransportHandle } {
		const id = ++this.#nextTransport;
		try {
			return { id, handle: this.#create(id, options) };
		} catch (error) {
			throw bindingError(error);
		}
	}

	/** A profile crosses once and is a number from then on. */
	#create(id: number, { profile, json, pfx }: CheckedTransportOptions): TransportHandle {
		const known = this.#profiles.get(profile);
		if (known !== undefined) return this.#port.createTransport(id, known, undefined, json, pfx);
		const number = this.#profiles.size < profilesKept ? this.#profiles.size + 1 : 0;
		const handle = this.#port.createTransport(id, number, profile, json, pfx);
		if (number > 0) this.#profiles.set(profile, number);
		return handle;
	}

	/** Counts a piece of a body that is read piece by piece; `isLong`: the garbage collector has to look at such a body. */
	streamed(bytes: number, isLong: boolean): void {
		if (!this.#doorbell) this.#streamedInTurn += bytes;
		if (isLong) this.#litter.of(bytes);
	}

	/** Counts bytes of a body that was read whole, or of a long one that is sent. */
	passed(bytes: number): void {
		this.#litter.of(bytes);
	}

	start(transportId: number, transport: object, request: CheckedRequest, handler: NativeExchangeHandler): Exchange {
		const dictionary = request.dictionary && this.#sendDictionary(request.dictionary);
		const id = this.#exchanges.reserve();
		const exchange = new Exchange(id, this, transport, handler, request.body === 'stream' || request.upgrade);
		this.#exchanges.set(id, exchange);
		this.#waiting++;
		exchange.startBatch = this.#flushes;
		exchange.startFrom = this.#encoder.length;
		const body = this.#encoder.start(id, transportId, request, handler.onInformational !== undefined, dictionary);
		exchange.startTo = this.#encoder.length;
		this.#send(exchange, body);
		return exchange;
	}

	/** Lets the native half have it, if it has it not; returns its number. */
	#sendDictionary(dictionary: NativeDictionary): number {
		this.#dictionaries ??= new KnownDictionaries((number) => {
			this.#encoder.forgetDictionary(number);
			this.#schedule();
		});
		const { number, isNew } = this.#dictionaries.numberOf(dictionary);
		if (isNew) {
			const apart = this.#encoder.dictionary(number, dictionary);
			if (apart) this.#flush(apart);
		}
		return number;
	}

	read(exchange: Exchange, max: number): void {
		this.#encoder.read(exchange.id, max);
		this.#send(exchange);
	}

	/** `target`: memory for it, which nobody else sees until it is filled. */
	readWhole(exchange: Exchange, target: Uint8Array | undefined): void {
		this.#encoder.readWhole(exchange.id, target !== undefined);
		if (target) this.#targets.push(target);
		this.#send(exchange);
	}

	write(exchange: Exchange, chunk: Uint8Array): void {
		this.#send(exchange, this.#encoder.write(exchange.id, chunk));
	}

	end(exchange: Exchange, trailers: string): void {
		this.#encoder.end(exchange.id, trailers);
		this.#send(exchange);
	}

	confirm(exchange: Exchange, chain: number): void {
		this.#encoder.confirm(exchange.id, chain);
		this.#send(exchange);
		this.count(exchange);
	}

	discard(exchange: Exchange, maxBytes: number): void {
		this.#encoder.discard(exchange.id, maxBytes);
		this.#send(exchange);
		this.count(exchange);
	}

	/** One that was not handed over yet never is: on an open connection its bytes would be out before the abort is read. */
	abort(exchange: Exchange): void {
		if (exchange.startBatch === this.#flushes) {
			this.#takeBack(exchange);
			return;
		}
		this.#encoder.abort(exchange.id);
		this.#send(exchange);
		this.count(exchange);
		this.#flush();
	}

	/** Closes a transport; `running` of it end with `ERR_SESSION_CLOSED`. Resolves once nothing of it is open. */
	closeTransport(id: number): Promise<void> {
		return new Promise((resolve) => {
			this.#closing.set(id, resolve);
			this.#waiting++;
			this.#encoder.closeTransport(id);
			this.#flush();
		});
	}

	/** Brings the count of what is waited for up to date, and how the exchange is held with it. */
	count(exchange: Exchange): void {
		if (exchange.settled || exchange.waiting === exchange.counted) return;
		exchange.counted = exchange.waiting;
		this.#waiting += exchange.counted ? 1 : -1;
		// No event will come for it, and it holds nothing that dropping it would have to give up. Weak references are
		// kept for those that need them: each one survives until the next full collection.
		if (exchange.complete) this.#remove(exchange);
		else if (!exchange.counted) this.#weakenLater(exchange);
		else if (exchange.weak && this.#holds(exchange)) this.#exchanges.set(exchange.id, exchange);
		if (!this.#dispatching) this.#schedule();
	}

	/** The exchange has settled. */
	forget(exchange: Exchange): void {
		this.#remove(exchange);
		if (!exchange.counted) return;
		exchange.counted = false;
		this.#waiting--;
		if (!this.#dispatching) this.#schedule();
	}

	/** Who has got a head, or a piece, asks for more in the same turn or not at all, but for a few. */
	#weakenLater(exchange: Exchange): void {
		if (this.#idle.push(exchange) === 1) setImmediate(this.#weakenIdle);
	}

	readonly #weakenIdle = (): void => {
		const idle = this.#idle;
		this.#idle = [];
		for (const exchange of idle) {
			if (exchange.settled || exchange.counted || !this.#holds(exchange)) continue;
			if (!exchange.weak) {
				exchange.weak = new WeakExchange(exchange);
				this.#abandoned.register(exchange, exchange.weak);
			}
			this.#exchanges.set(exchange.id, exchange.weak);
		}
	};

	/** The exchange is the one under its id; another may be, once it has been removed. */
	#holds(exchange: Exchange): boolean {
		const held = this.#exchanges.get(exchange.id);
		return held !== undefined && (held === exchange || held === exchange.weak);
	}

	#remove(exchange: Exchange): void {
		const { id, weak } = exchange;
		if (!this.#exchanges.delete(id, exchange) && weak) this.#exchanges.delete(id, weak);
	}

	#find(id: number): Exchange | undefined {
		const found = this.#exchanges.get(id);
		return found instanceof WeakRef ? found.deref() : found;
	}

	/** A body of its own belongs to one native call, and is copied before the caller can change it. */
	#send(exchange: Exchange, body?: Uint8Array): void {
		this.#batch.push(exchange);
		if (body || this.#encoder.length > batchLimit) this.#flush(body);
		else this.#schedule();
	}

	/** What else was asked of it stays behind and finds no exchange under its id. */
	#takeBack(exchange: Exchange): void {
		const { startFrom, startTo } = exchange;
		this.#encoder.cut(startFrom, startTo);
		exchange.startBatch = -1;
		for (const each of new Set(this.#batch)) {
			if (each.startBatch !== this.#flushes || each.startFrom < startTo) continue;
			each.startFrom -= startTo - startFrom;
			each.startTo -= startTo - startFrom;
		}
		turnEnd.then(() => exchange.receiveFailure(new NativeError({ code: 'ERR_ABORTED', phase: 'queue' })));
	}

	#schedule(): void {
		if (this.#scheduled) return;
		this.#scheduled = true;
		if (this.#streamedInTurn >= streamedPerTurn) {
			setImmediate(this.#endTurn);
			return;
		}
		// `queueMicrotask` would make a resource for async_hooks as well.
		turnEnd.then(this.#endTurn);
	}

	readonly #endTurn = (): void => {
		this.#scheduled = false;
		if (this.#streamedInTurn >= streamedPerTurn) this.#streamedInTurn = 0;
		this.#flush();
	};

	#flush(body?: Uint8Array): void {
		const batch = this.#batch;
		this.#batch = [];
		const targets = this.#targets;
		if (targets.length > 0) this.#targets = [];
		const length = this.#encoder.length;
		const hold = this.#waiting > 0;
		if (length === 0 && hold === this.#held) return;
		this.#hold(hold);
		this.#flushes++;
		this.#encoder.length = 0;
		try {
			const events =
				targets.length > 0
					? this.#port.submit(this.#encoder.bytes, length, hold, body, targets)
					: this.#port.submit(this.#encoder.bytes, length, hold, body);
			if (events) this.#takeLater();
		} catch (error) {
			const failure = bindingError(error);
			for (const exchange of batch) this.#fail(exchange, failure);
		}
		this.#encoder.reset();
	}

	#fail(exchange: Exchange, failure: NativeError): void {
		if (exchange.settled) return;
		exchange.receiveFailure(failure);
		this.#encoder.abort(exchange.id);
		this.#schedule();
	}

	/** Called by the native half, inside `take` or, where there is no doorbell, by itself. */
	readonly #dispatch: Dispatch = (length, spill, bodies) => {
		while (this.#rest) this.#deliver(this.#rest); // only where there is no doorbell
		if (length === eventsLost) this.#deliver(undefined);
		else {
			const events = spill
				? new EventReader(Buffer.from(spill.buffer, spill.byteOffset, spill.byteLength))
				: this.#events;
			events.begin(length, bodies);
			this.#deliver(events);
		}
		return this.#held;
	};

	/**
	 * Takes what came of an order. Not at once: who has ordered something does not expect to be called back meanwhile. And once in a
	 * turn of the event loop: what is taken leads to new orders, whose answers may be here already.
	 */
	#takeLater(): void {
		if (this.#taking) return;
		this.#taking = true;
		setImmediate(this.#takeNow);
	}

	readonly #takeNow = (): void => {
		this.#taking = false;
		this.#take();
	};

	/** Takes what has come, once what came before it is handed over. */
	readonly #take = (): void => {
		if (this.#rest) this.#rung = true;
		else this.#port.take(this.#dispatch);
	};

	readonly #goOn = (): void => {
		if (this.#rest) this.#deliver(this.#rest);
		if (this.#rest || !this.#rung) return;
		this.#rung = false;
		this.#port.take(this.#dispatch);
	};

	/** Hands events over, as many as fit one turn; `undefined` says that they were lost. */
	#deliver(events: EventReader | undefined): void {
		this.#rest = undefined;
		this.#dispatching = true;
		try {
			if (events) this.#takeEvents(events);
			else this.#failAll();
		} catch {
			// The layouts do not match: a bug. Nothing behind this point can be read.
			this.#rest = undefined;
			this.#failAll();
		}
		try {
			const touched = this.#touched;
			this.#touched = [];
			for (const exchange of touched) this.count(exchange);
		} finally {
			this.#dispatching = false;
		}
		this.#hold(this.#waiting > 0);
	}

	/** Keeps the process alive, or no longer. The native half does it where there is no doorbell. */
	#hold(hold: boolean): void {
		if (hold === this.#held) return;
		this.#held = hold;
		if (hold) this.#doorbell?.ref();
		else this.#doorbell?.unref();
	}

	#takeEvents(events: EventReader): void {
		for (let count = 1; events.next(); count++) {
			if (events.kind === event.closed) this.#closed(events.id);
			else {
				const exchange = this.#find(events.id);
				events.deliver(exchange);
				if (exchange && !exchange.settled) this.#touched.push(exchange);
			}
			if (count < eventsPerTurn || !events.hasMore) continue;
			// With a doorbell nothing is taken before the rest is done; without one the next batch comes by itself.
			this.#rest = this.#doorbell ? events : events.apart();
			setImmediate(this.#goOn);
			return;
		}
	}

	#closed(id: number): void {
		const resolve = this.#closing.get(id);
		if (!resolve) return;
		this.#closing.delete(id);
		this.#waiting--;
		resolve();
	}

	/** The native half lost a batch to a panic: nothing that runs can be trusted to end by itself. */
	#failAll(): void {
		const failure = new NativeError({ code: 'ERR_INTERNAL', phase: 'total', detail: 'events were lost' });
		for (const id of this.#exchanges.ids()) {
			const exchange = this.#find(id);
			if (exchange) this.#fail(exchange, failure);
		}
		for (const id of [...this.#closing.keys()]) this.#closed(id);
	}
}

/**
 * Whether this runtime reads a pipe whose descriptor it is given. Event loops of Windows watch no pipes, and Bun's `Socket`
 * accepts the descriptor but never reads it.
 */
function hasDoorbell(): boolean {
	return process.platform !== 'win32' && process.versions.bun === undefined;
}

/**
 * Whether sockets can be looked after by this thread's own loop, which is libuv's in Node. Bun and Deno have other loops, and
 * Electron's waits for libuv's in a thread of its own, which saves nothing.
 */
function watchesSockets(): boolean {
	const { bun, deno, electron } = process.versions as { [name: string]: string | undefined };
	return hasDoorbell() && bun === undefined && deno === undefined && electron === undefined;
}

/** Calls `onRing` each time bytes arrive in a pipe. Does not keep the process alive until told to. */
function watch(descriptor: number, onRing: () => void): Socket {
	const callback = () => {
		onRing();
		return true;
	};
	const socket = new (process.getBuiltinModule('node:net').Socket)({
		fd: descriptor,
		readable: true,
		writable: false,
		onread: { buffer: Buffer.allocUnsafeSlow(64), callback },
	});
	// It ends only with the environment, which nobody needs to hear of.
	socket.on('error', () => undefined);
	return socket.unref();
}

/** What a native entry threw, as `NativeError`: its `code` is a field, its message the detail. */
function bindingError(error: unknown): NativeError {
	if (isNativeError(error)) return error;
	const { code, message } = error as { code?: unknown; message?: unknown };
	return new NativeError({
		code: typeof code === 'string' && code.startsWith('ERR_') ? code : 'ERR_INTERNAL',
		phase: 'queue',
		detail: typeof message === 'string' && message !== '' ? message : undefined,
	});
}
