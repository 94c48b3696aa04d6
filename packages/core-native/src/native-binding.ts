/**
 * What the `.node` file exports. The packed layouts are documented in docs/internals/binding.md; the numbers below are
 * shared with `binding/src/protocol.rs`.
 */

/** Increased with every incompatible change of the packed layouts; compared when the binding is loaded. */
export const protocolVersion = 12;

/** Commands, JavaScript to native. */
export const command = {
	start: 1,
	read: 2,
	write: 3,
	end: 4,
	abort: 5,
	discard: 6,
	closeTransport: 7,
	readWhole: 8,
	confirm: 9,
	dictionary: 10,
	forgetDictionary: 11,
} as const;

/** Events, native to JavaScript. */
export const event = {
	head: 1,
	data: 2,
	end: 3,
	failed: 4,
	informational: 5,
	phase: 6,
	writable: 7,
	closed: 8,
	filled: 9,
} as const;

/** `length` of a dispatch that says "a panic lost events of this port": everything that runs has failed. */
export const eventsLost = 0xffff_ffff;

/** Length that says "the bytes are in the separate buffer", whose index follows. */
export const separate = 0xffff_ffff;

/** Native half of one transport. The engine's transport is closed when this is collected. */
export interface TransportHandle {
	exportTickets(): Uint8Array;
	forgetNames(): void;
	importTickets(tickets: Uint8Array): void;
	stats(): { connections: number; exchanges: number };
}

/** One a thread (Node environment). */
export interface Port {
	/** Descriptor of a pipe: each time bytes arrive, call `take`. `null`: `dispatch` is called by itself. */
	doorbell(): number | null;
	/** Calls `dispatch` with the events that have come. */
	take(dispatch: Dispatch): void;
	/**
	 * Hands `length` bytes of packed commands over. `body` belongs to the only command that refers to a separate buffer. `targets` are
	 * filled with the bodies that commands want whole, in their order. `hold`: keep the process alive until `dispatch` says otherwise.
	 * `true`: events have come that nobody will ring for.
	 */
	submit(packed: Uint8Array, length: number, hold: boolean, body?: Uint8Array, targets?: Uint8Array[]): boolean;
	/** `id` is the caller's, unused by any other transport of this port. */
	createTransport(
		id: number,
		profile: number,
		text: string | undefined,
		options: string,
		pfx?: Uint8Array,
	): TransportHandle;
}

/**
 * Called once a wake-up with `length` bytes of packed events, in `spill` when it is given, else in the buffer that the
 * port was opened with. The answer says whether anything is still waited for.
 */
export type Dispatch = (length: number, spill: Uint8Array | undefined, bodies: Uint8Array[] | undefined) => boolean;

export interface NativeBinding {
	protocolVersion(): number;
	/** Version of the package and a number of the sources that it was built from: `0.1.0+2f9a11c4`. */
	buildId(): string;
	/**
	 * `ring` is called when events have come by the thread's own loop; without it all transports are looked after by the
	 * thread of the process.
	 */
	openPort(events: Uint8Array, dispatch: Dispatch, doorbell: boolean, ring?: () => void): Port;
	/** Certificates in DER, the peer's own first; none if they are not known any more. */
	certificates(chain: number): Uint8Array[];
	/** Only with the cargo feature `panic-injection`: makes the next entry or event conversion of that name panic. */
	injectPanic?(where: string): void;
}
